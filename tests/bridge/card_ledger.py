"""An independent ledger of a Pi's card: what was on it at each kill, noted outside of the programs, and held against the end."""

import hashlib
import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av


@dataclass
class Noted:
    """Of one clip: the longest copy of it while it was recorded, and its hash as soon as it was finished."""

    copy: Path | None = None
    sha256: str | None = None


class CardLedger:
    """`card` is the folder of the media, `folder` where the ledger is kept."""

    def __init__(self, card: Path, folder: Path) -> None:
        self.card = card
        self._folder = folder
        folder.mkdir(parents=True)
        self.clips: dict[str, Noted] = {}
        self.changed: list[str] = []
        """Finished clips that were not what they had been."""

    def note(self) -> None:
        """What is there now. A clip that is still written may grow meanwhile: then it is some of it."""
        for path in sorted(self.card.iterdir()) if self.card.exists() else ():
            clip_id, _, ending = path.name.partition(".")
            with suppress(FileNotFoundError):  # it has got another name: as a finished clip it is noted next time
                if ending == "ts.part":
                    copy = self._folder / f"{clip_id}.ts"
                    copy.write_bytes(path.read_bytes())
                    self._of(clip_id).copy = copy
                elif ending == "ts":
                    self._finished(clip_id, hashlib.sha256(path.read_bytes()).hexdigest())

    def pictures_of(self, clip_id: str) -> int:
        """How many were on the card at the last kill that met it; the last may have been written by half."""
        copy = self.clips[clip_id].copy
        return 0 if copy is None else max(0, pictures(copy) - 1)

    def known(self) -> dict[str, dict[str, Any]]:
        """The Pi's own word: what stands beside each clip on the card."""
        found = {}
        for path in sorted(self.card.glob("*.json")):
            with suppress(FileNotFoundError):
                kept = json.loads(path.read_bytes())
                if kept["media"]["kind"] == "clip":
                    found[path.stem] = kept
        return found

    def _finished(self, clip_id: str, sha256: str) -> None:
        noted = self._of(clip_id)
        if noted.sha256 not in {None, sha256}:
            self.changed.append(clip_id)
        noted.sha256 = sha256

    def _of(self, clip_id: str) -> Noted:
        return self.clips.setdefault(clip_id, Noted())


def pictures(path: Path) -> int:
    """How many can be decoded up to where it ends or is broken."""
    count = 0
    with suppress(av.FFmpegError, IndexError), av.open(str(path), format="mpegts") as container:
        for _ in container.decode(video=0):
            count += 1
    return count
