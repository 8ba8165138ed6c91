"""The agent must rest while its parts are tried: it owns the pins. Its folder is taken meanwhile, so that it cannot start."""

import os
import pwd
from contextlib import ExitStack
from pathlib import Path

from vigie.runtime.claim import FolderInUse, claim, holder
from vigie.runtime.config_error import ConfigError

UNIT = "sensor-publisher.service"
_LOCK = "agent.lock"
_ROOT = Path("/")
_UNGUARDED = "Nothing is guarded while it rests"


class AgentRuns(Exception):
    """The agent holds the pins; the text says who it is and how to let it rest."""


def take(folder: Path, root: Path = _ROOT) -> ExitStack:
    """The agent's folder, until the stack is closed. Raises `AgentRuns`, `FolderUnusable`."""
    try:
        return claim(folder, "agent")
    except FolderInUse as error:
        raise AgentRuns(_in_words(folder, _pid(folder), root)) from error


def how_to_start(root: Path = _ROOT) -> str:
    """A line for who has stopped the unit; empty where there is none to start."""
    if not (root / "etc/systemd/system" / UNIT).is_file():
        return ""
    return f"Nothing is guarded until the agent runs again: `sudo systemctl start {UNIT.removesuffix('.service')}`\n"


def check_user(folder: Path) -> None:
    """Raises `ConfigError` for root on the folder of another: what it made there the agent could not open."""
    if os.geteuid() or not folder.is_dir():
        return
    owner = folder.stat().st_uid
    if owner:
        try:
            name = pwd.getpwuid(owner).pw_name
        except KeyError:
            name = f"#{owner}"
        raise ConfigError(str(folder), f"belongs to {name}; run it as that user: `sudo -u {name} vigie selftest`")


def _pid(folder: Path) -> int | None:
    try:
        return holder(folder / _LOCK)
    except OSError:
        return None


def _in_words(folder: Path, pid: int | None, root: Path) -> str:
    by = "" if pid is None else f" (pid {pid})"
    if pid is not None and _is_the_unit(pid, root):
        stop = f"`sudo systemctl stop {UNIT.removesuffix('.service')}`"
        return f"the agent holds the pins, as {UNIT}{by}: {stop}, then once more. {_UNGUARDED}; the end says how to start it"
    return f"an agent holds the pins{by}, on {folder}: stop it, then once more. {_UNGUARDED}"


def _is_the_unit(pid: int, root: Path) -> bool:
    """By its control group: the kernel knows which service a process is of."""
    try:
        return UNIT in (root / "proc" / str(pid) / "cgroup").read_text(encoding="utf-8")
    except OSError:
        return False
