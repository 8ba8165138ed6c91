"""The last configuration that the agent could use: it goes on guarding by it while a newer one is broken, and says so."""

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

from vigie.agent.settings import ENV_KEYS, AgentSettings, data_folder
from vigie.runtime.config import ConfigError, load

FILE_NAME = "agent.last-good.toml"


def settings_to_guard_by(path: Path | None, environ: Mapping[str, str]) -> tuple[AgentSettings, ConfigError | None]:
    """The settings in `path`; where they cannot be used the last good ones, and what is wrong with those in `path`.

    Raises `ConfigError` where there are no last good ones: on a first start, or where nobody can tell which data folder is meant.
    """
    try:
        return load(AgentSettings, path, environ, ENV_KEYS), None
    except ConfigError as error:
        kept = None if path is None else last_good(path, environ)
        if kept is None:
            raise
        return kept, error


def last_good(path: Path, environ: Mapping[str, str]) -> AgentSettings | None:
    """The settings that the agent has last started with where it was told to use `path`; None where they cannot be had."""
    kept = _kept(path, environ)
    if kept is None:
        return None
    try:
        return load(AgentSettings, kept, environ, ENV_KEYS)
    except ConfigError:  # of another version, or the environment is what is wrong
        return None


def keep(path: Path | None, settings: AgentSettings) -> None:
    """Remembers the file that the agent has just started with. Raises `OSError`."""
    if path is None:
        return
    target = settings.folder / FILE_NAME
    text = path.read_bytes()
    if target.exists() and target.read_bytes() == text:
        return
    fresh = target.with_suffix(".new")
    with fresh.open("wb") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(target)


def _kept(path: Path, environ: Mapping[str, str]) -> Path | None:
    wanted = _read_leniently(path)
    data_dir = environ.get("VIGIE_DATA") or wanted.get("data_dir")
    device_id = environ.get("DEVICE_ID") or wanted.get("device_id")
    if not data_dir and not device_id:
        return None
    kept = data_folder(Path(data_dir) if data_dir else None, device_id or "") / FILE_NAME
    return kept if kept.exists() else None


def _read_leniently(path: Path) -> dict[str, str]:
    """The two keys that tell where the data are, also out of a file that is no TOML."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return {}
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        found = dict(re.findall(r"""^\s*(data_dir|device_id)\s*=\s*["']([^"'\n]*)["']""", text, re.MULTILINE))
    return {key: value for key in ("data_dir", "device_id") if isinstance(value := found.get(key), str)}
