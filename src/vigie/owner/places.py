"""Where the programs of this machine keep their data: found the way `vigie trigger` finds an agent."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from vigie.deploy.addresses import FILE_NAME as ADDRESSES
from vigie.deploy.addresses import read_addresses
from vigie.protocol.topics import is_device_id
from vigie.runtime.config import ConfigError

LOG_NAME, SPOOL_NAME, DATABASE_NAME = "events.sqlite", "spool.db", "vigie.db"
_DEFAULT = Path("vigie-data")
DEPLOYED = Path("/var/lib/vigie")
"""Where `vigie deploy` has the programs keep their data, each in a folder of its name."""
_ETC = Path("/etc/vigie")
_OF_A_HOUSE = ("server", "bridge")


@dataclass(frozen=True, slots=True)
class AgentLog:
    """The event log of one device. `is_named`: the device's name is known, not guessed from its folder."""

    device_id: str
    path: Path
    is_named: bool


@dataclass(frozen=True, slots=True)
class Places:
    """What was found below `root`, which may be the folder of a house or of one program."""

    root: Path
    logs: tuple[AgentLog, ...]
    spool: Path | None
    database: Path | None

    @property
    def files(self) -> list[Path]:
        """Every database, the logs first."""
        return [*(log.path for log in self.logs), *(path for path in (self.spool, self.database) if path)]


def root_of(data: Path | None, environ: Mapping[str, str]) -> Path:
    """The folder to look in. Raises `ConfigError` for one that was asked for and is not there, or is closed to this user."""
    named = environ.get("VIGIE_DATA")
    root = data or (Path(named) if named else DEPLOYED if is_deployed(environ) else _DEFAULT)
    try:
        next(root.iterdir(), None)
    except (FileNotFoundError, NotADirectoryError) as error:
        if data is not None:
            raise ConfigError("--data", f"there is no folder {data}") from error
    except OSError as error:
        reason = f"cannot be looked into: {error.strerror}; run as the user of its program, with `sudo -u`"
        raise ConfigError(str(root), reason) from error
    return root


def is_deployed(environ: Mapping[str, str]) -> bool:
    """Whether this machine has its Vigie from `vigie deploy`, and nobody means another one."""
    return not environ.get("VIGIE_DATA") and not _DEFAULT.is_dir() and DEPLOYED.is_dir()


def deployed_configuration(environ: Mapping[str, str]) -> Path | None:
    """The file that says most of this machine: the agent's on a Pi, else the bridge's, else the server's."""
    if not is_deployed(environ):
        return None
    return next((path for name in ("agent", "bridge", "server") if (path := _ETC / f"{name}.toml").is_file()), None)


def house_of(root: Path) -> Path | None:
    """The house of which `root` is the server's or the bridge's folder; None where it is of no house."""
    house = root.absolute().parent
    return house if root.name in _OF_A_HOUSE and (house / ADDRESSES).is_file() else None


def find(data: Path | None, environ: Mapping[str, str]) -> Places:
    """Every event log, the spool and the server's database. Raises `ConfigError` where `data` is no folder."""
    root = root_of(data, environ)
    folders = [*_inside(root / "agents"), root / "agent", root]
    if root == _DEFAULT:  # nobody named a folder: an agent that was not told one either keeps its data here
        state = environ.get("XDG_STATE_HOME")
        folders += _inside((Path(state) if state else Path("~/.local/state").expanduser()) / "vigie" / "agents")
    logs = [_log_in(folder, environ) for folder in folders if _is_there(folder / LOG_NAME)]
    database = [root / "server" / DATABASE_NAME, root / DATABASE_NAME, *_configured_database(environ)]
    spool = [root / "bridge" / SPOOL_NAME, root / SPOOL_NAME]
    return Places(root, tuple(logs), _first(spool), _first(database))


def house_environment(root: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """The environment, and below it what a house in `root` says of its own addresses."""
    return {**read_addresses(root), **{name: value for name, value in environ.items() if value}}


def _inside(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _is_there(path: Path) -> bool:
    try:
        path.stat()
    except OSError:  # also where this user may not look
        return False
    return True


def _first(candidates: list[Path]) -> Path | None:
    return next((path for path in candidates if _is_there(path)), None)


def _configured_database(environ: Mapping[str, str]) -> list[Path]:
    url = environ.get("DATABASE_URL", "")
    path = url.removeprefix("sqlite:///")
    return [Path(path)] if path and "://" not in path else []


def _log_in(folder: Path, environ: Mapping[str, str]) -> AgentLog:
    path = folder / LOG_NAME
    if folder.absolute().parent.name == "agents":
        return AgentLog(folder.name, path, is_named=True)
    etc = _ETC if folder == DEPLOYED / "agent" else folder
    named = _device_in(etc / "agent.toml") or environ.get("DEVICE_ID", "")
    if is_device_id(named):
        return AgentLog(named, path, is_named=True)
    return AgentLog(folder.absolute().name, path, is_named=False)


def _device_in(configuration: Path) -> str:
    try:
        return str(tomllib.loads(configuration.read_text(encoding="utf-8")).get("device_id", ""))
    except (OSError, ValueError):
        return ""
