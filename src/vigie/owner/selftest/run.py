"""`vigie selftest`: takes the parts of this Pi while its agent rests, tries each, and leaves everything off, however it ends."""

import asyncio
import json
import shutil
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from vigie.agent.device import SERVO_VALUE, saved_angle_deg
from vigie.agent.event_log import FILE_NAME
from vigie.agent.pins import NoGpio, open_factory
from vigie.agent.saved import Saved
from vigie.agent.settings import ENV_KEYS, AgentSettings
from vigie.owner import doctor, machine_checks, places
from vigie.owner.examined import Examined
from vigie.owner.findings import Finding, Mark, failed, say
from vigie.owner.report import write_bundle
from vigie.owner.selftest import parts, trials
from vigie.owner.selftest.bench import Bench
from vigie.owner.selftest.person import Person
from vigie.owner.selftest.resting import AgentRuns, check_user, how_to_start, take
from vigie.runtime import logging as runtime_logging
from vigie.runtime.claim import FolderUnusable
from vigie.runtime.clock import Clock
from vigie.runtime.config import load
from vigie.runtime.config_error import ConfigError

CONFIG = Path("/etc/vigie/agent.toml")
_PREFIX = "selftest-"
_ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What was asked for on the command line."""

    config: Path | None = None
    data: Path | None = None
    parts: tuple[str, ...] = ()
    patience_s: float = 30.0
    is_asked: bool = True
    simulate: bool = False
    as_json: bool = False
    bundle: Path | None = None


def run(wish: Wish, environ: Mapping[str, str], clock: Clock) -> int:
    """Prints one line per finding; 1 when one of them is ✗, or when it could not begin. Raises `ConfigError`."""
    settings = _settings(wish, environ)
    names = parts.chosen(settings, wish.parts)
    if wish.bundle is not None and wish.bundle.exists():
        raise ConfigError("--bundle", f"{wish.bundle} is there already")
    runtime_logging.setup("selftest", level="ERROR")
    check_user(settings.folder)
    report = Report(as_json=wish.as_json)
    try:
        with take(settings.folder):
            _tidy(settings.folder)
            with TemporaryDirectory(prefix=_PREFIX, dir=settings.folder) as scratch:
                examined = _examined(settings, wish, environ, clock)
                _try_all(Attempt(settings, names, wish, Path(scratch), examined, report), clock)
        _hand_over(report, wish, examined)
    except AgentRuns as error:
        sys.stderr.write(f"vigie selftest: {error}\n")
        return 1
    except (FolderUnusable, NoGpio, OSError, sqlite3.Error) as error:
        sys.stderr.write(f"vigie selftest: {error}\n")
        report.is_whole = False
    sys.stderr.write(how_to_start())
    return report.status


class Report:
    """The findings, as they come. `is_whole`: nothing kept it from being made."""

    def __init__(self, *, as_json: bool) -> None:
        self.found: list[Finding] = []
        self.is_whole = True
        self._as_json = as_json

    def add(self, *findings: Finding) -> None:
        self.found += findings
        if not self._as_json:
            for finding in findings:
                say(finding.line())

    @property
    def status(self) -> int:
        return 1 if not self.is_whole or any(finding.mark is Mark.FAILED for finding in self.found) else 0

    def end(self) -> None:
        """The last line, or the one object."""
        if self._as_json:
            say(json.dumps({"ok": not self.status, "findings": [finding.as_object() for finding in self.found]}))
        else:
            say(f"\n{doctor.summary({mark: sum(finding.mark is mark for finding in self.found) for mark in Mark})}")


@dataclass(frozen=True, slots=True)
class Attempt:
    """One walk through the parts. `scratch` is on the agent's card, and goes with it."""

    settings: AgentSettings
    names: list[str]
    wish: Wish
    scratch: Path
    examined: Examined
    report: Report


def _settings(wish: Wish, environ: Mapping[str, str]) -> AgentSettings:
    """As the agent has them on this machine. Raises `ConfigError`."""
    config = wish.config or (CONFIG if CONFIG.is_file() else None)
    own = places.DEPLOYED / "agent"
    if wish.data is not None:
        environ = {**environ, "VIGIE_DATA": str(wish.data)}
    elif config == CONFIG and own.is_dir() and not environ.get("VIGIE_DATA"):  # as its unit says it
        environ = {**environ, "VIGIE_DATA": str(own)}
    settings = load(AgentSettings, config, environ, ENV_KEYS)
    return settings.with_synthetic_camera() if wish.simulate and find_spec("av") is not None else settings


def _examined(settings: AgentSettings, wish: Wish, environ: Mapping[str, str], clock: Clock) -> Examined:
    config = wish.config or (CONFIG if CONFIG.is_file() else None)
    return replace(doctor.examine(settings.folder, None, environ, clock), config=config)


def _tidy(folder: Path) -> None:
    """What a self-test left that was killed. Nobody else works here: the folder is ours."""
    for left in folder.glob(f"{_PREFIX}*"):
        shutil.rmtree(left, ignore_errors=True)


def _try_all(attempt: Attempt, clock: Clock) -> None:
    try:
        asyncio.run(_live(attempt, clock))
    except asyncio.CancelledError:
        attempt.report.add(failed("selftest", "ended before its end; siren off, servo without pulses", "once more, for the rest"))


async def _live(attempt: Attempt, clock: Clock) -> None:
    settings = parts.only(attempt.settings, attempt.names)
    run_dir = attempt.scratch / "run"
    run_dir.mkdir()
    saved = Saved()
    if (own_log := settings.folder / FILE_NAME).exists():
        saved.load_from_locked(own_log)
    bench = Bench(
        settings,
        open_factory(run_dir, simulate=attempt.wish.simulate),
        clock,
        attempt.scratch,
        simulated=attempt.wish.simulate,
        start_deg=saved_angle_deg(saved.values.get(SERVO_VALUE)),
    )
    person = Person(attempt.wish.patience_s, is_asked=attempt.wish.is_asked)
    try:
        async with working(bench, person):
            async for findings in _walk(attempt, bench, person):
                attempt.report.add(*findings)
    finally:
        bench.close()


@asynccontextmanager
async def working(bench: Bench, person: Person) -> AsyncIterator[None]:
    """With the parts' own tasks running. Whatever ends it, siren and servo are off before anything else is done about it."""
    main = asyncio.current_task()
    assert main is not None

    def end() -> None:
        bench.silence()
        main.cancel()

    loop = asyncio.get_running_loop()
    for number in _ENDS:
        loop.add_signal_handler(number, end)
    stops = signal.signal(signal.SIGTSTP, signal.SIG_IGN)  # who stands still cannot end what sounds
    works: list[Awaitable[None]] = [bench.inputs.run()]
    works += [part.run() for part in (bench.siren, bench.servo) if part is not None]
    if bench.simulated:
        works.append(bench.control().run())
    running = [asyncio.ensure_future(work) for work in works]
    person.listen()
    try:
        yield
    finally:
        bench.silence()
        person.leave()
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        signal.signal(signal.SIGTSTP, stops)


async def _walk(attempt: Attempt, bench: Bench, person: Person) -> AsyncIterator[list[Finding]]:
    for name in attempt.names:
        match name:
            case parts.MACHINE:
                checks = (machine_checks.power, machine_checks.clock, machine_checks.disk)
                yield [finding for check in checks for finding in check(attempt.examined)]
                yield [await trials.card(bench)]
            case "siren":
                yield [await trials.siren(bench, person)]
            case "servo":
                yield await trials.servo(bench, person)
            case "camera":
                from vigie.owner.selftest.camera_trial import camera

                yield await camera(bench)
            case _:
                yield [await trials.sensor(bench, person, name)]


def _hand_over(report: Report, wish: Wish, examined: Examined) -> None:
    """The end of the report."""
    report.end()
    if wish.bundle is not None:
        names = write_bundle(wish.bundle, examined, report.found, command="selftest")
        sys.stderr.write(f"{wish.bundle}: {', '.join(names)}; secrets and pictures are left out, look it through\n")
