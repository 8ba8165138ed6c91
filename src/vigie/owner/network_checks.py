"""Broker and server: do they answer, do they let us in, do they do their work."""

import asyncio
import importlib.util
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from vigie import __version__
from vigie.owner import device_checks
from vigie.owner.examined import LIMIT_S, Examined
from vigie.owner.findings import Finding, failed, ok, unseen, warning
from vigie.owner.server_access import ServerSilent
from vigie.protocol import topics
from vigie.runtime.broker_url import BrokerSettings
from vigie.runtime.clock import Clock
from vigie.runtime.ids import new_id

CLOCKS_APART_S = 2.0
_MARGIN_S = 0.3
_MQTT5, _MQTT311 = 5, 4
_NOTHING_IS_STORED = {"database_failing", "broker_absent"}
_NAME_IT = "MQTT_BROKER, or --config with the bridge's file; what bridges say of it is told by the server"
_OTHER_PROTOCOL = (1, 0x84)  # CONNACK codes of 3.1.1 and 5: not in this version


def broker(examined: Examined) -> Iterator[Finding]:
    """TCP, CONNACK, and a message to ourselves: a SUBACK proves nothing, Mosquitto grants what its ACL then withholds."""
    if not examined.broker_is_named:
        yield unseen("broker", "not asked: a server knows no broker, and nobody has named one", _NAME_IT)
        return
    if importlib.util.find_spec("paho") is None:
        yield unseen("broker", "not asked: paho-mqtt is not installed here", "install Vigie with its extra [agent] or [bridge]")
        return
    from vigie.runtime.broker_errors import BrokerError, BrokerRefused, BrokerUnreachable, PublishRefused

    settings = examined.broker.for_tools()
    where = f"{settings.host}:{settings.port}"
    trip = _Trip()
    try:
        with _said_once():
            asyncio.run(_round_trip(settings, trip, examined.clock))
    except BrokerRefused as error:
        yield failed("broker", str(error))
    except BrokerUnreachable as error:
        yield failed("broker", str(error), "start it, or name it with MQTT_BROKER or --config")
    except PublishRefused as error:
        yield warning("broker", f"{where} lets us in, but {error}", "`topic readwrite doctor/#` in its ACL lets it be proven")
    except TimeoutError:
        if not trip.is_in:
            yield failed("broker", f"no answer from {where} in {LIMIT_S:g} s", "is that the broker's address, and is it reachable?")
            return
        seen = f"{where} lets us in and grants our subscription, but does not deliver our message to us"
        yield failed("broker", seen, "its ACL withholds it (`topic readwrite doctor/#`), or it is stuck: look at its log")
    except BrokerError as error:
        yield failed("broker", f"{where}: {error}", "look at its log")
    else:
        yield ok(
            "broker",
            f"{where} answers in {_ms(trip.connect_s)} (MQTT {trip.version}), delivers in {_ms(trip.deliver_s)}",
        )


@contextmanager
def _said_once() -> Iterator[None]:
    """Keeps our own log quiet: what goes wrong is the finding."""
    ours = logging.getLogger("vigie")
    level = ours.level
    ours.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        ours.setLevel(level)


def _ms(seconds: float) -> str:
    return f"{max(1, round(seconds * 1000))} ms"


@dataclass(slots=True)
class _Trip:
    is_in: bool = False
    version: str = ""
    connect_s: float = 0.0
    deliver_s: float = 0.0


async def _round_trip(settings: BrokerSettings, trip: _Trip, clock: Clock) -> None:
    """Raises `BrokerError`, or `TimeoutError` when it takes too long."""
    from vigie.runtime.mqtt import BrokerMute, BrokerRefused, Identity, connect

    name = f"vigie-doctor-{new_id(clock.now())[-12:]}"
    async with asyncio.timeout(LIMIT_S - _MARGIN_S):
        for protocol in (_MQTT311,) if settings.protocol == "3.1.1" else (_MQTT5, _MQTT311):
            started = clock.monotonic()
            try:
                async with connect(settings, Identity(name), protocol=protocol) as connection:
                    trip.is_in, trip.version = True, "5" if connection.is_mqtt5 else "3.1.1"
                    trip.connect_s = clock.monotonic() - started
                    await connection.subscribe(topics.round_trip(name))
                    started = clock.monotonic()
                    await connection.publish(topics.round_trip(name), name.encode())
                    async for message in connection.messages():
                        if message.payload == name.encode():
                            trip.deliver_s = clock.monotonic() - started
                            return
            except (BrokerMute, BrokerRefused) as error:
                if (
                    settings.protocol != "auto"
                    or protocol == _MQTT311
                    or (isinstance(error, BrokerRefused) and error.code not in _OTHER_PROTOCOL)
                ):
                    raise


def server(examined: Examined) -> Iterator[Finding]:
    """Liveness, version, what ails it and its bridges and devices by its own account, and whether its clock agrees with ours."""
    asked, clock = examined.server, examined.clock
    try:
        health = asked.get("/healthz", accept=(200, 503))
        before = clock.now()
        started = clock.monotonic()
        site = asked.get("/api/site")
        answer_s = clock.monotonic() - started
        after = clock.now()
        devices = asked.get("/api/devices")
    except ServerSilent as error:
        if examined.server_is_expected:
            yield failed("server", str(error))
        else:
            yield warning("server", f"none at {asked.url}: right for a Pi, which needs none", "elsewhere name it with BACKEND_URL")
        return
    finally:
        asked.close()
    yield ok("server", f"{asked.url} answers, version {health.get('version')}, bridge {health.get('bridge')}")
    if health.get("version") != __version__:
        yield warning("server", f"it is version {health.get('version')}, this is {__version__}", "bring both to the same")
    for trouble in health.get("health", ()):
        yield (failed if trouble["code"] in _NOTHING_IS_STORED else warning)("server", trouble["detail"])
    yield from _clocks(str(site.get("now")), before, after)
    yield from _devices(devices["devices"])
    yield from device_checks.delays(devices["devices"], answer_s)
    yield from device_checks.versions(devices["devices"], str(health.get("version")))


def _devices(devices: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    troubles = [(device["device_id"], trouble["detail"]) for device in devices for trouble in device["health"]]
    for device_id, detail in troubles:
        yield warning("devices", f"{device_id}: {detail}")
    if not troubles:
        yield ok("devices", f"{len(devices)} known to the server, none in trouble")


def _clocks(told: str, before: datetime, after: datetime) -> Iterator[Finding]:
    try:
        theirs = datetime.fromisoformat(told)
        apart_s = (theirs - (before + (after - before) / 2)).total_seconds()
    except (ValueError, TypeError):
        yield warning("server", f"it tells no time ({told!r}): is this Vigie's server?")
        return
    if abs(apart_s) > CLOCKS_APART_S:
        ahead = "ahead of" if apart_s > 0 else "behind"
        yield warning(
            "server", f"its clock is {abs(apart_s):.0f} s {ahead} ours", "`timedatectl` on both says which is synchronised"
        )
    else:
        yield ok("server", f"its clock is {abs(apart_s):.1f} s from ours")
