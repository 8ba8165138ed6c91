"""The bridge's settings, read by `runtime/config.py` from TOML and the environment."""

import ssl
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator

from vigie.runtime.broker_url import ENV_KEYS as BROKER_ENV_KEYS
from vigie.runtime.broker_url import BrokerSettings
from vigie.runtime.config import ConfigError, Settings
from vigie.runtime.mode_keys import SiteSettings
from vigie.runtime.site_tls import trusting

ENV_KEYS = {
    **BROKER_ENV_KEYS,
    "BACKEND_URL": "backend_url",
    "BACKEND_TOKEN": "backend_token",
    "BACKEND_TOKEN_FILE": "backend_token_file",
    "BACKEND_TLS_CA": "backend_tls_ca",
    "VIGIE_DATA": "data_dir",
}


class BridgeSettings(Settings):
    """Both sides of the bridge, and the folder with its spool.

    `backend_tls_ca`: who has signed the server's certificate, where this machine does not know them. `pis_tls_ca`: whose
    certificates a Pi's camera must have; with it none is asked for pictures over plain HTTP.
    `bridge_id` is also the MQTT client id: the broker keeps the session under it, so it must be unique on the broker.
    """

    broker: BrokerSettings = BrokerSettings()
    site: SiteSettings = SiteSettings()
    backend_url: str = "http://localhost:8000"
    backend_token: str | None = Field(None, repr=False)
    backend_token_file: Path | None = None
    backend_tls_ca: Path | None = None
    pis_tls_ca: Path | None = None
    data_dir: Path = Path("vigie-data")
    bridge_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")] = "vigie-bridge"
    spool_max_bytes: int = Field(1024**3, ge=1024**2)
    batch_items: int = Field(1000, ge=1, le=1000)
    batch_bytes: int = Field(1024 * 1024, ge=128 * 1024, le=8 * 1024 * 1024)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @field_validator("backend_url")
    @classmethod
    def _is_http(cls, url: str) -> str:
        scheme, separator, rest = url.partition("://")
        if scheme not in ("http", "https") or not separator or not rest.strip("/"):
            raise ValueError("expected http://HOST:PORT or https://HOST")
        return url.rstrip("/")

    def pis_tls(self) -> ssl.SSLContext | None:
        """How to check the Pis' certificates; None where they need none. Raises `ConfigError`."""
        return _trusting("pis_tls_ca", self.pis_tls_ca)

    def backend_tls(self) -> ssl.SSLContext | None:
        """How to check the server's certificate; None: as any program does. Raises `ConfigError`."""
        return _trusting("backend_tls_ca", self.backend_tls_ca)

    def token(self) -> str | None:
        """The token that the server knows us by; raises `ConfigError` when its file cannot be read."""
        if self.backend_token is not None or self.backend_token_file is None:
            return self.backend_token
        try:
            return self.backend_token_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError("BACKEND_TOKEN_FILE", f"cannot be read: {error}") from error


def _trusting(key: str, authority: Path | None) -> ssl.SSLContext | None:
    if authority is None:
        return None
    try:
        return trusting(authority)
    except OSError as error:
        raise ConfigError(key, f"{authority} is no certificate that can be used: {error}") from error
