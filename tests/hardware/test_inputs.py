"""From the kernel's edges to the event log, the broker and the server, by the installed agent."""

import subprocess
import sys
import time
from collections import Counter
from itertools import pairwise

from tests.agent.guarding import events
from tests.agent.running import listener
from tests.hardware.installation import DEVICE
from tests.waiting import wait_until, wait_until_async
from vigie.agent.event_log import FILE_NAME
from vigie.agent.inputs import STORM_PAUSE_S

PIR, MAT = 17, 27
WIRING = f"""
[sensors.motion]
pin = {PIR}
[sensors.button]
pin = {MAT}
"""
PULSES = 1000
EDGES = 100
COMMITTED_WITHIN_MS = 30.0
STORM_S = 10.0


def of(agent, sensor):
    return [event for event in events(agent.folder) if event.draft.sensor == sensor]


async def test_motion_and_mat_reach_the_broker_and_the_server(header, agent_with, hub, mosquitto):
    agent = agent_with(WIRING)
    agent.start()
    hub.await_connected()
    async with listener(mosquitto.address) as seen:
        for pin, name, active in ((PIR, "motion", True), (MAT, "button", False)):
            header.drive(pin, high=active)
            await wait_until_async(lambda n=name: len(seen.on(f"sensors/{DEVICE}/{n}")) == 1, f"{name} is published")
            header.drive(pin, high=not active)
            await wait_until_async(lambda n=name: len(seen.on(f"sensors/{DEVICE}/{n}")) == 2, "its end is published")
        states = [body["state"] for name in ("motion", "button") for body in seen.on(f"sensors/{DEVICE}/{name}")]
    assert states == ["detected", "ended", "pressed", "released"]
    types = {"motion_detected", "motion_ended", "button_pressed", "button_released"}
    wait_until(lambda: {event["type"] for event in hub.events()} >= types, "all are on the server", within_s=30)


def test_the_kernel_is_asked_for_the_pull_of_each_kind(header, agent_with):
    header.drive(PIR, high=True)
    header.drive(MAT, high=False)
    agent_with(WIRING).start()
    assert (header.pull(PIR), header.pull(MAT)) == ("pull-down", "pull-up")


async def test_a_level_that_is_active_at_the_start_is_told(header, agent_with, mosquitto):
    """With an outer resistor: against the program's own pull the simulated line would lose, as no real contact does."""
    header.drive(PIR, high=True)
    agent = agent_with(f'[sensors.motion]\npin = {PIR}\npull = "none"\n')
    agent.start()
    async with listener(mosquitto.address) as seen:
        (state,) = await seen.wait_for(f"states/{DEVICE}/motion")
        assert state["active"] is True
        agent.stop()
        header.drive(PIR, high=False)
        agent.start()
        await wait_until_async(lambda: seen.on(f"states/{DEVICE}/motion")[-1]["active"] is False, "it is told")
        agent.stop()
        header.drive(PIR, high=True)
        agent.start()
        await wait_until_async(lambda: seen.on(f"states/{DEVICE}/motion")[-1]["active"] is True, "it is told")


def drive(what, file, amount):
    """The world as a process of its own; returns what it says when it is over."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.hardware.drive_pin", what, str(file), str(amount)], stdout=subprocess.PIPE, text=True
    )


def test_no_pulse_of_50_ms_is_lost_or_counted_twice_however_it_bounces(header, agent_with, figure):
    agent = agent_with(WIRING)
    agent.start()
    (told, _), share = measured(agent, lambda: drive("pulses", header.file_of(PIR), PULSES).communicate(timeout=600))
    wait_until(lambda: of(agent, "motion")[-1].draft.type == "motion_ended", "the last one has ended")
    types = [event.draft.type for event in of(agent, "motion")]
    counts = Counter(types)
    figure(f"{counts['motion_detected']} of {PULSES} at {share:.0%} of a core; {told.strip()}")
    assert counts == {"motion_detected": PULSES, "motion_ended": PULSES}
    assert all(one != other for one, other in pairwise(types))


def test_an_edge_is_committed_within_30_ms(header, agent_with, figure):
    agent = agent_with(f"{WIRING}hold_off_s = 0.02\n")
    agent.start()
    wal = agent.folder / f"{FILE_NAME}-wal"
    delays_ms = []
    for number in range(EDGES):
        time.sleep(0.15)  # as between two people: the heartbeat that an edge has caused is out by then
        before, began = wal.stat().st_mtime_ns, time.monotonic()
        header.drive(MAT, high=number % 2 == 1)
        while wal.stat().st_mtime_ns == before:
            assert time.monotonic() - began < 5, "it is never committed"
            time.sleep(0.0005)
        delays_ms.append((time.monotonic() - began) * 1000)
    wait_until(lambda: len(of(agent, "button")) == EDGES, "that was what has been written")
    delays_ms.sort()
    p50, p95 = delays_ms[EDGES // 2], delays_ms[EDGES * 95 // 100]
    figure(f"median {p50:.1f} ms, p95 {p95:.1f} ms, slowest {delays_ms[-1]:.1f} ms over {EDGES} edges")
    assert p95 <= COMMITTED_WITHIN_MS


def test_a_line_that_storms_at_1_khz_costs_less_than_a_fifth_of_a_core_and_is_named(header, agent_with, figure):
    agent = agent_with(WIRING)
    agent.start()
    _, at_rest = measured(agent, lambda: time.sleep(STORM_S))
    edges_s, stormed = measured(agent, lambda: float(drive("storm", header.file_of(PIR), STORM_S).communicate(timeout=60)[0]))
    figure(f"{stormed:.1%} of a core at {edges_s:.0f} edges/s, {at_rest:.1%} at rest: lgpio looks 1000 times a second")
    assert edges_s > 800, "or it is no storm"
    assert stormed - at_rest < 0.2
    assert troubles(agent) == ["edge_storm:motion"], agent.log
    header.drive(MAT, high=False)
    wait_until(lambda: of(agent, "button"), "the other line is heard all the same")
    wait_until(lambda: "fault=edge_storm:motion is over" in agent.log, "it is over", within_s=STORM_PAUSE_S + 10)
    before = len(of(agent, "motion"))
    header.drive(PIR, high=True)
    wait_until(lambda: len(of(agent, "motion")) == before + 1, "and heard again")


def measured(agent, what):
    """What it returns, and the agent's share of a core meanwhile."""
    began, cpu_s = time.monotonic(), agent.cpu_s()
    found = what()
    return found, (agent.cpu_s() - cpu_s) / (time.monotonic() - began)


def troubles(agent):
    return [event.draft.body.get("name") for event in events(agent.folder) if event.draft.type == "trouble"]
