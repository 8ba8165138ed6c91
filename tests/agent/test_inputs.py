"""From gpiozero's mock pins to changes: polarity, storms, stuck lines, dead threads, and what a restart may report."""

import itertools

import pytest
from gpiozero.pins.mock import MockFactory
from hypothesis import given
from hypothesis import strategies as st

from tests.waiting import wait_until_async
from vigie.agent import inputs as inputs_module
from vigie.agent.faults import Faults
from vigie.agent.inputs import GpioLine, Inputs
from vigie.agent.pins import mock_factory
from vigie.agent.sensors import resolve
from vigie.agent.settings import SensorSettings
from vigie.testing import FakeClock


class FakeLine:
    """A wire held by hand; `on_edge` is called only where the test says so."""

    def __init__(self, on_edge, on_storm):
        self.on_edge, self.on_storm = on_edge, on_storm
        self.level, self.attached = False, True

    def read(self):
        return self.level

    def attach(self):
        self.attached = True

    def detach(self):
        self.attached = False

    def close(self):
        self.attached = False


class Bench:
    """Inputs with one sensor on a fake line, and the changes it gave."""

    def __init__(self, clock, faults, *, name="motion", dead=lambda: False, **settings):
        self.clock, self.faults, self.changes = clock, faults, []
        self.inputs = Inputs(clock, faults, lambda _item, change, lasted_s: self.changes.append((change.level, lasted_s)), dead)
        sensor = resolve(name, SensorSettings(pin=17, **settings))

        def make_line(on_edge, on_storm):
            self.line = FakeLine(on_edge, on_storm)
            return self.line

        self.inputs.add(sensor, make_line)
        self.changes.clear()

    def edge(self, level):
        self.line.level = level
        self.line.on_edge(level, self.clock.monotonic())


@pytest.fixture
async def running():
    """Runs a bench's input task for the length of a test."""
    import asyncio

    tasks = []

    async def run(bench):
        tasks.append(asyncio.create_task(bench.inputs.run()))
        await bench.clock.advance(0)
        return bench

    yield run
    for task in tasks:
        task.cancel()


@pytest.mark.parametrize("pull", ["up", "down", "none"])
@pytest.mark.parametrize("active_high", [True, False])
async def test_any_wiring_reads_active_when_it_is(pull, active_high):
    factory: MockFactory = mock_factory()
    sensor = resolve("button", SensorSettings(pin=5, pull=pull, active_high=active_high))
    edges = []
    pin = factory.pin(5)
    (pin.drive_low if active_high else pin.drive_high)()
    line = GpioLine(sensor, factory, FakeClock(), lambda level, _at: edges.append(level), lambda: None)
    (pin.drive_low if active_high else pin.drive_high)()
    assert line.read() is False
    edges_before = len(edges)
    (pin.drive_high if active_high else pin.drive_low)()
    assert line.read() is True
    (pin.drive_low if active_high else pin.drive_high)()
    await wait_until_async(lambda: len(edges) >= edges_before + 2, "both edges are heard")
    assert edges[-2:] == [True, False]
    line.close()


async def test_ten_of_ten_pulses_of_30_ms_are_changes(clock, faults, running):
    bench = await running(Bench(clock, faults))
    for _ in range(10):
        bench.edge(True)
        await clock.advance(0.03)
        bench.edge(False)
        await clock.advance(0.3)
    assert [level for level, _ in bench.changes] == [True, False] * 10
    assert all(lasted_s == pytest.approx(0.03) for level, lasted_s in bench.changes if not level)


async def test_a_lost_edge_heals_soon_after_the_next_reading(clock, faults, running):
    bench = await running(Bench(clock, faults))
    bench.line.level = True  # the kernel did not tell us
    await clock.advance(1.2)
    assert [level for level, _ in bench.changes] == [True]


async def test_a_pulse_whose_edges_are_late_is_neither_lost_nor_shortened(clock, faults, running):
    bench = await running(Bench(clock, faults))
    began = clock.monotonic()
    bench.edge(True)
    await clock.advance(0.06)
    bench.line.level = False  # at 0.06, as the next reading finds before anybody has told
    await clock.advance(0.06)
    bench.line.level = True
    await clock.advance(0.01)
    bench.line.on_edge(False, began + 0.06)
    bench.line.on_edge(True, began + 0.12)
    await clock.advance(0.5)
    bench.edge(False)
    assert [level for level, _ in bench.changes] == [True, False, True, False]
    assert [lasted_s for _, lasted_s in bench.changes][1:3] == pytest.approx([0.06, 0.06])


async def test_of_a_contact_that_bounces_the_last_edge_may_be_lost(clock, faults, running):
    bench = await running(Bench(clock, faults))
    began = clock.monotonic()
    bench.edge(True)
    bench.line.on_edge(False, began + 0.005)
    bench.line.level = True  # it is at rest, and the kernel does not tell
    await clock.advance(0.06)
    bench.line.on_edge(False, began + 0.06)
    bench.line.level = False
    await clock.advance(0.5)
    assert [level for level, _ in bench.changes] == [True, False]
    assert bench.changes[1][1] == pytest.approx(0.06)


async def test_a_storm_costs_the_line_its_edges_until_it_is_over(clock, faults, running):
    bench = await running(Bench(clock, faults))
    bench.line.on_storm()
    assert not bench.line.attached
    assert faults.names() == ("edge_storm:motion",)
    bench.line.level = True
    await clock.advance(3.0)
    assert [level for level, _ in bench.changes] == [True]  # polled
    await clock.advance(30.0)
    assert bench.line.attached
    assert faults.names() == ()


async def test_a_line_that_floats_during_a_storm_reports_little(clock, faults, running):
    bench = await running(Bench(clock, faults))
    bench.line.on_storm()
    for number in range(100):
        bench.line.level = number % 3 == 0
        await clock.advance(0.2)
    assert bench.changes == []


async def test_more_than_200_edges_in_a_second_are_a_storm(clock):
    factory = mock_factory()
    edges, storms = [], []
    sensor = resolve("motion", SensorSettings(pin=17))
    line = GpioLine(sensor, factory, clock, lambda *edge: edges.append(edge), lambda: storms.append(1))
    pin = factory.pin(17)
    for _ in range(500):
        pin.drive_high()
        pin.drive_low()
    await wait_until_async(lambda: storms, "the storm is told")
    assert len(edges) == inputs_module.MAX_EDGES_PER_S
    assert storms == [1]
    line.detach()
    pin.drive_high()
    assert len(edges) == inputs_module.MAX_EDGES_PER_S
    line.attach()
    clock.turn(2.0)
    pin.drive_low()
    await wait_until_async(lambda: len(edges) > inputs_module.MAX_EDGES_PER_S, "edges are heard again")
    line.close()


async def test_a_line_active_for_too_long_is_a_fault_until_it_lets_go(clock, faults, running):
    bench = await running(Bench(clock, faults, stuck_after_s=60))
    bench.edge(True)
    await clock.advance(59)
    assert faults.names() == ()
    await clock.advance(3)
    assert faults.names() == ("stuck:motion",)
    bench.edge(False)
    await clock.advance(2)
    assert faults.names() == ()


async def test_a_dead_callback_thread_is_a_fault_and_the_pins_are_polled(clock, faults, running):
    bench = await running(Bench(clock, faults, dead=lambda: True))
    await clock.advance(1.1)
    assert faults.names() == ("gpio_thread",)
    bench.line.level = True
    await clock.advance(0.25)
    assert [level for level, _ in bench.changes] == [True]


async def test_settling_swallows_interference(clock, faults, running):
    bench = await running(Bench(clock, faults, settle_s=0.1))
    for _ in range(5):
        bench.edge(True)
        await clock.advance(0.05)
        bench.edge(False)
        await clock.advance(0.4)
    assert bench.changes == []
    bench.edge(True)
    await clock.advance(0.15)
    assert [level for level, _ in bench.changes] == [True]


@given(st.lists(st.tuples(st.floats(0.0005, 0.3), st.booleans()), max_size=40))
def test_any_pulse_train_on_a_mock_pin_ends_with_the_right_level(train):
    import asyncio

    async def play():
        clock, changes = FakeClock(), []
        inputs = Inputs(clock, Faults(), lambda _item, change, _lasted_s: changes.append(change.level))
        factory, sensor = mock_factory(), resolve("motion", SensorSettings(pin=17))
        inputs.add(sensor, lambda on_edge, on_storm: GpioLine(sensor, factory, clock, on_edge, on_storm))
        task = asyncio.create_task(inputs.run())
        pin = factory.pin(17)
        for gap_s, level in train:
            await clock.advance(gap_s)
            (pin.drive_high if level else pin.drive_low)()
        await clock.advance(2.0)
        task.cancel()
        inputs.close()
        assert inputs["motion"].level is (train[-1][1] if train else False)
        assert all(a is not b for a, b in itertools.pairwise(changes))

    asyncio.run(play())
