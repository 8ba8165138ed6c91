"""A world of its own for a run: private mounts for small disks, and a process tree that ends with it, however it ends."""

import ctypes
import os
import shutil
import signal
import subprocess
import sys

_MARK = "VIGIE_CHAOS_NAMESPACE"
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)


class NoNamespace(Exception):
    """The kernel gives us no namespace: without it no disk can be made full, and the suite does not pretend that it was."""


def enter() -> None:
    """Runs this program again inside, unless it is inside, and exits as it does. Returns inside. Raises `NoNamespace`.

    `unshare --kill-child`: when the one outside goes, by SIGKILL too, the kernel ends every process in here. A user who
    is not root becomes root of a user namespace, where the kernel lets him mount a tmpfs.
    """
    if os.environ.get(_MARK) == str(os.getppid()):  # inside, the parent is of another namespace of processes: 0
        return
    unshare = shutil.which("unshare")
    if unshare is None:
        raise NoNamespace("unshare (util-linux) is not installed")
    argv = [unshare, "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--propagation", "private"]
    if os.geteuid() != 0:
        argv.append("--map-root-user")
    probe = subprocess.run([*argv, "mount", "-t", "tmpfs", "probe", "/mnt"], capture_output=True, text=True)
    if probe.returncode:
        raise NoNamespace(
            f"no private mounts ({probe.stderr.strip()}); run this as root, or allow user namespaces: filling disks needs them"
        )
    argv += [sys.executable, "-m", "tests.chaos", *sys.argv[1:]]
    inside = subprocess.Popen(argv, env={**os.environ, _MARK: "0"}, preexec_fn=_die_with_parent)  # noqa: PLW1509 - no threads yet
    signal.signal(signal.SIGTERM, lambda *_: inside.kill())  # unshare itself hears no SIGTERM
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the run inside hears Ctrl-C by itself
    raise SystemExit(inside.wait())


def _die_with_parent() -> None:
    """By SIGKILL: unshare ignores every signal that it can (prctl(2))."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
