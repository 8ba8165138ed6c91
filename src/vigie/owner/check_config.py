"""`vigie check-config`: reads a configuration file as its program would, and says what it means and what looks wrong."""

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from vigie.agent import settings as agent
from vigie.agent.settings import AgentSettings
from vigie.bridge import settings as bridge
from vigie.bridge.settings import BridgeSettings
from vigie.owner import config_findings
from vigie.owner.findings import Finding, say, warning
from vigie.runtime.config import ConfigError, load
from vigie.server import settings as server
from vigie.server.settings import ServerSettings


class _AnyKeys(BaseModel):
    """Takes every TOML file: a file that is not there, or is no TOML, is told in the program's own words."""

    model_config = ConfigDict(extra="allow")


Program = Literal["agent", "bridge", "server"]
AnySettings = AgentSettings | BridgeSettings | ServerSettings
_PROGRAMS: dict[Program, tuple[type[AnySettings], Mapping[str, str]]] = {
    "agent": (AgentSettings, agent.ENV_KEYS),
    "bridge": (BridgeSettings, bridge.ENV_KEYS),
    "server": (ServerSettings, server.ENV_KEYS),
}
_SHARED = {"broker", "data_dir", "log_level"}
_ARTICLE = {"agent": "an agent's", "bridge": "a bridge's", "server": "a server's"}
_NOT_NAMED = "device-without-a-name"


def run(path: Path, program: Program | None, environ: Mapping[str, str]) -> int:
    """Prints what the file means; 0 for a file that its program takes. Raises the `ConfigError` that the program would raise."""
    chosen = program or program_of(path)
    settings, notes = read(path, chosen, environ)
    say(f"{path}: {_ARTICLE[chosen]} configuration")
    for finding in [*config_findings.of(settings, path), *notes]:
        if finding.seen != _NOT_NAMED:
            say(finding.line().replace(_NOT_NAMED, "DEVICE_ID"))
    return 0


def read(path: Path, program: Program, environ: Mapping[str, str]) -> tuple[AnySettings, list[Finding]]:
    """The settings as the program would have them here, and what of them is not in the file. Raises `ConfigError`."""
    model, env_keys = _PROGRAMS[program]
    notes = [
        warning("environment", f"{variable} is set here and stronger than the file's {key}")
        for variable, key in env_keys.items()
        if environ.get(variable) and _holds(path, key)
    ]
    try:
        return load(model, path, environ, env_keys), notes
    except ConfigError as error:
        if program != "agent" or not error.reason.startswith("'device_id' is missing"):
            raise
    notes.append(
        warning("device", "the file does not name it", 'write device_id = "raspberry-01" into it, or start it with DEVICE_ID')
    )
    return load(model, path, {**environ, "DEVICE_ID": _NOT_NAMED}, env_keys), notes


def program_of(path: Path) -> Program:
    """Whose file it is, by its keys. Raises `ConfigError` where they do not tell, or where it is no TOML."""
    keys = _keys(path) - _SHARED
    scores = {program: _likeness(keys, set(model.model_fields) - _SHARED) for program, (model, _) in _PROGRAMS.items()}
    best = max(scores.values())
    likely = [program for program, score in scores.items() if score == best]
    if not best or len(likely) > 1:
        raise ConfigError(str(path), "its keys do not tell whose file it is; say --for agent, --for bridge or --for server")
    return likely[0]


def _likeness(keys: set[str], known: set[str]) -> float:
    """A key that is spelt right counts one, one that is nearly right a half."""
    return sum(1.0 if key in known else 0.5 if difflib.get_close_matches(key, known, n=1) else 0.0 for key in keys)


def _keys(path: Path) -> set[str]:
    return set(load(_AnyKeys, path, {}, {}).model_extra or {})


def _holds(path: Path, dotted: str) -> bool:
    values: Any = load(_AnyKeys, path, {}, {}).model_extra
    for part in dotted.split("."):
        if not isinstance(values, dict) or part not in values:
            return False
        values = values[part]
    return True
