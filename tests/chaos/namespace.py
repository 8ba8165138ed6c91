"""A world of its own for a run: private mounts for small disks, and a process tree that ends with it, however it ends."""

import os
import shutil
import subprocess
import sys

_MARK = "VIGIE_CHAOS_NAMESPACE"


class NoNamespace(Exception):
    """The kernel gives us no namespace: without it no disk can be made full, and the suite does not pretend that it was."""


def enter() -> None:
    """Runs this program again inside, unless it is; returns inside. Raises `NoNamespace`.

    `unshare --kill-child`: when the one outside goes, by SIGKILL too, the kernel ends every process in here. A user who
    is not root becomes root of a user namespace, where the kernel lets him mount a tmpfs.
    """
    if os.environ.get(_MARK) == str(os.getppid()):
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
    # Inside, our parent is outside of the namespace of processes: its id reads as 0.
    os.execve(argv[0], [*argv, sys.executable, "-m", "tests.chaos", *sys.argv[1:]], {**os.environ, _MARK: "0"})
