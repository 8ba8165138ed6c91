"""A camera process for tests: it speaks the protocol and has no pictures. Run as a program: `scripted_camera.py [BEHAVIOUR]`.

What it is told is in `told.jsonl` of its folder. Behaviours: `well`; `absent`, `crash`, `mute`, `stuck` (its last picture
grows old), `deaf` (ends at no signal but SIGKILL, and is stuck), `brittle` (dies of the order to record, before it says
anything), `rubbish` and `flood` (beside being well); `moved` and `dark` (until a still is taken).
"""

import json
import os
import select
import signal
import sys
import time
from pathlib import Path

FLOOD = b'{"say":"better","name":"dark"}\n' * 2000
RUBBISH = (
    b"\xff\xfe\n",
    b"[1]\n",
    b'{"say":"dance"}\n',
    b'{"say":"alive","frame_age_s":"old"}\n',
    b"x" * 100_000 + b"\n",
    b"{" * 3000 + b"\n",
)
TROUBLES = {"moved": {"name": "moved:door", "detail": "it looks elsewhere"}, "dark": {"name": "dark", "detail": "too dark"}}
TICK_S = 0.1


class ScriptedCamera:
    def __init__(self, behaviour: str) -> None:
        self.behaviour = behaviour
        self.rest = b""
        self.config = json.loads(self.next_line())
        self.folder = Path(self.config["folder"])
        self.note({"config": self.config})
        self.started_at = time.monotonic()
        self.clip: dict | None = None
        self.ends_at = 0.0
        self.private = self.config["private"]

    def note(self, told: dict) -> None:
        with (self.folder / "told.jsonl").open("a") as file:
            file.write(json.dumps(told) + "\n")

    def say(self, **words) -> None:
        os.write(1, json.dumps(words).encode() + b"\n")

    def next_line(self) -> bytes:
        """Waits for one; ends the program where no more will come."""
        while b"\n" not in self.rest:
            some = os.read(0, 65536)
            if not some:
                sys.exit(0)
            self.rest += some
        line, _, self.rest = self.rest.partition(b"\n")
        return line

    def run(self) -> None:
        if self.behaviour == "absent":
            self.say(say="trouble", name="no_pictures", detail="no camera at /dev/video7")
            sys.exit(1)
        if self.behaviour != "mute":
            self.say(say="ready", port=8999, source="scripted", encoder="none", width=640, height=360, fps=10)
        if self.behaviour in TROUBLES:
            self.say(say="trouble", **TROUBLES[self.behaviour])
        for clip in self.untold():
            self.say(say="clip", change=clip)
        while True:
            self.tick()
            while b"\n" in self.rest or select.select([0], [], [], TICK_S)[0]:
                self.obey(json.loads(self.next_line()))

    def tick(self) -> None:
        lived_s = time.monotonic() - self.started_at
        if self.behaviour == "crash" and lived_s > 0.5:
            os._exit(7)
        if self.behaviour == "rubbish":
            for line in RUBBISH:
                os.write(1, line)
        if self.behaviour == "flood":
            os.write(1, FLOOD)
        if self.clip and time.monotonic() >= self.ends_at:
            self.finish()
        if self.behaviour != "mute":
            age_s = lived_s if self.behaviour in {"stuck", "deaf"} else 0.05
            recording = self.clip and self.clip["clip_id"]
            self.say(
                say="alive", frame=1, frame_age_s=age_s, fps=10, luminance=0.5, viewers=0, recording=recording, card={"clips": 2}
            )

    def obey(self, order: dict) -> None:
        self.note(order)
        match order["do"]:
            case "record" if self.private:
                pass
            case "record" if self.behaviour == "brittle":
                os._exit(7)
            case "record":
                if self.clip is None:
                    self.clip = {"clip_id": order["clip_id"], "cause": order["cause"]}
                    self.tell("started")
                self.ends_at = max(self.ends_at, time.monotonic() + order["duration_s"])
            case "stop" if self.clip:
                self.finish()
            case "still":
                self.say(say="news")
                if self.behaviour in TROUBLES:
                    self.say(say="better", name=TROUBLES[self.behaviour]["name"])
            case "private":
                self.private = order["on"]
                if self.clip and self.private:
                    self.finish()
            case "told":
                kept = [clip for clip in self.untold() if (clip["clip_id"], clip["state"]) != (order["id"], order["state"])]
                self.keep(kept)

    def finish(self) -> None:
        self.tell("finished")
        self.clip = None

    def tell(self, state: str) -> None:
        change = {**self.clip, "state": state}
        self.keep([*self.untold(), change])
        self.say(say="clip", change=change)
        self.say(say="news")

    def keep(self, changes: list[dict]) -> None:
        fresh = self.folder / "untold.new"
        fresh.write_text(json.dumps(changes))
        fresh.replace(self.folder / "untold.json")

    def untold(self) -> list[dict]:
        file = self.folder / "untold.json"
        return json.loads(file.read_text()) if file.exists() else []


if __name__ == "__main__":
    wanted = (sys.argv[1:] or ["well"])[0]
    if wanted == "deaf":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    ScriptedCamera(wanted).run()
