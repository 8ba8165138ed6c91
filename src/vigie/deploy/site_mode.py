"""`vigie mode`: reads or sets the site's mode straight on the broker; needs no server and no bridge."""

import asyncio
import getpass
import socket
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from vigie.domain.arming import OpenZone, open_zones, without
from vigie.domain.mode import INITIAL, UNSTAMPED, bypass_after, next_record
from vigie.protocol import topics
from vigie.protocol.alarm import AlarmState
from vigie.protocol.codec import decode_object
from vigie.protocol.errors import BadPayload, BadTopic
from vigie.protocol.states import Mode, ModeRecord
from vigie.runtime import logging as runtime_logging
from vigie.runtime.broker_url import ENV_KEYS, BrokerSettings
from vigie.runtime.clock import Clock, SystemClock
from vigie.runtime.config import Settings, load
from vigie.runtime.ids import new_id
from vigie.runtime.mode_keys import ModeKey, make_key, read_key
from vigie.runtime.mqtt import BrokerError, Connection, Identity, Message, keep_connected

RETAINED_WAIT_S = 1.0
"""A broker sends its retained messages right after the SUBACK; what has not come by then is not there."""

_OBJECTIONS_WAIT_S = 2.0
"""Agents and bridge put their own record back within 1.5 s."""

_DEADLINE_S = 6.0


class _ModeSettings(Settings):
    broker: BrokerSettings = BrokerSettings()
    mode_key_file: Path | None = None


class ZonesOpen(Exception):
    """Zones that would guard in the wanted mode are open."""

    def __init__(self, zones: Sequence[OpenZone]) -> None:
        named = ", ".join(str(zone) for zone in zones)
        super().__init__(f"open: {named}; close them, or arm without them with --bypass")
        self.zones = zones


class KeyMissing(Exception):
    """The site's mode bears a signature, and we have no key: no Pi would take up what we say."""

    def __init__(self) -> None:
        super().__init__("the site's mode is signed: name the key of one of its mode_writers in VIGIE_MODE_KEY_FILE")


class ModeRefused(Exception):
    """A signed record that somebody has put an older one in the place of."""

    def __init__(self, stands: ModeRecord) -> None:
        super().__init__(
            f"refused: the site has put {stands.mode.value} back; is the key in VIGIE_MODE_KEY_FILE one of its mode_writers?"
        )


def run(wanted: Mode | None, environ: Mapping[str, str], *, bypass: bool = False) -> int:
    """Prints the mode (after setting it, if `wanted`); 1 when the broker cannot be reached, zones are open, or a key is missing.

    `bypass`: arm all the same; what is open does not guard until the site is disarmed.
    """
    settings = load(_ModeSettings, None, environ, {**ENV_KEYS, "VIGIE_MODE_KEY_FILE": "mode_key_file"})
    key = read_key(settings.mode_key_file)
    clock = SystemClock()
    runtime_logging.setup("mode", level="ERROR")  # what goes wrong is said once, below
    try:
        record = asyncio.run(read_or_set(settings.broker.for_tools(), wanted, clock, bypass=bypass, key=key))
    except (BrokerError, ZonesOpen, KeyMissing, ModeRefused) as error:
        print(f"vigie mode: {error}", file=sys.stderr)
        return 1
    by = f" (set by {record.changed_by})" if record.changed_by else ""
    if record.stamp == UNSTAMPED and record != INITIAL:
        by = " (written by hand, and no Pi has taken it up: set it again)"
    print(f"{record.mode.value}{by}")
    if record.bypass:
        print(f"bypassed: {', '.join(record.bypass)}")
    return 0


def make_new_key(path: Path) -> int:
    """Makes a key for a writer of the mode, and says what to do with it; 1 where the file cannot be made."""
    try:
        key = make_key(path)
    except OSError as error:
        print(f"vigie mode: {path} cannot be made: {error.strerror}", file=sys.stderr)
        return 1
    print(f"{path} is the secret half: keep it on the machine that sets the mode, and name it there in VIGIE_MODE_KEY_FILE.")
    print("This goes into [site] of every agent's and bridge's configuration:")
    print(f'mode_writers = {{ {socket.gethostname().split(".")[0] or "hub"} = "{key.public}" }}')
    return 0


async def read_or_set(
    broker: BrokerSettings, wanted: Mode | None, clock: Clock, *, bypass: bool = False, key: ModeKey | None = None
) -> ModeRecord:
    """The record on the broker, after replacing it by one with mode `wanted`. Raises `BrokerError`, `ZonesOpen`, `KeyMissing`,
    `ModeRefused`.
    """
    failures: list[BrokerError] = []
    outcomes: list[ModeRecord | ZonesOpen | KeyMissing | ModeRefused] = []

    async def session(connection: Connection) -> None:
        shown = await _retained(connection, with_alarms=wanted not in (None, Mode.ACTIVE))
        if wanted is None:
            outcomes.append(shown.record)
            return
        if shown.record.signature is not None and key is None:
            outcomes.append(KeyMissing())
            return
        in_the_way = without(open_zones(shown.alarms, wanted), bypass_after(shown.record, wanted, ()))
        if in_the_way and not bypass:
            outcomes.append(ZonesOpen(in_the_way))
            return
        record = _changed(shown.record, wanted, [zone.name for zone in in_the_way], clock)
        record = key.sign(record) if key else record
        await connection.publish(topics.MODE, record.model_dump_json().encode(), retain=True)
        older = await _put_back(connection, record) if key else None
        outcomes.append(record if older is None else ModeRefused(older))

    identity = Identity(client_id=f"vigie-mode-{new_id(clock.now())[-8:]}")
    try:
        async with asyncio.timeout(_DEADLINE_S):
            await keep_connected(broker, identity, session, clock=clock, on_lost=failures.append)
    except TimeoutError:
        raise failures[-1] if failures else BrokerError(f"no answer from {broker.url} in {_DEADLINE_S:g} s") from None
    outcome = outcomes[-1]
    if isinstance(outcome, ZonesOpen | KeyMissing | ModeRefused):
        raise outcome
    return outcome


async def _put_back(connection: Connection, record: ModeRecord) -> ModeRecord | None:
    """The older record that takes the place of a signed one; None where nobody has objected in time."""
    shown = _Shown(record)
    with suppress(TimeoutError):
        async with asyncio.timeout(_OBJECTIONS_WAIT_S):
            async for message in connection.messages():
                _take(shown, message)
                if shown.record.stamp < record.stamp:
                    return shown.record
    return None


def _changed(current: ModeRecord, wanted: Mode, bypass: Sequence[str], clock: Clock) -> ModeRecord:
    host = socket.gethostname()
    return next_record(
        current,
        wanted,
        writer=f"{host[:32]}-cli",
        changed_by=getpass.getuser(),
        now=clock.now(),
        changed_from=f"cli {host}",
        bypass=bypass,
    )


@dataclass(slots=True)
class _Shown:
    """What the broker has retained."""

    record: ModeRecord = INITIAL
    alarms: dict[str, AlarmState] = field(default_factory=dict)


async def _retained(connection: Connection, *, with_alarms: bool) -> _Shown:
    """The mode, as soon as it is there; `with_alarms`: also each device's alarm, which takes the whole `RETAINED_WAIT_S`."""
    shown = _Shown()
    if with_alarms:
        await connection.subscribe(topics.ALL_ALARM_STATES)
    await connection.subscribe(topics.MODE)
    try:
        async with asyncio.timeout(RETAINED_WAIT_S):
            async for message in connection.messages():
                _take(shown, message)
                if message.topic == topics.MODE and not with_alarms:
                    break
    except TimeoutError:
        pass
    return shown


def _take(shown: _Shown, message: Message) -> None:
    """What cannot be read counts as not there."""
    try:
        topic = topics.parse(message.topic)
        if isinstance(topic, topics.ModeTopic):
            shown.record = ModeRecord.model_validate(decode_object(message.payload))
        elif message.payload:
            shown.alarms[topic.device_id] = AlarmState.model_validate(decode_object(message.payload))
    except (BadTopic, BadPayload, ValidationError):
        pass
