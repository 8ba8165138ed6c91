"""What is wrong with the clips in the end: the ledger against card, history and server."""

import hashlib
from collections import Counter
from pathlib import Path
from typing import Any

from tests.bridge.card_ledger import CardLedger, pictures
from tests.camera.probing import probe


class Verdict:
    """What is wrong in the end, in words; `figures` for whoever asks how much was tried."""

    def __init__(self, ledger: CardLedger, recordings: list[dict[str, Any]], told: list[dict[str, Any]]) -> None:
        self._ledger = ledger
        self._recordings = recordings
        self._known = ledger.known()
        self._told = Counter((event["details"]["clip_id"], event["details"]["state"]) for event in told)
        self._reasons = {one["details"]["clip_id"]: one["details"].get("reason") for one in told}
        self.finished = {one["id"] for one in recordings if one["state"] == "finished"}
        self.faults = [f"{clip_id} was finished and has changed since" for clip_id in ledger.changed]
        self._is_once()
        self.figures: dict[str, Any] = {
            "clips": len(self._known),
            "truncated": sum(one["truncated"] for one in recordings),
            "met by a kill while recorded": sum(noted.copy is not None for noted in ledger.clips.values()),
            "empty": sum(reason == "empty" for reason in self._reasons.values()),
            "pictures before kills": 0,
            "pictures served": 0,
        }

    def look_at(self, clip_id: str, video: bytes, beside: Path) -> None:
        """A recording as it is served, against the card and against the ledger."""
        shown = next(one for one in self._recordings if one["id"] == clip_id)
        path = self._ledger.card / f"{clip_id}.ts"
        if clip_id not in self._known or not path.exists():
            self.faults.append(f"{clip_id} is on the server and not on the card")
            return
        on_card = hashlib.sha256(path.read_bytes()).hexdigest()
        hashes = {shown["sha256"], on_card, self._known[clip_id]["media"]["sha256"]}
        if len(hashes) != 1:
            self.faults.append(f"{clip_id}: SHA-256 of server, card and note differ: {hashes}")
        beside.write_bytes(video)
        played = probe(beside)
        before = self._ledger.pictures_of(clip_id) if clip_id in self._ledger.clips else 0
        self.figures["pictures before kills"] += before
        self.figures["pictures served"] += played.frames
        if shown["container"] != "mp4" or played.faults:
            self.faults.append(f"{clip_id} does not play: {shown['container']} {played.faults}")
        if not max(before, pictures(path)) <= played.frames:
            self.faults.append(f"{clip_id} is short: {played.frames} of {before} pictures, {pictures(path)} on the card")

    def look_at_events(self, started: set[str]) -> None:
        """Each clip that was ever heard of, or seen on the card, has come to one end, which was told once."""
        self.faults += [
            f"{clip_id} is told {count} times to be {state}" for (clip_id, state), count in self._told.items() if count > 1
        ]
        for clip_id in started | self._ledger.clips.keys() | self._known.keys() | {clip_id for clip_id, _ in self._told}:
            if self._told[clip_id, "finished"]:
                if clip_id not in self.finished:
                    self.faults.append(f"{clip_id} is finished and lost")
            elif self._reasons.get(clip_id) != "empty" or (clip_id in self._ledger.clips and self._ledger.pictures_of(clip_id)):
                self.faults.append(f"{clip_id} has never been finished, and was deleted because: {self._reasons.get(clip_id)}")

    def _is_once(self) -> None:
        for what, count in Counter(one["id"] for one in self._recordings).items():
            if count > 1:
                self.faults.append(f"{what} is there {count} times")
        for what, count in Counter(one["sha256"] for one in self._recordings if one["state"] == "finished").items():
            if count > 1:
                self.faults.append(f"the bytes {what} are there {count} times")
