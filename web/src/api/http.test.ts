import { expect, test } from "vitest";
import { FakeServer, ok, problem } from "@/testing/FakeServer";
import { connection } from "./connection";
import { ProblemError, queryString, request, UnreachableError } from "./http";

test("a refusal carries the server's own words, and the server counts as heard", async () => {
  new FakeServer().on("PUT /api/mode", () => problem(503, "No bridge is connected.")).install();
  const asked = request("/api/mode", { method: "PUT", body: { mode: "night" } });
  await expect(asked).rejects.toThrow(ProblemError);
  await expect(asked).rejects.toThrow("No bridge is connected.");
  expect(connection.get().requests).toBe("answered");
});

test("no answer is no refusal", async () => {
  new FakeServer().on("GET /api/mode", () => "unreachable").install();
  await expect(request("/api/mode")).rejects.toThrow(UnreachableError);
  expect(connection.get().requests).toBe("failing");
});

test("a proxy's own error page means that the server is unreachable", async () => {
  globalThis.fetch = async () => new Response("Bad Gateway", { status: 502, headers: { "content-type": "text/html" } });
  await expect(request("/api/mode")).rejects.toThrow(UnreachableError);
});

test("an answer ends the outage", async () => {
  connection.set({ requests: "failing" });
  new FakeServer().on("GET /api/mode", () => ok({ mode: "active" })).install();
  expect(await request("/api/mode")).toEqual({ mode: "active" });
  expect(connection.get().requests).toBe("answered");
});

test("parameters without a value are left out of the address", () => {
  expect(queryString({ device_id: "", type: undefined, before: 0, limit: 5 })).toBe("?before=0&limit=5");
  expect(queryString({})).toBe("");
});
