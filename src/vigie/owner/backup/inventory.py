"""What there is to back up: the databases, configuration, secrets and recordings of the programs whose folders are here."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from vigie.agent.camera_address import TOKEN_FILE
from vigie.agent.last_good import FILE_NAME as LAST_GOOD
from vigie.agent.settings import data_folder
from vigie.owner import places
from vigie.owner.backup.archive import is_safe
from vigie.owner.backup.manifest import Kind, Program
from vigie.protocol.topics import is_device_id
from vigie.runtime.config import ConfigError

_STATE = {Program.AGENT: ("views.json", "views/*"), Program.BRIDGE: ("bridge-mode.json",), Program.SERVER: (), Program.HOUSE: ()}
_SECRETS = {Program.AGENT: (TOKEN_FILE,), Program.BRIDGE: (), Program.SERVER: (), Program.HOUSE: ("secrets/*",)}
_RECORDINGS = {
    Program.AGENT: ("media/*",),
    Program.BRIDGE: (),
    Program.SERVER: ("recordings/*", "stills/*"),
    Program.HOUSE: (),
}
_IN_ORDER = (Program.BRIDGE, Program.SERVER, Program.AGENT)
_UNFINISHED = {".part", ".new"}
_CERTIFICATES = {".crt", ".pem", ".cer"}
_DEVICES = "devices"
"""In a site's folder (`deploy/site.py`): the files of each Pi."""
_PRIVATE = b"PRIVATE KEY"


@dataclass(frozen=True, slots=True)
class Item:
    """A file of this machine, and its path in the backup."""

    path: str
    source: Path
    kind: Kind
    device_id: str | None = None


@dataclass(slots=True)
class Inventory:
    """`roots`: the folders that were looked in. Databases come in the order in which they must be copied."""

    roots: list[Path]
    layout: Literal["house", "program"] = "house"
    items: list[Item] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    _taken: set[str | Path] = field(default_factory=set)

    def add(self, path: str, source: Path, kind: Kind, device_id: str | None = None) -> None:
        """Keeps it under a name that every archive may have; what has none is said to be left out."""
        real = source.resolve()
        if path in self._taken or real in self._taken:
            return
        self._taken |= {path, real}
        if is_safe(path):
            self.items.append(Item(path, source, kind, device_id))
        else:
            self.left_out.append(f"{source}: its name has other letters than a-z, 0-9 and ._-+=@, or is too long")

    @property
    def devices(self) -> tuple[str, ...]:
        """Of which something is here."""
        return tuple(sorted({item.device_id for item in self.items if item.device_id}))


def take(data: Path | None, configs: Iterable[Path], environ: Mapping[str, str]) -> Inventory:
    """All of this machine, or of `data`. Raises `ConfigError` where there is nothing, or a folder cannot be looked into."""
    documents = {config: _documents(config) for config in configs}
    named = [document for docs in documents.values() for document in docs.values()]
    if urls := [str(document["database_url"]) for document in named if document.get("database_url")]:
        environ = {**environ, "DATABASE_URL": urls[0]}
    found = [places.find(root, environ) for root in _roots(data, named, environ)]
    inventory = Inventory([place.root for place in found])
    for place in found:
        _add_databases(inventory, place)
    if not inventory.items and not documents:
        raise ConfigError(str(found[0].root), "there is no data of Vigie; name its folder with --data, or its files with --config")
    # An event on its way goes from the spool to the server: copied in this order it is in one of them. And a log that is
    # copied after its server knows no less than it, so that it sends again what the server lacks.
    inventory.items.sort(key=lambda item: _IN_ORDER.index(Program(item.path.partition("/")[0])))
    folders = {item.source.parent: item for item in inventory.items}
    for folder, item in folders.items():
        _add_program(inventory, folder, item.path.rpartition("/")[0], item.device_id)
    for place in found:
        if place.database is not None and place.database.parent != place.root:  # its recordings are in the data folder
            _add_matching(inventory, place.root, Program.SERVER, Program.SERVER, None)
        if (place.root / "up.lock").exists():
            _add_matching(inventory, place.root, "house", Program.HOUSE, None)
    if len(folders) == 1 and next(iter(folders)) == inventory.roots[0]:
        inventory.layout = "program"
    for config, docs in documents.items():
        _add_config(inventory, config, docs)
    if "://" in (url := environ.get("DATABASE_URL", "")) and not url.startswith("sqlite:"):
        inventory.left_out.append("the history in the database server of DATABASE_URL: use its own tools, e.g. pg_dump")
    return inventory


def _roots(data: Path | None, documents: list[dict[str, Any]], environ: Mapping[str, str]) -> list[Path | None]:
    """`data`; else the data folders that the configuration files name, else the usual one (None)."""
    if data is not None:
        return [data]
    named: list[Path] = []
    for values in documents:
        device_id = str(values.get("device_id") or "")
        if values.get("data_dir"):
            named.append(Path(str(values["data_dir"])).expanduser())
        elif is_device_id(device_id) and not environ.get("VIGIE_DATA"):
            named.append(data_folder(None, device_id))
    return list(dict.fromkeys(folder for folder in named if folder.is_dir())) or [None]


def _add_databases(inventory: Inventory, found: places.Places) -> None:
    if found.database is not None:
        inventory.add(f"{Program.SERVER}/{places.DATABASE_NAME}", found.database, Kind.DATABASE)
    if found.spool is not None:
        inventory.add(f"{Program.BRIDGE}/{places.SPOOL_NAME}", found.spool, Kind.DATABASE)
    for log in found.logs:
        inventory.add(f"{Program.AGENT}/{log.device_id}/{places.LOG_NAME}", log.path, Kind.DATABASE, log.device_id)


def _add_program(inventory: Inventory, folder: Path, prefix: str, device_id: str | None) -> None:
    program = Program(prefix.partition("/")[0])
    for config in sorted(folder.glob("*.toml")):
        if config.name != LAST_GOOD:  # made again at the next start
            inventory.add(f"{prefix}/{config.name}", config, Kind.CONFIGURATION, device_id)
    _add_matching(inventory, folder, prefix, program, device_id)


def _add_matching(inventory: Inventory, folder: Path, prefix: str, program: Program, device_id: str | None) -> None:
    patterns = {Kind.CONFIGURATION: _STATE, Kind.SECRET: _SECRETS, Kind.RECORDING: _RECORDINGS}
    for kind, by_program in patterns.items():
        for pattern in by_program[program]:
            for path in _files(folder, pattern):
                inventory.add(f"{prefix}/{path.relative_to(folder).as_posix()}", path, kind, device_id)


def _files(folder: Path, pattern: str) -> Iterator[Path]:
    for path in sorted(folder.glob(pattern)):
        if path.is_file() and not path.is_symlink() and path.suffix not in _UNFINISHED and not path.name.startswith("."):
            yield path


def _documents(config: Path) -> dict[Path, dict[str, Any]]:
    """The TOML files that `config` is or holds, read leniently: at night a broken file must not keep a backup from being made."""
    if not config.exists():
        raise ConfigError(str(config), "no such file; check --config")
    paths = [path for path in sorted(config.rglob("*.toml")) if path.name != LAST_GOOD] if config.is_dir() else [config]
    return {path: _read(path) for path in paths}


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(str(path), f"cannot be read: {error.strerror}") from error
    except ValueError:
        return {}


def _add_config(inventory: Inventory, config: Path, documents: Mapping[Path, dict[str, Any]]) -> None:
    """A file, or a folder with all that is in it; and what the files name: keys, certificates, passwords."""
    owners = {
        path.parent: str(values["device_id"]) for path, values in documents.items() if is_device_id(str(values.get("device_id")))
    }
    base = config.resolve().parent
    within = [path for path in sorted(config.rglob("*")) if path.is_file()] if config.is_dir() else [config]
    for path in within:
        if path.name == LAST_GOOD or path.suffix == ".lock":
            continue
        kind = Kind.CONFIGURATION if path in documents or _is_certificate(path) else Kind.SECRET
        relative = path.resolve().relative_to(base) if path.resolve().is_relative_to(base) else Path(path.name)
        inventory.add(f"{Program.CONFIG}/{relative.as_posix()}", path, kind, owners.get(path.parent))
    for path, values in documents.items():
        if _DEVICES in path.relative_to(config.parent).parts:
            continue  # what is named there are files of another machine
        for named in _named_files(values):
            kind = Kind.CONFIGURATION if _is_certificate(named) else Kind.SECRET
            inventory.add(f"{Program.CONFIG}/{named.name}", named, kind, owners.get(path.parent))


def _named_files(value: Any, key: str = "") -> Iterator[Path]:
    """Files that a configuration names: `*_file`, `tls_*`, those of `token_files`."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _named_files(inner, "token_file" if key == "token_files" else name)
    elif isinstance(value, str) and value and (key.endswith("_file") or "tls_" in key):
        path = Path(value).expanduser()
        if path.is_file():
            yield path


def _is_certificate(path: Path) -> bool:
    """Whether it is one, and no key beside it in the same file."""
    try:
        return path.suffix in _CERTIFICATES and _PRIVATE not in path.read_bytes()
    except OSError:
        return False
