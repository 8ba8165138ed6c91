"""What the tests run: Vigie from its wheel, as a Pi and as the hub of a house get it, in environments of their own.

An environment is kept until the wheel changes. Made by the host, where a process costs nothing; the guest only reads it.
"""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from tests.machines.base import ROOT, cache

_UV = str(ROOT / "scripts" / "uv.sh")
_KEPT = 3
# The wheel asks for it on a Pi's processor only; this one is asked for by hand.
_PI = ("[agent,camera]", "lgpio>=0.2.2")
_HUB = ("[hub]",)


def install() -> Path:
    """The folder with `pi` and `hub` in it. Raises `CalledProcessError`."""
    folder = cache() / "hardware"
    folder.mkdir(parents=True, exist_ok=True)
    wheel = _wheel(folder)
    constraints = ROOT / "src" / "vigie" / "deploy" / "constraints.txt"
    key = hashlib.sha256(wheel.read_bytes() + constraints.read_bytes() + repr((_PI, _HUB)).encode()).hexdigest()[:12]
    installed = folder / f"installed-{key}"
    if not (installed / ".whole").exists():
        shutil.rmtree(installed, ignore_errors=True)
        for name, (extras, *more) in {"pi": _PI, "hub": _HUB}.items():
            _environment(installed / name, f"{wheel}{extras}", *more, constraints=constraints)
        (installed / ".whole").touch()
    os.utime(installed)
    for old in sorted(folder.glob("installed-*"), key=lambda path: path.stat().st_mtime)[:-_KEPT]:
        shutil.rmtree(old)
    return installed


def _wheel(folder: Path) -> Path:
    for old in folder.glob("*.whl"):
        old.unlink()
    # The same bytes from the same sources, or it would be installed anew each time.
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "1580601600"}
    subprocess.run([_UV, "build", "--quiet", "--wheel", "--out-dir", str(folder)], cwd=ROOT, check=True, env=environment)
    return next(folder.glob("*.whl"))


def _environment(path: Path, *wanted: str, constraints: Path) -> None:
    python = subprocess.run([ROOT / "scripts" / "owners-python.sh"], check=True, capture_output=True, text=True).stdout.strip()
    subprocess.run([_UV, "venv", "--quiet", "--python", python, str(path)], check=True)
    environment = {**os.environ, "VIRTUAL_ENV": str(path), "UV_COMPILE_BYTECODE": "1"}
    command = [_UV, "pip", "install", "--quiet", "--constraint", str(constraints), *wanted]
    subprocess.run(command, check=True, env=environment)
