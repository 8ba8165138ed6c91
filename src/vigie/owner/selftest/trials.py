"""Walking through the parts: what somebody is asked to do, what is measured meanwhile. What it means is `judgement.py`'s."""

import asyncio
import threading

from vigie.agent.arming import NAME as ARMING
from vigie.owner.findings import Finding, failed, unseen
from vigie.owner.selftest import judgement
from vigie.owner.selftest.bench import SIREN_S, Bench
from vigie.owner.selftest.card_speed import fsync_times_s
from vigie.owner.selftest.judgement import InputFigures, ServoFigures
from vigie.owner.selftest.person import Person
from vigie.owner.selftest.siren_guard import GuardNotReady

_PRESSES = 3
_ARRIVAL_SLACK_S = 2.0
_POWER_EVERY_S = 0.1
REFUSED = "what else uses it? `gpioinfo` names who; docs/guide/wiring.md"


async def card(bench: Bench) -> Finding:
    """The speed of the card that has the agent's data."""
    gives_up = threading.Event()
    try:
        times_s = await asyncio.to_thread(fsync_times_s, bench.folder, bench.clock, gives_up)
    except OSError as error:
        return failed("card", f"{bench.settings.folder}: {error.strerror}", "make room, or replace the card")
    finally:
        gives_up.set()
    return judgement.judge_card(times_s)


async def sensor(bench: Bench, person: Person, name: str) -> Finding:
    """One input, tripped by hand: a motion sensor once, a contact three times, a key to the other side and back."""
    if reason := bench.refused.get(name):
        return failed(name, reason, REFUSED)
    item, pulses = bench.inputs[name], bench.pulses[name]
    pin, is_sensing, is_key = item.sensor.settings.pin, item.sensor.kind.self_closing, _is_key(bench, name)
    if not person.is_asked:
        return unseen(name, f"pin {pin}: not tried, because nobody is asked", "once more without --yes")
    rest = is_key and item.level
    wanted = 1 if is_sensing or is_key else _PRESSES
    began = bench.clock.monotonic()
    rested = is_key or await _at_rest(bench, person, name, is_sensing=is_sensing)
    pulses.clear()
    if rested:
        person.tell(f"{name}, pin {pin}: {_deed(bench, name, wanted)}{_within(person)}")
        began = bench.clock.monotonic()
        await bench.until(
            lambda: (pulses.away_from(rest) >= wanted and item.level is rest) or person.skips or _is_ill(bench, name),
            person.patience_s,
        )
    waited_s = bench.clock.monotonic() - began
    await bench.log.prove_alive()
    heard = set(pulses.edges)
    return judgement.judge_input(
        InputFigures(
            name=name,
            pin=pin,
            is_sensing=is_sensing,
            wanted=wanted,
            waited_s=round(waited_s, 1),
            pulses=pulses.away_from(rest),
            edges=len(pulses.edges),
            changes=len(pulses.changes),
            lost=sum(change.at not in heard for change in pulses.changes),
            latencies_s=list(pulses.latencies_s),
            never_rested=not rested and not person.skips,
            still_active=item.level is not rest,
            storms=f"edge_storm:{name}" in bench.faults,
            thread_is_dead="gpio_thread" in bench.faults,
            skipped=person.skips,
        )
    )


def _is_key(bench: Bench, name: str) -> bool:
    """It stays where it is turned: neither side is rest."""
    arming = bench.settings.arming
    return name == ARMING and arming is not None and arming.kind == "key_switch"


async def _at_rest(bench: Bench, person: Person, name: str, *, is_sensing: bool) -> bool:
    item = bench.inputs[name]
    if not item.level:
        return True
    person.tell(f"{name}: it is active. {'Stand still' if is_sensing else 'Let go of it'}{_within(person)}")
    await bench.until(lambda: not item.level or person.skips or _is_ill(bench, name), person.patience_s)
    return not item.level


def _is_ill(bench: Bench, name: str) -> bool:
    return f"edge_storm:{name}" in bench.faults or "gpio_thread" in bench.faults


def _deed(bench: Bench, name: str, wanted: int) -> str:
    if bench.simulated:
        command = f"`vigie trigger {bench.settings.device_id} {name} --data {bench.settings.folder}`"
        return command if wanted == 1 else f"{command}, {wanted} times"
    if _is_key(bench, name):
        return "turn it to the other side, and back"
    if bench.inputs[name].sensor.kind.self_closing:
        return "walk past it, then stand still"
    return f"step on it or press it, {wanted} times, and let go"


def _within(person: Person) -> str:
    return f". Up to {person.patience_s:g} s; Enter skips it"


async def siren(bench: Bench, person: Person) -> Finding:
    """A fifth of a second."""
    if reason := bench.refused.get("siren"):
        return failed("siren", reason, REFUSED)
    assert bench.settings.siren is not None
    pin = bench.settings.siren.pin
    if not await person.lets(f"siren, pin {pin}: sound it for {SIREN_S:g} s?", bench):
        return unseen("siren", f"pin {pin}: skipped")
    try:
        sounded_s = await bench.sound()
    except GuardNotReady as error:
        return failed("siren", f"pin {pin}: not sounded, because {error}", "please report it")
    heard = await person.ask("Did you hear it? [y/n]", bench)
    return judgement.judge_siren(pin, SIREN_S, sounded_s, heard)


async def servo(bench: Bench, person: Person) -> list[Finding]:
    """To both limits, to the middle, and back to where it stood; and whether the supply bears it."""
    if reason := bench.refused.get("servo"):
        return [failed("servo", reason, REFUSED)]
    part, settings = bench.servo, bench.settings.servo
    assert part is not None
    assert settings is not None
    if not await person.lets(f"servo, pin {settings.pin}: turn it to both sides? Hands and cables away", bench):
        return [unseen("servo", f"pin {settings.pin}: skipped")]
    before = during = bench.machine.throttled()
    moves: list[tuple[float, float | None]] = []
    middle = min(max(0.0, settings.min_angle_deg), settings.max_angle_deg)
    home = part.commanded_deg
    targets = [settings.min_angle_deg, settings.max_angle_deg, middle, *([home] if home != middle else [])]
    for target in targets:
        began = bench.clock.monotonic()
        limit_s = abs(target - part.angle_deg) / settings.slew_deg_s + _ARRIVAL_SLACK_S
        part.turn_to(target)
        while part.moving and bench.clock.monotonic() - began < limit_s:
            await bench.until(lambda: not part.moving, _POWER_EVERY_S)
            during = during or bench.machine.throttled()
        moves.append((target, None if part.moving else bench.clock.monotonic() - began))
    turned = await person.ask("Did it turn to both sides and back, without humming at the ends? [y/n]", bench)
    figures = ServoFigures(
        pin=settings.pin,
        driver=str(bench.board.last["servo"]["driver"]),
        moves=moves,
        fault=bench.faults.present.get("servo", ""),
        turned=turned,
    )
    supply = judgement.judge_supply(before, during)
    return [judgement.judge_servo(figures), *([supply] if supply else [])]
