"""The empty Debian that the machines of these tests begin as, and the wheels that they install from: made once, kept in a cache.

The machines have no network but their own: what they get by apt and pip was fetched here before, and lies in their caches.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[2]
SUITE = "bookworm"
MIRROR = "http://deb.debian.org/debian"
# As on Raspberry Pi OS Lite: Python, sudo, SSH, names by multicast. No venv, no Mosquitto, no pipx.
_THERE = (
    *("systemd-sysv", "udev", "dbus", "python3", "sudo", "openssh-server", "openssh-client", "iproute2", "ca-certificates"),
    *("avahi-daemon", "libnss-mdns", "curl"),
)
_TO_BE_HAD = ("mosquitto", "python3-venv", "pipx")
_OF_PIPX = ("pip", "setuptools", "wheel")
_PYTHON = "/usr/bin/python3"  # Debian's, as in the machines
_PIP = "[global]\nno-index = true\nfind-links = /wheels\n"


def cache() -> Path:
    """Where it is kept, per user."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "vigie-tests"


def base() -> Path:
    """The tree; made where it is not there yet, in about a minute and 350 MB."""
    recipe = "\n".join((SUITE, *_THERE, *_TO_BE_HAD, _PIP, *_hooks()))
    folder = cache() / f"debian-{hashlib.sha256(recipe.encode()).hexdigest()[:12]}"
    with _only_one("base"):
        if not (folder / ".whole").exists():
            subprocess.run(["rm", "-rf", str(folder)], check=True)
            folder.parent.mkdir(parents=True, exist_ok=True)
            hooks = [word for hook in _hooks() for word in ("--customize-hook", hook)]
            command = ["mmdebstrap", "--quiet", "--variant=minbase", f"--include={','.join(_THERE)}", "--skip=cleanup/apt", *hooks]
            subprocess.run([*command, SUITE, str(folder), MIRROR], check=True, timeout=900)
            (folder / ".whole").touch()
    return folder


def _hooks() -> tuple[str, ...]:
    in_it = 'chroot "$1" '
    return (
        f"{in_it}apt-get update -q",
        f"{in_it}apt-get install -q -y --download-only {' '.join(_TO_BE_HAD)}",
        f"{in_it}useradd --create-home --shell /bin/bash pi",
        'printf "pi ALL=(ALL) NOPASSWD: ALL\\n" > "$1/etc/sudoers.d/010_pi-nopasswd"',
        f'printf "{_PIP.encode("unicode_escape").decode()}" > "$1/etc/pip.conf"',
        f"{in_it}su pi -c \"mkdir -m 700 ~/.ssh && ssh-keygen -q -t ed25519 -N '' -f ~/.ssh/id_ed25519\"",
        f'{in_it}su pi -c "cp ~/.ssh/id_ed25519.pub ~/.ssh/authorized_keys"',
        'printf "Host *\\n  StrictHostKeyChecking accept-new\\n" > "$1/home/pi/.ssh/config"',
        'mkdir "$1/wheels"; rm -f "$1/etc/machine-id"; : > "$1/etc/machine-id"',
    )


def wheels() -> Path:
    """Our wheel, built from this clone, and all that it needs for every role. Another wheel has another folder."""
    with _only_one("wheels"), TemporaryDirectory() as built:
        build = [str(ROOT / "scripts" / "uv.sh"), "build", "--quiet", "--wheel", "--out-dir", built]
        subprocess.run(build, cwd=ROOT, check=True)
        ours = next(Path(built).glob("vigie-*.whl"))
        others = _others(ours)
        names = "\n".join(sorted(path.name for path in others.iterdir()))
        folder = cache() / f"wheels-{hashlib.sha256(ours.read_bytes() + names.encode()).hexdigest()[:12]}"
        if not (folder / ours.name).exists():
            shutil.copytree(others, folder, copy_function=os.link, dirs_exist_ok=True)
            shutil.copy(ours, folder)
    return folder


def _others(ours: Path) -> Path:
    """What `ours` depends on, and what pipx does, in the versions of the lock file."""
    constraints = ROOT / "src" / "vigie" / "deploy" / "constraints.txt"
    recipe = constraints.read_text() + (ROOT / "pyproject.toml").read_text() + " ".join(_OF_PIPX)
    folder = cache() / f"dependencies-{hashlib.sha256(recipe.encode()).hexdigest()[:12]}"
    if not (folder / ".whole").exists():
        pip = cache() / "pip" / "bin" / "pip"
        if not pip.exists():
            subprocess.run([_PYTHON, "-m", "venv", str(pip.parents[1])], check=True)
        download = [str(pip), "--disable-pip-version-check", "download", "--quiet", "--dest", str(folder)]
        wanted = ["--constraint", str(constraints), f"{ours}[hub,agent,camera]", *_OF_PIPX]
        subprocess.run([*download, *wanted], check=True, timeout=900, capture_output=True)
        for path in folder.glob("vigie-*.whl"):
            path.unlink()
        (folder / ".whole").touch()
    return folder


@contextmanager
def _only_one(name: str) -> Iterator[None]:
    cache().mkdir(parents=True, exist_ok=True)
    with (cache() / f".{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
