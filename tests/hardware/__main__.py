"""`make test-hardware`: this folder's tests in a guest. Arguments go to pytest; its exit status is ours, 1 where no guest runs.

Never passes by being left out: where something is missing it says what, and fails.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.hardware.guest import NoGuest, check_host, run
from tests.hardware.installed import install
from tests.machines.base import ROOT

_KERNEL = ROOT / "scripts" / "hardware-kernel.sh"


def main(arguments: list[str]) -> int:
    try:
        check_host()
        kernel = Path(subprocess.run([_KERNEL], check=True, stdout=subprocess.PIPE, text=True).stdout.strip())
        installed = install()
        with tempfile.TemporaryDirectory(prefix="vigie-hardware-") as name:
            return _run(kernel, Path(name), installed, arguments)
    except (NoGuest, subprocess.CalledProcessError, OSError) as error:
        print(f"test-hardware: not done: {error}", file=sys.stderr)
        return 1


def _run(kernel: Path, rig: Path, installed: Path, arguments: list[str]) -> int:
    chosen = arguments if any(not argument.startswith("-") for argument in arguments) else ["tests/hardware", *arguments]
    began = time.monotonic()
    # The clock of the test's processes counts for figures: output comes at once, bytecode is nobody's to write here.
    environment = {"VIGIE_INSTALLED": str(installed), "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-p", "no:xdist", "--durations=0", "--durations-min=1", *chosen]
    status = run(kernel, rig, command, environment)
    figures = rig / "figures"
    print(f"test-hardware: kernel {kernel.stat().st_size / 1e6:.1f} MB, guest ran {time.monotonic() - began:.0f} s", flush=True)
    if figures.exists():
        print(figures.read_text(), end="", flush=True)
    return status


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main(sys.argv[1:]))
