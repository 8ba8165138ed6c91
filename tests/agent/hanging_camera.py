"""A real camera process that hangs once, when it is told to: its source gives no more pictures, as of a driver that is stuck.

`python -m tests.agent.hanging_camera FILE [deaf] MODULE ARGUMENT…` is MODULE with that camera. It hangs as soon as FILE is there,
which it takes away; the next one is well. `deaf`: it does not end at SIGTERM either.
"""

import runpy
import signal
import sys
import threading
from asyncio import unix_events
from contextlib import suppress
from pathlib import Path

from vigie.agent import camera_parts
from vigie.camera import app
from vigie.camera.pictures import Picture
from vigie.camera.sources.synthetic import SyntheticSource

DEAF, CAMERA = "deaf", "camera"


def hang_at(file: Path, *, deaf: bool) -> None:
    read = SyntheticSource.read

    def read_or_hang(source: SyntheticSource) -> Picture:
        with suppress(FileNotFoundError):
            file.unlink()
            threading.Event().wait()
        return read(source)

    SyntheticSource.read = read_or_hang
    if deaf:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        unix_events._UnixSelectorEventLoop.add_signal_handler = lambda *_: None


if __name__ == "__main__":
    file, *rest = sys.argv[1:]
    how = [DEAF] if rest[0] == DEAF else []
    module, *arguments = rest[len(how) :]
    if module == CAMERA:
        hang_at(Path(file), deaf=bool(how))
        sys.exit(app.run())
    camera_parts.ARGV = (sys.executable, "-m", "tests.agent.hanging_camera", file, *how, CAMERA)
    sys.argv[1:] = arguments
    runpy.run_module(module, run_name="__main__", alter_sys=True)
