"""The guest: a kernel with simulated pins and cameras as a process of this user, of which nothing stays but what is in its rig."""

import os
import platform
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.machines.base import ROOT

RIG = "VIGIE_RIG"
"""In the guest: the folder that it shares with the host."""
# Its disk is half of it: with less than 500 MB of that free a camera lets go of its oldest clips, as it is told to.
_MEMORY = "1536M"
_WITHIN_S = 1500.0
_IN_MEMORY = Path("/dev/shm")
# A webcam with one input at /dev/video0, and a loop at /dev/video42 that is a camera only while somebody feeds it.
_CAMERAS = (
    *("vivid.n_devs=1", "vivid.node_types=0x1", "vivid.num_inputs=1", "vivid.input_types=0x0"),
    *("v4l2loopback.devices=1", "v4l2loopback.video_nr=42", "v4l2loopback.exclusive_caps=1"),
)


class NoGuest(Exception):
    """No guest can be booted, or it died; the text says why."""


def check_host() -> None:
    """Raises `NoGuest` where this machine cannot even try."""
    if sys.platform != "linux" or platform.machine() != "x86_64":
        raise NoGuest(f"User-Mode Linux is for Linux on x86-64, this is {sys.platform} on {platform.machine()}")
    if not os.access(_IN_MEMORY, os.W_OK):
        raise NoGuest(f"{_IN_MEMORY} cannot be written: it is the guest's memory")
    if os.statvfs(_IN_MEMORY).f_flag & os.ST_NOEXEC:
        raise NoGuest(f"{_IN_MEMORY} is mounted noexec: it is the guest's memory")
    if shutil.which("ip", path=f"{os.environ['PATH']}:/usr/sbin:/sbin") is None:
        raise NoGuest("the guest needs the program ip: install iproute2")


def run(kernel: Path, rig: Path, command: Sequence[str], environment: dict[str, str]) -> int:
    """Boots, runs the command in this clone, powers off; what it prints comes out here. Raises `NoGuest` if the guest dies."""
    exports = [f"export {name}={shlex.quote(value)}" for name, value in environment.items()]
    (rig / "command").write_text("\n".join([*exports, f"cd {shlex.quote(str(ROOT))}", f"exec {shlex.join(command)}"]) + "\n")
    status = rig / "status"
    status.unlink(missing_ok=True)
    init = ROOT / "tests" / "hardware" / "guest_init.sh"
    root = ("root=/dev/root", "rootfstype=hostfs", "rootflags=/", "ro")
    console = ("quiet", "con=null", "con0=null,fd:1", "con1=null", "ssl=null")
    ours = (f"init={init}", f"{RIG}={rig}", f"VIGIE_CLONE={ROOT}", f"VIGIE_PYTHON={sys.executable}")
    argv = [str(kernel), f"mem={_MEMORY}", *root, *console, *_CAMERAS, *ours]
    guest = subprocess.Popen(argv, stdin=subprocess.DEVNULL, env=_environment(rig), start_new_session=True)
    try:
        guest.wait(_WITHIN_S)
    except subprocess.TimeoutExpired as error:
        raise NoGuest(f"the guest has not ended within {_WITHIN_S:g} s") from error
    finally:
        if guest.poll() is None:
            os.killpg(guest.pid, signal.SIGKILL)
            guest.wait()
    if not status.exists():
        raise NoGuest(
            f"the guest ended with {guest.returncode} before its tests did; may processes trace each other here (ptrace)?"
        )
    return int(status.read_text())


def _environment(rig: Path) -> dict[str, str]:
    """Its memory is a file in TMPDIR, its name a folder in HOME."""
    return {"PATH": os.environ["PATH"], "HOME": str(rig), "TMPDIR": str(_IN_MEMORY)}
