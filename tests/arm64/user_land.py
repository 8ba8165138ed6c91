"""A Debian of another release or processor whose programs run on this machine's kernel and network.

Real: its Python, its C library, its wheels; of another processor also each instruction, by qemu. Not real: kernel, systemd, pins,
how long it takes and how much memory. What has to start with the machine is for tests/machines.
"""

import os
import subprocess
from pathlib import Path

from tests.machines.base import PROCESSOR

_ENVIRONMENT = {"PATH": "/opt/vigie/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LANG": "C.UTF-8", **PROCESSOR}


def can_run(*, emulated: bool) -> str:
    """Why nothing of it can be run here; nothing where it can."""
    if os.geteuid() != 0:
        return "only root can change into another Debian"
    if emulated and subprocess.run(["arch-test", "arm64"], capture_output=True).returncode != 0:
        return "this kernel runs no arm64 programs: see scripts/test-tools.sh arm64"
    return ""


class UserLand:
    """What is changed in it is in `folder` alone. `shared` are folders that it has at the same place as this machine."""

    def __init__(self, tree: Path, folder: Path, *shared: Path, wheels: Path) -> None:
        self.root = folder / "root"
        for name in ("upper", "work", "root"):
            (folder / name).mkdir(parents=True)
        layers = f"lowerdir={tree},upperdir={folder / 'upper'},workdir={folder / 'work'}"
        subprocess.run(["mount", "-t", "overlay", "vigie", "-o", layers, str(self.root)], check=True)
        (self.root / "etc" / "hosts").write_text("127.0.0.1 localhost\n")
        binds = {"/proc": "/proc", "/dev": "/dev", "/sys": "/sys", str(wheels): "/wheels"} | {
            str(path): str(path) for path in shared
        }
        for inside in binds.values():
            (self.root / inside.lstrip("/")).mkdir(parents=True, exist_ok=True)
        mounts = "".join(f'mount --rbind "{outside}" "$0{inside}"; ' for outside, inside in binds.items())
        # No chroot: what enters the mounts of such a process later, as nsenter does, would be back on this machine's own root.
        script = f'{mounts} cd "$0"; pivot_root . .; umount --lazy .; cd /; exec "$@"'
        self._enter = ["unshare", "--mount", "sh", "-ec", script, str(self.root)]

    def run(self, *command: str, within_s: float = 60, **environment: str) -> str:
        """What it printed on stdout; fails with what it said where its status is not 0."""
        done = subprocess.run(
            self._words(command, environment), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=within_s
        )
        assert done.returncode == 0, f"{' '.join(command)}: status {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def start(self, *command: str, log: Path, **environment: str) -> subprocess.Popen[bytes]:
        """The process itself, not one around it: signals reach it."""
        with log.open("ab") as file:
            return subprocess.Popen(self._words(command, environment), stdin=subprocess.DEVNULL, stdout=file, stderr=file)

    def call(self, *command: str, within: Path) -> int:
        """Its status; it reads and writes where this process does."""
        return subprocess.run(self._words(("env", "--chdir", str(within), *command), {})).returncode

    def make_venv(self) -> None:
        """In /opt/vigie, as `vigie deploy` makes it."""
        self.run("python3", "-m", "venv", "--system-site-packages", "/opt/vigie", within_s=300)

    def install(self, *what: str) -> None:
        """From the wheels alone."""
        pip = (
            "python",
            "-m",
            "pip",
            "--disable-pip-version-check",
            "--no-cache-dir",
            "install",
            "--quiet",
            "--root-user-action=ignore",
        )
        self.run(*pip, "--no-index", "--find-links", "/wheels", *what, within_s=600)

    def remove(self) -> None:
        """Forgets what was changed. Nothing of it may run any more."""
        subprocess.run(["umount", str(self.root)], check=True)

    def _words(self, command: tuple[str, ...], environment: dict[str, str]) -> list[str]:
        settings = [f"{name}={value}" for name, value in {**_ENVIRONMENT, **environment}.items()]
        return [*self._enter, "env", "-i", *settings, *command]
