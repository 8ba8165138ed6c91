"""Who switches the siren off when the self-test cannot. With real pins and real kills: `tests/hardware`."""

import os
import threading

import pytest

from vigie.agent.settings import SirenSettings
from vigie.owner.selftest.siren_guard import OFF, ON, SirenGuard, watch
from vigie.runtime.clock import SystemClock


@pytest.mark.parametrize(
    ("words", "ends", "done"),
    [
        (b"", True, []),
        (ON + OFF, True, []),
        (ON, True, ["off"]),
        (ON + OFF + ON, True, ["off"]),
        (ON, False, ["kill", "off"]),
    ],
    ids=["never on", "on and off", "died in between", "died the second time", "stands still"],
)
def test_what_becomes_of_the_siren(words, ends, done):
    reading, writing = os.pipe()
    seen: list[str] = []
    watching = threading.Thread(
        target=watch, args=(reading, 0.05, lambda: seen.append("off"), lambda: seen.append("kill"), SystemClock())
    )
    try:
        watching.start()
        os.write(writing, words)
        if not ends:
            watching.join(5)
    finally:
        os.close(writing)
        watching.join(5)
        os.close(reading)
    assert seen == done


def test_it_stands_ready_before_anything_sounds_and_ends_with_it(tmp_path):
    guard = SirenGuard(SirenSettings(), tmp_path, 5.0, simulate=True)
    guard.start()
    guard.tell(ON)
    guard.tell(OFF)
    guard.close()
    assert guard._process.returncode == 0
