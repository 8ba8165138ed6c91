"""The pure and component tests on the Python of Debian 13, which Raspberry Pi OS has as well: `make test-py313`. Needs root.

Arguments are pytest's, in place of the folders below.
"""

import platform
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.arm64.user_land import UserLand, can_run
from tests.lock import Machine
from tests.machines.base import ROOT, debian, wheels_for

_PYTHON = Machine("3.13", platform.machine())
_PACKAGES = ("python3", "python3-venv", "mosquitto", "mosquitto-clients", "ffmpeg", "systemd")
_EXTRAS = ("agent", "bridge", "camera", "server", "embedded-broker", "provision")
# What the tests import, and no more of the group `dev`: the rest looks at sources, which are the same.
_TOOLS = ("pytest", "pytest-asyncio", "pytest-xdist", "hypothesis", "requests", "schemathesis")
# It is of a clone whose sources are what runs; here it is the built wheel.
_OF_SOURCES = "tests/deploy/test_target.py::test_sources_cannot_be_repacked"
_FOLDERS = (
    "protocol",
    "domain",
    "runtime",
    "agent",
    "camera",
    "bridge",
    "server",
    "owner",
    "deploy",
    "simulation",
    "testing",
    "upgrade",
)


def main() -> int:
    if reason := can_run(emulated=False):
        print(f"no other Python can be run here: {reason}", file=sys.stderr)
        return 1
    wheels = wheels_for(_PYTHON, _EXTRAS, _TOOLS)
    with TemporaryDirectory() as folder:
        land = UserLand(debian("trixie", _PACKAGES), Path(folder) / "land", ROOT, wheels=wheels)
        try:
            land.make_venv()
            constraints = ROOT / "src" / "vigie" / "deploy" / "constraints.txt"
            land.install("--constraint", str(constraints), f"vigie[{','.join(_EXTRAS)}]", *_TOOLS)
            tests = sys.argv[1:] or [f"tests/{name}" for name in _FOLDERS]
            at_once = ("-n", "3", "--dist", "loadfile", "--no-loadscope-reorder")
            return land.call("python", "-B", "-m", "pytest", *at_once, "--deselect", _OF_SOURCES, *tests, within=ROOT)
        finally:
            land.remove()


if __name__ == "__main__":
    sys.exit(main())
