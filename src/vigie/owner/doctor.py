"""`vigie doctor`: looks this machine over and changes nothing. Every check has its own thread and the same bounded time."""

import json
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path

from vigie.agent.settings import AgentSettings
from vigie.bridge.settings import BridgeSettings
from vigie.owner import (
    certificate_checks,
    check_config,
    configuration_checks,
    data_checks,
    machine_checks,
    network_checks,
    part_checks,
    places,
    platform_checks,
    port_checks,
    schema_checks,
    unit_checks,
)
from vigie.owner.backup.last_backup import backup_age
from vigie.owner.examined import LIMIT_S, Check, Examined
from vigie.owner.findings import Finding, Mark, failed, figure, say, warning
from vigie.owner.report import write_bundle
from vigie.owner.server_access import server_of
from vigie.runtime.broker_url import ENV_KEYS, BrokerSettings
from vigie.runtime.clock import Clock
from vigie.runtime.config import Settings, load
from vigie.server.settings import ServerSettings

CHECKS: tuple[tuple[str, Check], ...] = (
    ("broker", network_checks.broker),
    ("server", network_checks.server),
    ("certificate", certificate_checks.certificates),
    ("https", certificate_checks.https),
    ("names", platform_checks.names),
    ("port", port_checks.port),
    ("units", unit_checks.units),
    ("programs", data_checks.programs),
    ("backlog", data_checks.backlog),
    ("config", configuration_checks.configurations),
    ("database", data_checks.databases),
    ("schema", schema_checks.schema),
    ("audit log", data_checks.audit_log),
    ("backup", backup_age),
    ("reserve", data_checks.reserve),
    ("system", platform_checks.system),
    ("disk", machine_checks.disk),
    ("clock", machine_checks.clock),
    ("memory", machine_checks.memory),
    ("power", machine_checks.power),
    ("pins", machine_checks.pins),
    ("camera", part_checks.camera),
)


class _BrokerOnly(Settings):
    broker: BrokerSettings = BrokerSettings()


def run(
    data: Path | None,
    config: Path | None,
    environ: Mapping[str, str],
    clock: Clock,
    *,
    as_json: bool,
    bundle: Path | None = None,
) -> int:
    """Prints one line per finding; 1 when one of them is ✗. Raises `ConfigError` for what cannot be looked at."""
    examined = examine(data, config, environ, clock)
    found: list[Finding] = []
    for findings in _examinations(examined, CHECKS):
        found += findings
        if not as_json:
            for finding in findings:
                say(finding.line())
    worst = {mark: sum(finding.mark is mark for finding in found) for mark in Mark}
    if as_json:
        say(json.dumps({"ok": not worst[Mark.FAILED], "findings": [finding.as_object() for finding in found]}))
    else:
        say(f"\n{summary(worst)}")
    if bundle is not None:
        names = write_bundle(bundle, examined, found)
        if not as_json:
            say(f"{bundle}: {', '.join(names)}; secrets are left out, look it through before you give it to somebody")
    return 1 if worst[Mark.FAILED] else 0


def summary(worst: Mapping[Mark, int]) -> str:
    """The last line, of how many findings there are of each mark."""
    hidden = f"; {figure(worst[Mark.UNSEEN])} not looked at" if worst[Mark.UNSEEN] else ""
    if worst[Mark.FAILED] or worst[Mark.WARNING]:
        return f"{figure(worst[Mark.FAILED], 'thing')} to mend, {figure(worst[Mark.WARNING])} to look at{hidden}"
    return f"all is well{hidden}"


def examine(data: Path | None, config: Path | None, environ: Mapping[str, str], clock: Clock) -> Examined:
    """What there is to look at, from the configuration, the environment and the folders. Raises `ConfigError`."""
    if data is None and config is None:
        config = places.deployed_configuration(environ)
    settings = None if config is None else check_config.read(config, check_config.program_of(config), environ)[0]
    if data is None and settings is not None:
        folder = settings.data_dir if isinstance(settings, BridgeSettings | ServerSettings) else settings.folder
        if not places.is_deployed(environ):  # there all programs of the machine are looked at
            data = folder if folder.is_dir() else None
    found = places.find(places.house_of(places.root_of(data, environ)) or data, environ)
    around = places.house_environment(found.root, environ)
    if isinstance(settings, BridgeSettings):
        files = {"BACKEND_TOKEN_FILE": settings.backend_token_file, "BACKEND_TLS_CA": settings.backend_tls_ca}
        around = {**around, "BACKEND_URL": settings.backend_url, **{name: str(path) for name, path in files.items() if path}}
    if settings is None or isinstance(settings, ServerSettings):
        broker = load(_BrokerOnly, None, around, ENV_KEYS).broker
    else:
        broker = settings.broker
    is_expected = "BACKEND_URL" in around or found.database is not None
    has_only_a_server = found.database is not None and not found.logs and found.spool is None
    is_named = isinstance(settings, AgentSettings | BridgeSettings) or "MQTT_BROKER" in around
    return Examined(
        found,
        broker,
        server_of(around, timeout_s=LIMIT_S - 1.0),
        is_expected,
        environ,
        clock,
        config=config,
        broker_is_named=is_named or not has_only_a_server,
    )


def _examinations(examined: Examined, checks: Iterable[tuple[str, Check]]) -> Iterable[list[Finding]]:
    """The findings of each check in turn, though all of them work at once."""
    deadline = examined.clock.monotonic() + LIMIT_S
    running = []
    for name, check in checks:
        found: list[Finding] = []
        thread = threading.Thread(target=_work, args=(name, check, examined, found), name=name, daemon=True)
        thread.start()
        running.append((name, thread, found))
    for name, thread, found in running:
        thread.join(max(0.0, deadline - examined.clock.monotonic()))
        findings = list(found)
        if thread.is_alive():
            findings.append(
                warning(name, f"not done after {LIMIT_S:g} s: what it asks does not answer", "try again; a dying disk does so too")
            )
        yield findings


def _work(name: str, check: Check, examined: Examined, found: list[Finding]) -> None:
    try:
        found.extend(check(examined))
    except Exception as error:  # noqa: BLE001  # the one task boundary: a check that fails must not hide the others
        found.append(failed(name, f"the check itself failed: {type(error).__name__}: {error}", "please report it"))
