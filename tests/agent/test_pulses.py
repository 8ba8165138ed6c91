"""Pulses on the pins of a whole device: none of 50 ms or more is missed, none is counted twice, and a floating pin is cheap."""

import asyncio
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.agent.guarding import events, keep_mode
from tests.agent.pi import Pi
from tests.house import clean_environment
from tests.waiting import wait_until
from vigie.protocol.states import Mode
from vigie.testing import FakeClock
from vigie.testing.trigger import SOCKET_NAME

_BOUNCE_S = 0.01

bounces = st.lists(st.floats(0.0001, _BOUNCE_S / 8), max_size=4)
pulses = st.tuples(st.floats(0.05, 2.0), bounces, st.floats(0.05, 2.0), bounces)


async def level(pi, high, lasts_s, gaps_s):
    """To a level, which bounces at first and then holds for `lasts_s`."""
    for gap_s in gaps_s:
        pi.drive("motion", high=high)
        await pi.clock.advance(gap_s)
        pi.drive("motion", high=not high)
        await pi.clock.advance(gap_s)
    pi.drive("motion", high=high)
    await pi.clock.advance(lasts_s)


async def counted(train):
    """The types of the motion sensor's events after a train of pulses, and how many alerts there are."""
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        keep_mode(Path(name) / "pi", Mode.NIGHT)
        pi = Pi(Path(name) / "pi", FakeClock(), patch, zones={"motion": {"pulses": 2, "pulses_within_s": 3600.0}})
        pi.start()
        try:
            for pulse_s, rising, pause_s, falling in train:
                await level(pi, True, pulse_s, rising)
                await level(pi, False, pause_s, falling)
            await pi.clock.advance(1.0)
            await pi.settle()
            found = [event.draft for event in events(pi.folder) if event.draft.sensor == "motion"]
        finally:
            pi.close()
    return [draft.type for draft in found], sum(bool(draft.body.get("decision", {}).get("alert")) for draft in found)


@settings(max_examples=25)
@given(st.lists(pulses, max_size=8))
def test_each_pulse_is_one_detection_however_its_contact_bounces(train):
    types, alerts = asyncio.run(counted(train))
    assert types == ["motion_detected", "motion_ended"] * len(train)
    assert alerts == len(train) // 2, "a filter that counts pulses counts them as they were"


_FLOATING = """
import os, sys, threading, time
from pathlib import Path
from vigie.agent import app, pins
from vigie.cli import main
file, seconds, made = Path(sys.argv[1]), float(sys.argv[2]), []
open_factory = app.open_factory
def kept(*arguments, **options):
    made.append(open_factory(*arguments, **options))
    return made[-1]
app.open_factory = kept
def toggle(number):
    pin, until, edges = made[0].pin(number), time.monotonic() + seconds, 0
    before_s = time.process_time()
    while time.monotonic() < until:
        (pin.drive_low if edges % 2 else pin.drive_high)()
        edges += 1
        time.sleep(0.0005)
    return edges, time.process_time() - before_s
def drive():
    while not file.exists():
        time.sleep(0.05)
    (_, bare_s), (edges, floating_s) = toggle(5), toggle(17)
    file.with_suffix(".new").write_text(f"{edges} {floating_s - bare_s}")
    file.with_suffix(".new").replace(file)
threading.Thread(target=drive, daemon=True).start()
sys.exit(main(["agent", "--simulate"]))
"""


def test_a_floating_pin_at_one_kilohertz_costs_less_than_a_fifth_of_a_core_and_is_told(tmp_path):
    """The process's time beyond that of toggling a mock pin that nobody listens to, which no real line costs."""
    folder, result, seconds = tmp_path / "raspberry-01", tmp_path / "result", 1.2
    environment = {"DEVICE_ID": "raspberry-01", "VIGIE_DATA": str(folder), "MQTT_BROKER": "127.0.0.1:1"}
    argv = [sys.executable, "-c", _FLOATING, str(result), str(seconds)]
    process = subprocess.Popen(argv, env={**clean_environment(), **environment}, stderr=subprocess.DEVNULL)
    try:
        wait_until((folder / SOCKET_NAME).exists, "the agent guards", within_s=15)
        result.touch()
        edges, cost_s = map(float, wait_until(lambda: result.read_text().split(), "the pin has floated", within_s=30))
        assert edges > 500 * seconds, "or it is no storm"
        assert cost_s < 0.2 * seconds
        wait_until(
            lambda: [event for event in events(folder) if event.draft.body.get("name") == "edge_storm:motion"],
            "the trouble is told",
        )
        assert len([event for event in events(folder) if event.draft.sensor == "motion"]) <= 50 * seconds
    finally:
        process.kill()
        process.wait()
