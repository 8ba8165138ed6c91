// The official socket.io-client, as the reference's frontend uses it: prints one JSON line per event that it hears.
// Usage: node listen.mjs URL EVENT [EVENT …]; the first line is {"name":"connect"}.
import { createRequire } from "node:module";

const require = createRequire(new URL("../../web/package.json", import.meta.url));
const { io } = require("socket.io-client");

const [url, ...names] = process.argv.slice(2);
const say = (name, data) => process.stdout.write(`${JSON.stringify({ name, data })}\n`);

const socket = io(url);
socket.on("connect", () => say("connect", null));
for (const name of names) socket.on(name, (data) => say(name, data));
