"""From an edge on a sensor's pin to the siren's pin, without server and bridge: on the same Pi with no broker at all, and on
another Pi over the broker alone, which also turns its camera by a rule.

Beside it, by turns in one session, what is the least that such a thing can cost here: a gpiozero callback that switches the
output and writes nothing; the same with one synced commit before it; and a bare message at QoS 1 from one client to another.
The alarm commits its event and its state (synchronous=FULL) before it is loud.
"""

import argparse
import asyncio
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import paho.mqtt.client as paho
from gpiozero import DigitalInputDevice, DigitalOutputDevice
from gpiozero.pins.mock import MockFactory

from benchmarks.measuring.machine import Load, load_meanwhile
from benchmarks.measuring.markdown import table
from benchmarks.measuring.programs import Program, until
from benchmarks.measuring.statistics import Latency
from tests.agent.guarding import keep_mode
from vigie.deploy.broker import choose, free_port
from vigie.protocol.states import Mode
from vigie.testing.trigger import SOCKET_NAME, send_trigger

GOAL_ALONE_P95_MS = 100.0
GOAL_OTHER_P95_MS = 200.0
ALARM_S = 0.1
_PULSE_S = 0.02
_ARRIVES_WITHIN_S = 2.0
_WARM_UP = 5
DEVICES = ("raspberry-01", "raspberry-02")
ALONE, SIREN, CAMERA = "its own siren, no broker", "the other Pi's siren", "the other Pi's camera is told"
BARE, SYNCED, MESSAGE = "bare callback", "callback, one synced commit", "bare message at QoS 1"
_CONFIGURATION = f"""
[sensors.motion]
pin = 17
[siren]
pin = 22
[servo]
presets = {{ door = -60 }}
[alarm]
alarm_s = {ALARM_S}
[[rules]]
when = "raspberry-01/motion"
then = [{{ servo = "door" }}]
"""


@dataclass(slots=True)
class NotedAgent:
    """A guarding agent whose pins are watched (`noted_agent.py`)."""

    device: str
    folder: Path
    broker: str
    program: Program = field(init=False)

    def __post_init__(self) -> None:
        keep_mode(self.folder, Mode.SURVEILLANCE)
        configuration = self.folder / "agent.toml"
        configuration.write_text(_CONFIGURATION)
        environment = {"MQTT_BROKER": self.broker, "DEVICE_ID": self.device, "VIGIE_DATA": str(self.folder)}
        agent = ("agent", "--simulate", "--config", str(configuration))
        argv = (sys.executable, "-m", "benchmarks.measuring.noted_agent", str(self._notes), *agent)
        self.program = Program(self.device, argv, environment, self.folder / "agent.log")

    @property
    def _notes(self) -> Path:
        return self.folder / "notes"

    async def start(self) -> None:
        self.program.start()

        async def guards() -> bool:
            return (self.folder / SOCKET_NAME).exists()

        await until(guards, f"{self.device} guards", within_s=20)

    async def trip(self) -> None:
        _ = [event async for event in send_trigger(self.folder, self.device, "motion", _PULSE_S)]

    def noted(self, name: str, value: float) -> list[float]:
        """When this pin took this value."""
        lines = (line.split() for line in self._notes.read_text().splitlines())
        return [float(at) for pin, at, to in lines if pin == name and float(to) == value]


async def trips(count: int, first: NotedAgent, others: Sequence[tuple[str, NotedAgent, str, float]]) -> dict[str, list[float]]:
    """`count` trips of the first agent: for each of `others` (title, agent, pin, value) the milliseconds from the edge to it."""
    found: dict[str, list[float]] = {title: [] for title, *_ in others}
    for number in range(_WARM_UP + count):
        before = {title: len(agent.noted(pin, value)) for title, agent, pin, value in others}
        await first.trip()
        edge = first.noted("GPIO17", 1)[-1]

        async def arrived(before: dict[str, int] = before) -> bool:
            return all(len(agent.noted(pin, value)) > before[title] for title, agent, pin, value in others)

        await until(arrived, f"all of {', '.join(found)}", within_s=_ARRIVES_WITHIN_S)
        if number >= _WARM_UP:
            for title, agent, pin, value in others:
                found[title].append((agent.noted(pin, value)[before[title]] - edge) * 1000)
        await asyncio.sleep(2 * ALARM_S)  # the alarm is over, the next trip is a new one
    return found


def bare_callback(count: int, before: Callable[[], None] = lambda: None) -> list[float]:
    """Milliseconds from driving the pin to the output's level, in a gpiozero callback."""
    factory = MockFactory()
    siren = DigitalOutputDevice(22, pin_factory=factory)
    sensor = DigitalInputDevice(17, pull_up=False, pin_factory=factory)
    at_s: list[float] = []

    def act() -> None:
        before()
        siren.on()
        at_s.append(time.monotonic())

    sensor.when_activated = act
    found = []
    for _ in range(count):
        driven_s = time.monotonic()
        factory.pin(17).drive_high()
        found.append((at_s[-1] - driven_s) * 1000)
        factory.pin(17).drive_low()
        siren.off()
    factory.close()
    return found


def synced_callback(count: int, folder: Path) -> list[float]:
    """The same with one commit as the event log makes it before it."""
    db = sqlite3.connect(folder / "synced.sqlite", isolation_level=None)
    db.execute("PRAGMA journal_mode=WAL").fetchone()
    db.execute("PRAGMA synchronous=FULL")
    db.execute("CREATE TABLE IF NOT EXISTS events (number INTEGER PRIMARY KEY, body TEXT)")
    try:
        return bare_callback(count, lambda: db.execute("INSERT INTO events (body) VALUES ('x')").close())
    finally:
        db.close()


def bare_messages(count: int, port: int) -> list[float]:
    """Milliseconds from `publish` to the other client's callback, as paho's threads do it."""
    arrived, subscribed = threading.Semaphore(0), threading.Event()
    at_s: list[float] = []
    ends = [paho.Client(paho.CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5) for _ in range(2)]
    sender, receiver = ends

    def on_message(*_: object) -> None:
        at_s.append(time.monotonic())
        arrived.release()

    receiver.on_message = on_message
    receiver.on_subscribe = lambda *_: subscribed.set()
    receiver.on_connect = lambda *_: receiver.subscribe("bare", qos=1)
    for end in ends:
        end.connect("127.0.0.1", port)
        end.loop_start()
    found = []
    try:
        subscribed.wait(_ARRIVES_WITHIN_S)
        for _ in range(count):
            sent_s = time.monotonic()
            sender.publish("bare", b"x" * 500, qos=1)
            if not arrived.acquire(timeout=_ARRIVES_WITHIN_S):
                raise TimeoutError("a bare message did not arrive")
            found.append((at_s[-1] - sent_s) * 1000)
            time.sleep(0.01)
    finally:
        for end in ends:
            end.disconnect()
            end.loop_stop()
    return found


@dataclass(frozen=True, slots=True)
class Round:
    """One round: the latencies of each way by its title."""

    ways: dict[str, Latency]
    load: Load


async def session(rounds: int, count: int) -> list[Round]:
    """`rounds` rounds, each of every way by turns, with agents of its own."""
    found = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            broker = choose("mosquitto", folder / "broker", free_port())
            programs = [Program("broker", broker.argv, {}, folder / "broker.log")]
            try:
                programs[0].start()
                with load_meanwhile() as load:
                    ways = await _round(folder, broker.port, count, programs)
            finally:
                for program in reversed(programs):
                    program.stop()
            found.append(Round({title: Latency.of(values) for title, values in ways.items()}, load))
    return found


async def _round(folder: Path, port: int, count: int, programs: list[Program]) -> dict[str, list[float]]:
    alone = NotedAgent(DEVICES[0], folder / "alone", f"127.0.0.1:{free_port()}")
    pair = [NotedAgent(device, folder / device, f"127.0.0.1:{port}") for device in DEVICES]
    programs.append(alone.program)
    await alone.start()
    ways = await trips(count, alone, [(ALONE, alone, "GPIO22", 1)])
    alone.program.stop()
    ways[BARE] = bare_callback(count)
    ways[SYNCED] = synced_callback(count, folder)
    for agent in pair:
        programs.append(agent.program)
        await agent.start()
    await asyncio.sleep(3.0)  # both are connected, and have met the mode
    first, second = pair
    ways |= await trips(count, first, [(SIREN, second, "GPIO22", 1), (CAMERA, second, "servo", -60)])
    ways[MESSAGE] = await asyncio.to_thread(bare_messages, count, port)
    return ways


def report(rounds: Sequence[Round]) -> str:
    """The medians over the rounds as a table, and the goals."""
    beside = {ALONE: SYNCED, SIREN: MESSAGE, CAMERA: MESSAGE}
    medians = {
        title: Latency.median_of(one.ways[title] for one in rounds) for title in (ALONE, BARE, SYNCED, SIREN, CAMERA, MESSAGE)
    }
    rows = []
    for title, latency in medians.items():
        ratios = [one.ways[title].p50_ms / one.ways[beside[title]].p50_ms for one in rounds] if title in beside else []
        each = ", ".join(f"{one.ways[title].p50_ms:.2f}/{one.ways[title].p95_ms:.2f}" for one in rounds)
        times = f"{median(ratios):.1f} × {beside[title]}" if ratios else ""
        figures = [f"{value:.2f}" for value in (latency.p50_ms, latency.p95_ms, latency.max_ms)]
        rows.append([title, *figures, each, times, latency.count])
    head = ["from the sensor's pin to", "p50 ms", "p95 ms", "max ms", "p50/p95 of each round", "p50, times the least", "trips"]
    verdicts = [
        (f"own siren p95 ≤ {GOAL_ALONE_P95_MS:g} ms", medians[ALONE].p95_ms <= GOAL_ALONE_P95_MS),
        (f"other Pi's siren p95 ≤ {GOAL_OTHER_P95_MS:g} ms", medians[SIREN].p95_ms <= GOAL_OTHER_P95_MS),
        (f"other Pi's camera p95 ≤ {GOAL_OTHER_P95_MS:g} ms", medians[CAMERA].p95_ms <= GOAL_OTHER_P95_MS),
    ]
    goals = "; ".join(f"{goal}: {'met' if is_met else 'NOT met'}" for goal, is_met in verdicts)
    others = median(one.load.others_cores for one in rounds)
    return f"Medians of {len(rounds)} rounds by turns; cores of others {others:.2f}.\n\n{table(head, rows)}\n\nGoals: {goals}."


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="default: %(default)s")
    parser.add_argument("--trips", type=int, default=40, help="of each way and round (default: %(default)s)")
    options = parser.parse_args()
    print(report(asyncio.run(session(options.rounds, options.trips))))


if __name__ == "__main__":
    main()
