// The reference document's backend: Express takes the event, a list in memory keeps it, Socket.IO spreads it.
// Liberties: `router.post` answers (the document's does not, and requests.post would wait for ever); GET shows the list;
// how many there are is asked for without the list itself (benchmarks/drain.py); the page is the least that listens with
// the official client.
const { createServer } = require("node:http");
const express = require("express");
const { Server } = require("socket.io");

const app = express();
const server = createServer(app);
const io = new Server(server);
const events = [];

const router = express.Router();

router.post("/", (req, res) => {
  const event = req.body;
  events.push(event);
  io.emit("motion_detected", event);
  res.json({ ok: true });
});

router.get("/", (_req, res) => res.json(events));
router.get("/count", (_req, res) => res.json({ count: events.length }));

app.use(express.json());
app.use("/api/events", router);
app.get("/", (_req, res) => res.type("html").send("<!doctype html><title>naive</title><p>naive</p>"));

server.listen(Number(process.env.PORT), "127.0.0.1");
