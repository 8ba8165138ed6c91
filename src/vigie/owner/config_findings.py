"""What settings mean in words, and what of them is allowed but likely wrong."""

import stat
from collections.abc import Iterator
from pathlib import Path

from vigie.agent.sensors import resolve
from vigie.agent.settings import AgentSettings, SensorSettings, ServoSettings, SirenSettings
from vigie.bridge.settings import BridgeSettings
from vigie.owner import alarm_findings, camera_findings
from vigie.owner.findings import Finding, ok, warning
from vigie.protocol.sensors import SENSOR_KINDS
from vigie.runtime.broker_url import BrokerSettings
from vigie.server.settings import ServerSettings

KERNEL_PWM_PINS = (12, 13, 18, 19)
_SPECIAL_PINS = {
    **dict.fromkeys((0, 1), "the bus of a HAT's memory"),
    **dict.fromkeys((2, 3), "I2C, with a pull-up of 1.8 kΩ that cannot be turned off"),
    **dict.fromkeys((14, 15), "the serial console (UART)"),
    **dict.fromkeys((7, 8, 9, 10, 11), "SPI"),
}
_LOCAL = ("localhost", "127.0.0.1", "::1")


def of(settings: AgentSettings | BridgeSettings | ServerSettings, path: Path) -> Iterator[Finding]:
    """One finding per thing that the settings say; `path` is the file, for who may read it."""
    if isinstance(settings, AgentSettings):
        yield from _agent(settings)
        yield from _broker(settings.broker, path)
        yield ok("data folder", str(settings.folder))
    elif isinstance(settings, BridgeSettings):
        yield ok("bridge", settings.bridge_id)
        yield from _broker(settings.broker, path)
        yield from _backend(settings, path)
        yield ok("data folder", str(settings.data_dir))
    else:
        yield from _server(settings)
        yield ok("data folder", str(settings.data_dir))


def _agent(settings: AgentSettings) -> Iterator[Finding]:
    yield ok("device", settings.device_id)
    for name, sensor in settings.sensors.items():
        yield from _sensor(name, sensor)
    if not settings.sensors:
        yield warning("sensors", "none: it will never report anything", "add [sensors.motion] with its pin")
    if settings.servo is not None:
        yield from _servo(settings.servo)
    if settings.siren is not None:
        yield from _siren(settings.siren)
    if settings.camera is not None:
        yield from camera_findings.of(settings.camera)
    yield from alarm_findings.of(settings)
    for user, pin in settings.pins():
        if special := _SPECIAL_PINS.get(pin):
            yield warning(
                "pin", f"{user} is on BCM {pin}, which is also {special}", "use another, or be sure that this is turned off"
            )


def _sensor(name: str, settings: SensorSettings) -> Iterator[Finding]:
    sensor = resolve(name, settings)
    level = "high" if sensor.active_high else "low"
    place = f', "{settings.location}"' if settings.location else ""
    yield ok("sensor", f"{name}: BCM {settings.pin}, kind {sensor.kind.name}, pull {sensor.pull}, active {level}{place}")
    kind = settings.kind or name
    if kind not in SENSOR_KINDS:
        known = ", ".join(SENSOR_KINDS)
        yield warning(
            "sensor",
            f"{name}: the kind {kind!r} is not known: its events are called {name!r} and open no alert without [zones.{name}]",
            f"kind = one of {known}",
        )


def _servo(servo: ServoSettings) -> Iterator[Finding]:
    presets = "".join(f", {name} {angle:g}°" for name, angle in servo.presets.items())
    yield ok("servo", f"BCM {servo.pin}, {servo.min_angle_deg:g}° to {servo.max_angle_deg:g}°{presets}")
    if servo.pin not in KERNEL_PWM_PINS:
        pins = ", ".join(map(str, KERNEL_PWM_PINS))
        yield warning("servo", f"BCM {servo.pin} has no kernel PWM: it will tremble", f"use one of {pins}")


def _siren(siren: SirenSettings) -> Iterator[Finding]:
    yield ok("siren", f"BCM {siren.pin}, active {'high' if siren.active_high else 'low'}, at most {siren.max_duration_s:g} s")
    if siren.max_duration_s < 10:
        yield warning("siren", f"never longer than {siren.max_duration_s:g} s", "raise max_duration_s")


def _broker(broker: BrokerSettings, path: Path) -> Iterator[Finding]:
    credentials = broker.credentials()
    who = "anonymous" if credentials is None else f"as {credentials[0]}"
    yield ok("broker", f"{broker.host}:{broker.port}, {'TLS' if broker.uses_tls else 'no TLS'}, {who}")
    if broker.password_file is not None and _world_readable(broker.password_file):
        yield warning(
            "password", f"every user of this machine can read {broker.password_file}", f"chmod 600 {broker.password_file}"
        )
    if (broker.password is not None or "@" in broker.url) and _world_readable(path):
        yield warning("password", f"every user of this machine can read {path}", f"chmod 600 {path}, or use password_file")
    if broker.username is None and (broker.password is not None or broker.password_file is not None):
        yield warning("password", "it is not used: there is no username", "set broker.username")
    if credentials is not None and credentials[1] is None:
        yield warning("password", f"{credentials[0]} has none", "set broker.password_file")
    if credentials is not None and not broker.uses_tls and broker.host not in _LOCAL:
        yield warning(
            "password", f"it crosses the network to {broker.host} in clear", "set broker.tls_ca, where the broker speaks TLS"
        )


def _backend(settings: BridgeSettings, path: Path) -> Iterator[Finding]:
    token = settings.token()
    yield ok("server", f"{settings.backend_url}, {'with a token' if token else 'no token'}")
    if settings.backend_token_file is not None and _world_readable(settings.backend_token_file):
        file = settings.backend_token_file
        yield warning("token", f"every user of this machine can read {file}", f"chmod 600 {file}")
    if settings.backend_token is not None and _world_readable(path):
        yield warning("token", f"every user of this machine can read {path}", f"chmod 600 {path}, or use backend_token_file")


def _server(settings: ServerSettings) -> Iterator[Finding]:
    is_tls = settings.tls_certificate is not None
    yield ok("address", f"{'https' if is_tls else 'http'}://{settings.host}:{settings.port}")
    if not settings.on_loopback and not is_tls:
        yield warning(
            "address",
            f"{settings.host} can be reached from there: what is sent can be read on the way",
            "set tls_certificate and tls_key",
        )
    if settings.store_url.startswith("sqlite:"):
        yield ok("database", settings.store_url.removeprefix("sqlite:///"))
    else:
        scheme = settings.store_url.partition("://")[0]
        yield warning("database", f"{scheme} is not supported yet", "leave database_url out: it is vigie.db in data_dir then")


def _world_readable(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & stat.S_IROTH)
    except OSError:
        return False
