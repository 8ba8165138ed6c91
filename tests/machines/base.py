"""The empty Debian that the machines of these tests begin as, and the wheels that they install from: made once, kept in a cache.

The machines have no network but their own: what they get by apt and pip was fetched here before, and lies in their caches.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory

from tests.lock import Machine, locked

ROOT = Path(__file__).parents[2]
PYTHONS = {"bookworm": "3.11", "trixie": "3.13"}
SUITE = os.environ.get("VIGIE_SUITE", "bookworm")
"""Which Debian the machines are: `make test-deploy ARGS=trixie` asks for the other one."""
MIRROR = "http://deb.debian.org/debian"
# What is emulated is the smallest 64-bit Pi's (3, Zero 2 W): a wheel that wants a newer one fails. And what Debian 13 does with
# the signed addresses of newer ones takes six times as long to emulate.
PROCESSOR = {"QEMU_CPU": "cortex-a53"}
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
    """What the machines begin as; made in about a minute and 350 MB."""
    hooks = [word for hook in _hooks() for word in ("--customize-hook", hook)]
    return debian(SUITE, _THERE, "--skip=cleanup/apt", *hooks)


def debian(suite: str, packages: tuple[str, ...], *options: str) -> Path:
    """A Debian with these packages, of another architecture where mmdebstrap's options say so; made where it is not there yet."""
    recipe = "\n".join((suite, *packages, *options))
    folder = cache() / f"debian-{hashlib.sha256(recipe.encode()).hexdigest()[:12]}"
    with only_one(folder.name):
        if not (folder / ".whole").exists():
            subprocess.run(["rm", "-rf", str(folder)], check=True)
            folder.parent.mkdir(parents=True, exist_ok=True)
            command = ["mmdebstrap", "--quiet", "--variant=minbase", f"--include={','.join(packages)}", *options]
            subprocess.run([*command, suite, str(folder), MIRROR], check=True, timeout=1800, env={**os.environ, **PROCESSOR})
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
    if SUITE == "bookworm":  # whose Python is the one here
        return _with_ours(_others)
    folder = wheels_for(Machine(PYTHONS[SUITE], "x86_64"), ("agent", "camera", "bridge", "server", "provision"))
    _download(folder, "--no-deps", *_OF_PIPX)
    return folder


def wheels_for(machine: Machine, extras: tuple[str, ...], others: tuple[str, ...] = ()) -> Path:
    """The same for a machine that is not this one: the very files of the lock."""
    lines = "\n".join(one.requirement for one in locked(machine, extras, others))
    return _with_ours(lambda _: _files(machine, lines))


def _with_ours(make_others: Callable[[Path], Path]) -> Path:
    with only_one("wheels"), TemporaryDirectory() as built:
        build = [str(ROOT / "scripts" / "uv.sh"), "build", "--quiet", "--wheel", "--out-dir", built]
        subprocess.run(build, cwd=ROOT, check=True)
        ours = next(Path(built).glob("vigie-*.whl"))
        others = make_others(ours)
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
        _download(folder, "--constraint", str(constraints), f"{ours}[hub,agent,camera]", *_OF_PIPX)
        for path in folder.glob("vigie-*.whl"):
            path.unlink()
        (folder / ".whole").touch()
    return folder


def _files(machine: Machine, requirements: str) -> Path:
    """The wheels with these hashes."""
    folder = cache() / f"dependencies-{hashlib.sha256(f'{machine}{requirements}'.encode()).hexdigest()[:12]}"
    if not (folder / ".whole").exists():
        folder.mkdir(parents=True, exist_ok=True)
        platforms = sorted({tag.platform for tag in machine.tags} - {"any"})
        there = ["--python-version", machine.python, *(word for platform in platforms for word in ("--platform", platform))]
        with NamedTemporaryFile("w", suffix=".txt") as file:
            file.write(requirements)
            file.flush()
            _download(folder, "--no-deps", "--only-binary=:all:", *there, "--require-hashes", "--requirement", file.name)
        (folder / ".whole").touch()
    return folder


def _download(folder: Path, *what: str) -> None:
    pip = cache() / "pip" / "bin" / "pip"
    if not pip.exists():
        subprocess.run([_PYTHON, "-m", "venv", str(pip.parents[1])], check=True)
    download = [str(pip), "--disable-pip-version-check", "download", "--quiet", "--dest", str(folder)]
    done = subprocess.run([*download, *what], timeout=900, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@contextmanager
def only_one(name: str) -> Iterator[None]:
    cache().mkdir(parents=True, exist_ok=True)
    with (cache() / f".{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
