// A client without a browser: the official socket.io-client. Writes one line per event: when its callback ran
// (process.hrtime is CLOCK_MONOTONIC, the clock of the harness) and the event. Arguments: URL, names of events.
const { io } = require("socket.io-client");

const [url, ...names] = process.argv.slice(2);
const socket = io(url);

for (const name of names) {
  socket.on(name, (event) => {
    const at_s = Number(process.hrtime.bigint()) / 1e9;
    process.stdout.write(`${JSON.stringify({ at_s, event })}\n`);
  });
}
socket.on("connect", () => process.stdout.write(`${JSON.stringify({ connected: true })}\n`));
