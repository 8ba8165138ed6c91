"""Does what the schedule says to the site, mends it again, and measures how long a single kill is felt."""

import asyncio
import json
import signal
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.chaos.ledger import Ledger
from tests.chaos.mischief import Mischief
from tests.chaos.reader import Reader
from tests.chaos.schedule import CLOCK_FAULTS, KILLS, Fault, Step
from tests.chaos.site import BROKER_FILE, Site

FLOWS_WITHIN_S = 60.0
RECOVERS_WITHIN_S = 60.0
_POLL_S = 0.02
_HOUR_S = 3600
_ANSWERS_ON_THE_WAY_S = {"agent": 0.5, "pipe": 0.05}  # an answer read after the kill may have been given before it


@dataclass(frozen=True, slots=True)
class Recovery:
    """A program killed apart from others. `seconds`: until every device concerned had an event stored that it had accepted
    after the kill; None when it was not within `RECOVERS_WITHIN_S`.
    """

    program: str
    seconds: float | None
    step: int


class Nemesis:
    """Plays steps. Each is written to `log_path` with its true moments, which are the only thing that the seed does not fix."""

    def __init__(self, site: Site, ledger: Ledger, reader: Reader, log_path: Path) -> None:
        self._site = site
        self._ledger = ledger
        self._reader = reader
        self._log_path = log_path
        self._started_at = time.monotonic()
        self.kills = 0
        self.recoveries: list[Recovery] = []
        self.standstills: list[str] = []
        self.done: dict[str, int] = {}

    async def play(self, steps: Iterable[Step], kills: int) -> None:
        """One step after another, until so many programs have died (0: all steps); the site is whole afterwards."""
        for step in steps:
            if 0 < kills <= self.kills:
                return
            await self.do(step)

    async def do(self, step: Step) -> None:
        """One step, and the rest behind it."""
        began = time.monotonic()
        if step.fault is Fault.KILL:
            await self._kill_apart(step)
        elif step.fault is Fault.KILL_TOGETHER:
            self._kill(step.targets)
        elif step.fault is Fault.KILL_AGAIN:
            for _ in range(step.amount):
                self._kill(step.targets)
                await asyncio.sleep(step.lasts_s)
        else:
            await self._lasting(step)
        self.done[step.fault] = self.done.get(step.fault, 0) + 1
        self._write(step, began)
        await asyncio.sleep(step.then_s)

    async def _lasting(self, step: Step) -> None:
        mischief = await self._begin(step)
        try:
            await asyncio.sleep(step.lasts_s / 2)
            self._kill(step.killed_meanwhile)
            await asyncio.sleep(step.lasts_s / 2)
        finally:
            self._mend(step)
            if mischief is not None:
                await asyncio.to_thread(mischief.stop)

    async def _begin(self, step: Step) -> Mischief | None:
        site, fault = self._site, step.fault
        for name in step.targets:
            if fault is Fault.FREEZE:
                site.programs[name].send(signal.SIGSTOP)
            elif fault is Fault.FULL_DISK:
                site.disks[name].fill()
                if name == "broker":
                    site.programs[name].send(signal.SIGUSR1)  # it saves its memory now, or tries
            elif fault in (Fault.AWAY, Fault.AWAY_FOR_LONG):
                self.kills += site.programs[name].keep_away()
            elif fault in (Fault.EMPTY_BROKER, Fault.CORRUPT_BROKER):
                self.kills += site.programs[name].keep_away()
                _spoil(site.data("broker") / BROKER_FILE, None if fault is Fault.EMPTY_BROKER else step.number)
                site.programs[name].let_back()
            elif fault in CLOCK_FAULTS:
                self._set_clock(name, fault)
            else:
                self._break_link(name, step)
        if fault is not Fault.REPEAT:
            return None
        mischief = Mischief(site.broker_port, step.amount, step.number)
        await asyncio.to_thread(mischief.start)
        return mischief

    def _set_clock(self, name: str, fault: Fault) -> None:
        clock = self._site.clocks[name]
        if fault is Fault.CLOCK_1970:
            clock.jump_to_1970()
        else:
            clock.jump(_HOUR_S if fault is Fault.CLOCK_FORWARD else -_HOUR_S)

    def _break_link(self, name: str, step: Step) -> None:
        link = self._site.links[name]
        if step.fault is Fault.CUT:
            link.cut()
        elif step.fault is Fault.CUT_MID_PACKET:
            link.cut_after_bytes = step.amount
        elif step.fault is Fault.LOSE_ANSWERS:
            link.loses_answers = True
        elif step.fault is Fault.BLACK_HOLE:
            link.begin_black_hole()
        elif step.fault is Fault.DELAY:
            link.delay_s = step.amount / 1000

    def _mend(self, step: Step) -> None:
        site = self._site
        for name in step.targets:
            if step.fault is Fault.FREEZE:
                site.programs[name].send(signal.SIGCONT)
            elif step.fault is Fault.FULL_DISK:
                site.disks[name].free()
            elif step.fault in (Fault.AWAY, Fault.AWAY_FOR_LONG):
                site.programs[name].let_back()
            elif step.fault in CLOCK_FAULTS:
                site.clocks[name].set_right()
            elif step.fault not in (Fault.EMPTY_BROKER, Fault.CORRUPT_BROKER):
                site.links[name].heal()
        if "broker" in step.targets and step.fault in (Fault.FULL_DISK, Fault.CORRUPT_BROKER):
            # Mosquitto refuses for ever to start on a file that it cannot read: its owner removes it. Nothing in it is needed.
            (site.data("broker") / BROKER_FILE).unlink(missing_ok=True)

    def _kill(self, names: Sequence[str]) -> None:
        for name in names:
            self.kills += self._site.programs[name].kill()

    async def _kill_apart(self, step: Step) -> None:
        (name,) = step.targets
        program = self._site.programs[name]
        if not await self._flows(FLOWS_WITHIN_S):
            self.standstills.append(f"{FLOWS_WITHIN_S:g} s after the fault before step {step.number} nothing flows")
        killed_at = time.monotonic()
        if not program.kill():
            return
        self.kills += 1
        is_agent = name in self._site.devices
        since = killed_at + _ANSWERS_ON_THE_WAY_S["agent" if is_agent else "pipe"]
        recovered_at = await self._stored_since([name] if is_agent else self._site.devices, since, RECOVERS_WITHIN_S)
        if recovered_at is None:
            self.standstills.append(f"{RECOVERS_WITHIN_S:g} s after the kill of {name} in step {step.number} nothing flows")
        self.recoveries.append(Recovery(name, None if recovered_at is None else recovered_at - killed_at, step.number))

    async def _flows(self, within_s: float) -> bool:
        """Whether every device has an event stored that it accepts from now on."""
        return await self._stored_since(self._site.devices, time.monotonic(), within_s) is not None

    async def _stored_since(self, devices: Sequence[str], since: float, within_s: float) -> float | None:
        """When the last of the devices had its first event, accepted after `since`, on the server."""
        first: dict[str, float] = {}
        while time.monotonic() < since + within_s:
            for device in devices:
                if device not in first:
                    seen = [
                        self._reader.seen[event.id][1]
                        for event in self._ledger.since(device, since)
                        if event.id in self._reader.seen
                    ]
                    if seen:
                        first[device] = min(seen)
            if len(first) == len(devices):
                return max(first.values())
            with suppress(TimeoutError):
                self._reader.progress.clear()
                async with asyncio.timeout(_POLL_S):
                    await self._reader.progress.wait()
        return None

    def _write(self, step: Step, began: float) -> None:
        line: dict[str, Any] = asdict(step) | {
            "from_s": round(began - self._started_at, 3),
            "to_s": round(time.monotonic() - self._started_at, 3),
            "kills_so_far": self.kills,
        }
        if step.fault in KILLS and self.recoveries and self.recoveries[-1].step == step.number:
            line["recovered_after_s"] = self.recoveries[-1].seconds
        with self._log_path.open("a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")


def _spoil(file: Path, how: int | None) -> None:
    """Removes the file (None), or cuts it, or flips a byte of it."""
    if how is None:
        file.unlink(missing_ok=True)
        return
    content = bytearray(file.read_bytes() if file.exists() else b"not there yet")
    if how % 3 == 0:
        content = content[:10]
    elif how % 3 == 1:
        content = content[: len(content) // 2]
    else:
        content[len(content) // 2] ^= 0xFF
    file.write_bytes(content)
