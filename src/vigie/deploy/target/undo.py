"""The way back of a deployment, on the disk before the first step that needs one, until the outcome has been judged.

Whatever ends a deployment, a power cut too, the next one or the next boot (`vigie-undo.service`) finds this and goes back.
"""

import base64
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from vigie.deploy.target.whole_file import sync_folder, write


@dataclass(frozen=True, slots=True)
class Before:
    """A file as it was; `content` is None where there was none."""

    path: str
    content: str | None
    mode: int = 0
    uid: int = 0
    gid: int = 0

    @classmethod
    def of(cls, path: Path) -> Self:
        """As it is now. Raises `OSError`."""
        try:
            found, content = path.stat(), path.read_bytes()
        except FileNotFoundError:
            return cls(str(path), None)
        return cls(str(path), base64.b64encode(content).decode(), found.st_mode & 0o7777, found.st_uid, found.st_gid)

    def restore(self) -> None:
        """Makes it so again. Raises `OSError`."""
        path = Path(self.path)
        if self.content is None:
            path.unlink(missing_ok=True)
        else:
            write(path, base64.b64decode(self.content), self.mode, self.uid, self.gid)


@dataclass(frozen=True, slots=True)
class Undo:
    """What was there: the release that ran, and each file that the deployment is about to change."""

    release: str | None
    files: tuple[Before, ...]

    @classmethod
    def begin(cls, record: Path, release: str | None, paths: Iterable[Path]) -> Self:
        """Takes note of it durably. Raises `OSError`."""
        undo = cls(release, tuple(Before.of(path) for path in paths))
        write(record, json.dumps(asdict(undo)).encode(), 0o600)
        return undo

    @classmethod
    def left(cls, record: Path) -> Self | None:
        """Of a deployment that was cut off; None where there is none. Raises `OSError`."""
        try:
            fields = json.loads(record.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        return cls(fields["release"], tuple(Before(**one) for one in fields["files"]))

    def is_new(self, path: Path) -> bool:
        """Whether the file was not there before."""
        return any(before.path == str(path) and before.content is None for before in self.files)

    def restore_files(self) -> None:
        """Raises `OSError`."""
        for before in self.files:
            before.restore()


def forget(record: Path) -> None:
    """The outcome is what is wanted, or what was: nothing is to be gone back to any more. Raises `OSError`."""
    record.unlink(missing_ok=True)
    sync_folder(record.parent)
