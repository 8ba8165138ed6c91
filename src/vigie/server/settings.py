"""The server's settings, read by `runtime/config.py` from TOML and the environment."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from vigie.domain.access import Scope
from vigie.runtime.config import Settings

ENV_KEYS = {
    "DATABASE_URL": "database_url",
    "VIGIE_DATA": "data_dir",
    "VIGIE_MODE_KEY_FILE": "mode_key_file",
    "VIGIE_INGEST_TOKEN_FILE": "token_files.ingest",
    "VIGIE_VIEWER_TOKEN_FILE": "token_files.viewer",
}


class RecordingSettings(Settings):
    """The room for recordings and stills. Whatever limit is reached first, the oldest go; what is locked stays."""

    max_bytes: int = Field(20 * 1000**3, ge=10 * 1000**2)
    max_days: float = Field(30, gt=0, le=36500)
    min_free_bytes: int = Field(500 * 1000**2, ge=0)


class ServerSettings(Settings):
    """Where the server listens and where it keeps its data.

    `database_url`: a SQLite path, `sqlite:///…` or `postgresql+psycopg://…`; `vigie.db` in `data_dir` where it is not given.
    `mode_key_file`: the key with which changes of the mode are signed, on a site that names its writers. `token_files`: tokens
    of programs on this machine, good as long as the server runs. With `tls_certificate` (all of its chain) and `tls_key` it
    speaks HTTPS. New Pis are taken in where there are both `enrol_socket`, at which `vigie enrol` signs, and `enrol_authority`,
    the certificate of the site's authority; `enrol_hub`: how they call this machine.
    """

    host: str = "127.0.0.1"
    port: int = Field(8000, ge=0, le=65535)
    database_url: str | None = None
    data_dir: Path = Path("vigie-data")
    mode_key_file: Path | None = None
    token_files: dict[Scope, Path] = Field(default_factory=dict)
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    enrol_socket: Path | None = None
    enrol_authority: Path | None = None
    enrol_hub: str | None = None
    recordings: RecordingSettings = RecordingSettings()
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @model_validator(mode="after")
    def _has_both(self) -> Self:
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("tls_certificate and tls_key go together: give both, or neither")
        return self

    @property
    def store_url(self) -> str:
        """The database as SQLAlchemy wants it."""
        if not self.database_url:
            return f"sqlite:///{self.data_dir / 'vigie.db'}"
        if "://" in self.database_url:
            return self.database_url
        return f"sqlite:///{self.database_url}"

    @property
    def on_loopback(self) -> bool:
        """Whether only this machine can reach the server."""
        return self.host in {"localhost", "::1"} or self.host.startswith("127.")
