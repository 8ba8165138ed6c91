"""One run: a site, people, a nemesis, and the verdict; figures are flushed to `result.json` all the time."""

import asyncio
import json
import shutil
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.chaos.evidence import gather, settle
from tests.chaos.ledger import Ledger
from tests.chaos.nemesis import Nemesis, Recovery
from tests.chaos.people import People
from tests.chaos.reader import Reader
from tests.chaos.schedule import Step
from tests.chaos.site import Site, SiteOptions
from tests.chaos.third_party import ThirdParty
from tests.chaos.verdict import Verdict, judge

PROGRESS_S = 30.0
_THIRD_PARTY_EVENTS_PER_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """The run goes on until so many `kills` (0: all steps) and so many accepted `events`, whichever comes last."""

    folder: Path
    seed: int
    steps: Sequence[Step]
    kills: int = 0
    events: int = 0
    events_per_s: float = 60.0
    settle_within_s: float = 180.0
    site: SiteOptions = field(default_factory=SiteOptions)


Act = Callable[["Run"], Awaitable[None]]


class Run:
    """The parts of one run, for a schedule or for a directed test."""

    def __init__(self, options: RunOptions) -> None:
        self.options = options
        options.folder.mkdir(parents=True, exist_ok=True)
        self.site = Site(options.folder / "site", options.site)
        self.ledger = Ledger(options.folder / "ledger.jsonl")
        self.reader = Reader(self.site.url)
        folders = {device: self.site.data(device) for device in self.site.devices}
        self.people = People(folders, self.site.sensors, self.ledger, options.events_per_s)
        self.nemesis = Nemesis(self.site, self.ledger, self.reader, options.folder / "nemesis.jsonl")
        self.third_party = ThirdParty(self.site.broker_port, _THIRD_PARTY_EVENTS_PER_S)
        self.began = time.monotonic()
        self.settled_after_s: float | None = None
        self.verdict: Verdict | None = None
        (options.folder / "schedule.json").write_text(json.dumps([asdict(step) for step in options.steps], indent=1))

    async def play(self, act: Act | None = None) -> Verdict:
        """The whole run: the schedule, or what `act` does in its place to a site at rest."""
        async with self.site:
            background = [asyncio.create_task(work) for work in (self.ledger.run(), self.reader.run(), self._report())]
            try:
                await self.site.ready()
                await (act(self) if act is not None else self._play_schedule())
                self.settled_after_s = await settle(self.site, self.ledger, self.reader, self.options.settle_within_s)
                evidence = await gather(self.site, self.ledger, self.reader, self.third_party.published)
            finally:
                for task in background:
                    task.cancel()
                await asyncio.gather(*background, return_exceptions=True)
                self.ledger.close()
        self.verdict = judge(evidence)
        if self.settled_after_s is None:
            self.verdict.faults.append(f"not settled within {self.options.settle_within_s:g} s")
        self.verdict.faults += self._program_faults()
        self.write_result()
        return self.verdict

    async def _play_schedule(self) -> None:
        walking = asyncio.create_task(self.people.run())
        raining = asyncio.create_task(self.third_party.run())
        try:
            await self.nemesis.play(self.options.steps, self.options.kills)
            while len(self.ledger.events) < self.options.events:
                await asyncio.sleep(0.2)
            self.people.rest()
            with suppress(TimeoutError):
                async with asyncio.timeout(30):
                    await walking
        finally:
            for task in (walking, raining):
                task.cancel()
            await asyncio.gather(walking, raining, return_exceptions=True)

    def _program_faults(self) -> list[str]:
        falls = [fall for program in self.site.programs.values() for fall in program.falls]
        faults = [f"standstill: {text}" for text in self.nemesis.standstills]
        faults += [f"fell by itself: {fall.program} exit status {fall.code}: {fall.last_words[-300:]}" for fall in falls]
        for name in self.site.names:
            count = self.site.log(name).read_text("utf-8", "replace").count("Traceback (most recent call last)")
            if count:
                faults.append(f"tracebacks: {count} in the log of {name}")
        return faults

    async def _report(self) -> None:
        while True:
            await asyncio.sleep(PROGRESS_S)
            self.write_result()
            steps, on_their_way = sum(self.nemesis.done.values()), len(self.ledger.events.keys() - self.reader.seen.keys())
            print(
                f"{time.monotonic() - self.began:6.0f} s  kills {self.nemesis.kills}  steps {steps}/{len(self.options.steps)}  "
                f"accepted {len(self.ledger.events)}  stored {len(self.reader.seen)}  on their way {on_their_way}",
                flush=True,
            )

    def result(self) -> dict[str, Any]:
        """Everything in figures, so far."""
        return {
            "seed": self.options.seed,
            "seconds": round(time.monotonic() - self.began, 1),
            "kills": self.nemesis.kills,
            "faults_done": self.nemesis.done,
            "accepted": len(self.ledger.events),
            "seen": len(self.reader.seen),
            "settled_after_s": self.settled_after_s,
            "recovery": {name: figures(recoveries) for name, recoveries in _by_program(self.nemesis.recoveries).items()},
            "refusals": self.people.refusals,
            "reader_connects": self.reader.connects,
            "verdict": None if self.verdict is None else asdict(self.verdict),
        }

    def write_result(self) -> None:
        path = self.options.folder / "result.json"
        new = path.with_suffix(".new")
        new.write_text(json.dumps(self.result(), indent=1))
        new.replace(path)

    def keep(self) -> Path:
        """Copies the data out of the small disks, which vanish with the run."""
        kept = self.options.folder / "kept"
        shutil.copytree(self.site.folder / "data", kept, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.sock"))
        return kept

    def table(self) -> str:
        """What is printed at the end."""
        assert self.verdict is not None
        rows: list[tuple[str, object]] = [("seed", self.options.seed), ("seconds", f"{time.monotonic() - self.began:.0f}")]
        rows += [("kills", self.nemesis.kills), ("other faults", sum(n for f, n in self.nemesis.done.items() if "kill" not in f))]
        rows += self.verdict.rows()
        for name, recoveries in _by_program(self.nemesis.recoveries).items():
            rows.append((f"recovery, {name}", _sentence(figures(recoveries))))
        return "\n".join(f"{name:<24}{value:>10}" if not isinstance(value, str) else f"{name:<24}{value}" for name, value in rows)


def figures(recoveries: Sequence[Recovery]) -> dict[str, float | int | None]:
    """Count, p50, p95 and max in seconds; `never`: those after which nothing came any more."""
    seconds = sorted(recovery.seconds for recovery in recoveries if recovery.seconds is not None)
    return {
        "count": len(seconds),
        "never": len(recoveries) - len(seconds),
        "p50": _quantile(seconds, 0.5),
        "p95": _quantile(seconds, 0.95),
        "max": _quantile(seconds, 1.0),
    }


def _quantile(ordered: Sequence[float], part: float) -> float | None:
    if not ordered:
        return None
    return round(ordered[min(len(ordered) - 1, int(part * len(ordered)))], 2)


def _sentence(found: dict[str, float | int | None]) -> str:
    return f"p50 {found['p50']} s, p95 {found['p95']} s, max {found['max']} s of {found['count']}, {found['never']} never"


def _by_program(recoveries: Sequence[Recovery]) -> dict[str, list[Recovery]]:
    found: dict[str, list[Recovery]] = {"all": list(recoveries)}
    for recovery in recoveries:
        found.setdefault(recovery.program, []).append(recovery)
    return found


def conclude(run: Run, again: str) -> int:
    """Prints the table and, when something is wrong, what, where the files are and how to see it again; the exit status."""
    assert run.verdict is not None
    print(run.table())
    if run.verdict.is_good:
        print("verdict: nothing lost, nothing twice, nothing invented")
        return 0
    kept = run.keep()
    print("\n".join(["verdict: FAILED", *run.verdict.faults]), file=sys.stderr)
    print(f"files: {run.options.folder} (data of the programs: {kept})\nagain: {again}", file=sys.stderr, flush=True)
    return 1
