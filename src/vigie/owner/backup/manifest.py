"""The manifest: the last file of a backup. It says what every other one is; a backup without it was cut off."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from vigie.owner.backup.archive import MANIFEST, is_safe
from vigie.owner.backup.errors import NoBackup

FORMAT = 1
MAX_BYTES = 256 * 1024 * 1024


class Kind(StrEnum):
    """What a file is to its program."""

    DATABASE = "database"
    CONFIGURATION = "configuration"
    SECRET = "secret"  # noqa: S105 - a word
    RECORDING = "recording"


class Program(StrEnum):
    """Whose file it is. `house`: of `vigie up` itself; `config`: was named with `--config`."""

    SERVER = "server"
    BRIDGE = "bridge"
    AGENT = "agents"
    HOUSE = "house"
    CONFIG = "config"


class Entry(BaseModel):
    """A file. `is_packed` is false for a recording of which only the hash is here. `schema_version`: of a database."""

    model_config = ConfigDict(frozen=True)

    path: str
    kind: Kind
    size: int = Field(ge=0)
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    was: str
    device_id: str | None = None
    schema_version: str | None = None
    is_packed: bool = True

    @property
    def program(self) -> Program:
        """By its first folder."""
        return Program(self.path.partition("/")[0])


class Manifest(BaseModel):
    """`layout`: `program` where all of it is of one program whose folder was backed up by itself, else `house`."""

    model_config = ConfigDict(frozen=True)

    format: int = FORMAT
    vigie: str
    made_at: AwareDatetime
    host: str
    layout: Literal["house", "program"]
    has_secrets: bool
    devices: tuple[str, ...] = ()
    files: tuple[Entry, ...]
    left_out: tuple[str, ...] = ()


class _Format(BaseModel):
    format: int


def read_manifest(text: bytes) -> Manifest:
    """Raises `NoBackup`, also for a later format."""
    try:
        newer = _Format.model_validate_json(text).format
        if newer > FORMAT:
            raise NoBackup(f"a later version of Vigie has made it (format {newer}, this one knows {FORMAT}): install that one")
        manifest = Manifest.model_validate_json(text)
        programs = [entry.program for entry in manifest.files]
    except (ValidationError, ValueError) as error:
        raise NoBackup(f"its manifest cannot be read: {str(error).splitlines()[0]}") from error
    paths = [entry.path for entry in manifest.files]
    if len(set(paths)) < len(paths) or not all(map(is_safe, paths)) or MANIFEST in paths:
        raise NoBackup("its manifest names files as no backup does")
    if manifest.layout == "program" and len(set(programs) - {Program.CONFIG}) > 1:
        raise NoBackup("its manifest says that it is of one program, and names several")
    return manifest
