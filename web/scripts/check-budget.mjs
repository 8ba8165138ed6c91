// Fails the build when what index.html loads at once (JS and CSS, gzip) grows beyond the budget.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const BUDGET_BYTES = 260 * 1024;
const folder = new URL("../../src/vigie/server/static/", import.meta.url);
const html = readFileSync(new URL("index.html", folder), "utf8");
const files = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+\.(?:js|css))"/g)].map((match) => match[1]);

const sizes = files.map((file) => [file, gzipSync(readFileSync(new URL(file, folder)), { level: 9 }).length]);
const total_bytes = sizes.reduce((sum, [, size_bytes]) => sum + size_bytes, 0);
const report = `entry ${(total_bytes / 1024).toFixed(1)} kB gzip, budget ${BUDGET_BYTES / 1024} kB`;
if (files.length === 0) {
  console.error("index.html loads no script: the build is broken or its paths have changed");
  process.exit(1);
}
if (total_bytes > BUDGET_BYTES) {
  for (const [file, size_bytes] of sizes)
    console.error(`${(size_bytes / 1024).toFixed(1).padStart(8)} kB gzip  ${file}`);
  console.error(
    `${report}: over by ${((total_bytes - BUDGET_BYTES) / 1024).toFixed(1)} kB. Load a page lazily, or drop a library.`,
  );
  process.exit(1);
}
console.log(report);
