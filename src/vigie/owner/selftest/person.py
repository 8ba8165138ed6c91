"""Who stands before the Pi: told what to do, asked what was seen. Prompts go to stderr; stdout is the report's."""

import asyncio
import os
import sys
from collections import deque
from contextlib import suppress

from vigie.owner.findings import printable
from vigie.owner.selftest.bench import Bench

_STDIN = 0
_YES, _NO = {"y", "yes"}, {"n", "no"}


class Person:
    """`patience_s` bounds each wait for them. Nobody is there with `is_asked` false, nor once stdin has ended."""

    def __init__(self, patience_s: float, *, is_asked: bool) -> None:
        self.patience_s = patience_s
        self.is_asked = is_asked
        self._lines: deque[str] = deque()
        self._listens = False

    def listen(self) -> None:
        """From now on, on the event loop."""
        if self.is_asked:
            with suppress(PermissionError):  # a file, /dev/null: nothing that one can wait for, and nobody's keyboard
                asyncio.get_running_loop().add_reader(_STDIN, self._read)
                self._listens = True

    def leave(self) -> None:
        """No more."""
        if self._listens:
            asyncio.get_running_loop().remove_reader(_STDIN)
            self._listens = False

    def tell(self, text: str) -> None:
        """One line that asks for a deed. What was typed before it answers nothing."""
        self._lines.clear()
        sys.stderr.write(f"→ {printable(text)}\n")
        sys.stderr.flush()

    @property
    def skips(self) -> bool:
        """Whether Enter was pressed since the last prompt."""
        return bool(self._lines)

    async def ask(self, question: str, bench: Bench) -> bool | None:
        """Yes or no; None for any other answer, and for none in time."""
        if not self._listens:
            return None
        self.tell(question)
        await bench.until(lambda: self.skips or not self._listens, self.patience_s)
        answer = self._lines[0].strip().lower() if self._lines else ""
        return True if answer in _YES else False if answer in _NO else None

    async def lets(self, question: str, bench: Bench) -> bool:
        """Whether a part may move or sound: not without a yes, but where nobody is to be asked."""
        return not self.is_asked or bool(await self.ask(f"{question} [y/N]", bench))

    def _read(self) -> None:
        data = b""
        with suppress(OSError):  # a terminal that has gone
            data = os.read(_STDIN, 4096)
        if not data:
            self.leave()
        self._lines += data.decode("utf-8", "replace").splitlines()
