"""Configuration files of this machine, each read as its program reads it (`vigie check-config` tells one of them in full)."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from vigie.owner import check_config, config_findings
from vigie.owner.check_config import AnySettings, Program
from vigie.owner.examined import Examined
from vigie.owner.findings import Finding, Mark, failed, ok, unseen, warning
from vigie.runtime.config_error import ConfigError
from vigie.server.settings import ServerSettings

ETC = Path("etc/vigie")
_NAMED: dict[str, Program] = {"agent.toml": "agent", "bridge.toml": "bridge", "server.toml": "server"}
_MAY_NOT = (os.strerror(errno.EACCES), os.strerror(errno.EPERM))
S = TypeVar("S", bound=AnySettings)


def files(examined: Examined) -> list[Path]:
    """Those of the data folder, of a house's agents, of `/etc/vigie`, and the one that was named."""
    root, etc = examined.places.root, examined.root / ETC
    found = [*(root / name for name in _NAMED if (root / name).is_file()), *root.glob("agents/*/agent.toml"), *etc.glob("*.toml")]
    return sorted({*found, *([examined.config] if examined.config is not None else [])})


def configurations(examined: Examined) -> Iterator[Finding]:
    """What would keep a program from starting by its line, and what is allowed but likely wrong."""
    for path in files(examined):
        try:
            settings, notes = _read(path)
        except ConfigError as error:
            yield refused(path, error)
            continue
        odd = [finding for finding in [*config_findings.of(settings, path), *notes] if finding.mark is not Mark.OK]
        for finding in odd:
            yield warning("config", f"{path}: {finding.subject}: {finding.seen}", finding.mend)
        if not odd:
            yield ok("config", f"{path}: its program takes it")


def refused(path: Path, error: ConfigError) -> Finding:
    """Of a file that was not read: it is wrong, or it is not for this user's eyes, nor what it names."""
    if any(words in error.reason for words in _MAY_NOT):
        return unseen("config", f"{path}: this user may not read it, or a file that it names", _as_its_user(path))
    return failed("config", str(error), f"`vigie check-config {path}` once it is changed; until then its program does not take it")


def settings_of(examined: Examined, kind: type[S]) -> Iterator[tuple[Path, S]]:
    """The settings of one kind of program that can be read here; of the others `configurations` tells."""
    for path in files(examined):
        try:
            settings, _ = _read(path)
        except ConfigError:
            continue
        if isinstance(settings, kind):
            yield path, settings


def server_settings(examined: Examined) -> ServerSettings | None:
    """Those of this machine's server, where they can be read."""
    return next((settings for _, settings in settings_of(examined, ServerSettings)), None)


def _read(path: Path) -> tuple[AnySettings, list[Finding]]:
    """Raises `ConfigError`. By the file alone: what this user's environment says is not what its program hears."""
    return check_config.read(path, _NAMED.get(path.name) or check_config.program_of(path), {})


def _as_its_user(path: Path) -> str:
    return f"`sudo vigie check-config {path}`"
