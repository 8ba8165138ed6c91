"""Libraries that a program can do without are not loaded because they are there, and nobody else loses them."""

import importlib
import subprocess
import sys

import pytest

from vigie.cli.left_out import left_out

LOADED = """
import sys
from vigie.cli.left_out import CLIENTS, left_out
with left_out(CLIENTS):
    import vigie.server.app
print(*(name for name in CLIENTS if name in sys.modules))
"""


def test_what_is_left_out_is_found_again_afterwards(monkeypatch):
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    with left_out(("colorsys",)), pytest.raises(ImportError):
        importlib.import_module("colorsys")
    assert importlib.import_module("colorsys").rgb_to_hsv


def test_what_is_loaded_already_stays():
    with left_out(("json",)):
        assert importlib.import_module("json").loads("1") == 1


def test_the_server_loads_no_client():
    done = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
