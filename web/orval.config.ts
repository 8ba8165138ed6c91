import { defineConfig } from "orval";

// The types of the HTTP API, straight from OpenAPI. Only the types are imported: the dashboard's own fetch
// (src/api/http.ts) knows about problems and reachability, and the build drops the generated functions.
export default defineConfig({
  vigie: {
    input: process.env.VIGIE_OPENAPI ?? "../docs/reference/openapi.json",
    output: { mode: "split", client: "fetch", target: "src/api/generated/vigie.ts", clean: true },
  },
});
