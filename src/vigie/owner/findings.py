"""What a check has found, and how it is shown: a mark, a subject, what was seen, how to mend it. One line each."""

import os
import sys
from dataclasses import dataclass
from enum import StrEnum

_SUBJECT_WIDTH = 11
_COLOURS = {"ok": "32", "warning": "33", "failed": "31", "unseen": "36"}


class Mark(StrEnum):
    """How bad it is. The values are the words of `--json`."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    UNSEEN = "unseen"
    """Not looked at, for want of rights or of an address: neither good nor bad."""

    @property
    def sign(self) -> str:
        """What people see."""
        return {"ok": "✓", "warning": "!", "failed": "✗", "unseen": "?"}[self.value]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line. `mend` is empty where nothing has to be done."""

    mark: Mark
    subject: str
    seen: str
    mend: str = ""

    def line(self) -> str:
        """`✓ broker      127.0.0.1:1883 …`, in colour on a terminal (not with NO_COLOR)."""
        sign = self.mark.sign
        if sys.stdout.isatty() and not os.environ.get("NO_COLOR"):
            sign = f"\033[{_COLOURS[self.mark]}m{sign}\033[0m"
        tail = f" → {self.mend}" if self.mend else ""
        return f"{sign} {self.subject:<{_SUBJECT_WIDTH}} {printable(self.seen + tail)}"

    def as_object(self) -> dict[str, str]:
        """The same for programs."""
        return {"mark": self.mark.value, "subject": self.subject, "seen": self.seen, "mend": self.mend}


def ok(subject: str, seen: str) -> Finding:
    return Finding(Mark.OK, subject, seen)


def warning(subject: str, seen: str, mend: str = "") -> Finding:
    return Finding(Mark.WARNING, subject, seen, mend)


def failed(subject: str, seen: str, mend: str = "") -> Finding:
    return Finding(Mark.FAILED, subject, seen, mend)


def unseen(subject: str, seen: str, mend: str = "") -> Finding:
    return Finding(Mark.UNSEEN, subject, seen, mend)


def say(text: str) -> None:
    """Prints at once: people watch."""
    print(text, flush=True)


def printable(text: str) -> str:
    """Without what could steer a terminal: names and reasons come from other machines."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def figure(count: int, noun: str = "") -> str:
    """`1,234 events`, `1 event`."""
    return f"{count:,} {noun if count == 1 else noun + 's'}" if noun else f"{count:,}"


def size(count_bytes: float) -> str:
    """`1.5 GB`: decimal units, as disks are sold."""
    for unit in ("B", "kB", "MB", "GB"):
        if count_bytes < 1000:
            return f"{count_bytes:.0f} {unit}" if unit in ("B", "kB") else f"{count_bytes:.1f} {unit}"
        count_bytes /= 1000
    return f"{count_bytes:.1f} TB"


def ago(seconds: float) -> str:
    """`12 s ago`, `3 min ago`, `5 h ago`, `2 days ago`."""
    for limit, unit_s, unit in ((120, 1, "s"), (7200, 60, "min"), (172_800, 3600, "h")):
        if seconds < limit:
            return f"{max(0, round(seconds / unit_s))} {unit} ago"
    return f"{round(seconds / 86_400)} days ago"
