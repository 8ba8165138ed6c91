"""Where the broker is and how to be let in: `MQTT_BROKER` and its companions."""

import ssl
from pathlib import Path
from typing import Literal, Self
from urllib.parse import SplitResult, unquote, urlsplit

from pydantic import Field, field_validator

from vigie.runtime.config import ConfigError, Settings

ENV_KEYS = {
    "MQTT_BROKER": "broker.url",
    "MQTT_USERNAME": "broker.username",
    "MQTT_PASSWORD": "broker.password",
    "MQTT_PASSWORD_FILE": "broker.password_file",
    "MQTT_TLS_CA": "broker.tls_ca",
    "MQTT_TOOL_USERNAME": "broker.tool_username",
    "MQTT_PROTOCOL": "broker.protocol",
}


class BrokerSettings(Settings):
    """`url` is a host, host:port, or mqtt[s]://[user:password@]host[:port]. With `tls_ca` the connection is TLS.

    `tool_username`: as whom `vigie mode` and `vigie doctor` connect, with the same password, where a broker lets each user in
    once: as `username` they would throw out the agent or bridge that runs beside them.
    """

    url: str = "localhost"
    username: str | None = None
    tool_username: str | None = None
    password: str | None = Field(None, repr=False)
    password_file: Path | None = None
    tls_ca: Path | None = None
    protocol: Literal["auto", "5", "3.1.1"] = "auto"
    keepalive_s: int = Field(15, ge=5, le=600)

    @field_validator("url")
    @classmethod
    def _parses(cls, url: str) -> str:
        if not _split(url).hostname:
            raise ValueError("no host; expected host, host:port or mqtt://host:port")
        _ = _split(url).port  # raises when it is no number
        return url

    @field_validator("password_file", "tls_ca")
    @classmethod
    def _can_be_read(cls, path: Path | None) -> Path | None:
        try:
            if path is not None:
                path.read_bytes()
        except OSError as error:
            raise ValueError(f"cannot be read: {error.strerror}") from error
        return path

    @property
    def host(self) -> str:
        """Name or address of the broker's machine."""
        return _split(self.url).hostname or ""

    @property
    def port(self) -> int:
        """1883, or 8883 with TLS, where none is given."""
        return _split(self.url).port or (8883 if self.uses_tls else 1883)

    @property
    def uses_tls(self) -> bool:
        """Whether the connection is encrypted."""
        return _split(self.url).scheme == "mqtts" or self.tls_ca is not None

    def credentials(self) -> tuple[str, str | None] | None:
        """User name and password, from the settings, the password file or the URL; None for an anonymous connection.

        Raises `ConfigError` when the password file can no longer be read: it may be changed under a running program.
        """
        address = _split(self.url)
        username = self.username or (unquote(address.username) if address.username else None)
        if username is None:
            return None
        if self.password is not None:
            return username, self.password
        if self.password_file is not None:
            try:
                return username, self.password_file.read_text(encoding="utf-8").rstrip("\n")
            except OSError as error:
                raise ConfigError("MQTT_PASSWORD_FILE", f"cannot be read: {error}") from error
        return username, unquote(address.password) if address.password else None

    def for_tools(self) -> Self:
        """The same for who runs beside an agent or a bridge, for a moment."""
        return self if self.tool_username is None else self.model_copy(update={"username": self.tool_username})

    def tls(self) -> ssl.SSLContext | None:
        """How to check the broker's certificate; None for a plain connection. Raises `ConfigError` for what is no certificate."""
        if not self.uses_tls:
            return None
        try:
            return ssl.create_default_context(cafile=self.tls_ca)
        except OSError as error:
            raise ConfigError("MQTT_TLS_CA", f"{self.tls_ca} is no certificate that can be used: {error}") from error


def _split(url: str) -> SplitResult:
    parts = urlsplit(url if "://" in url else f"mqtt://{url}")
    if parts.scheme not in ("mqtt", "mqtts"):
        raise ValueError(f"{parts.scheme}:// is no MQTT address; expected mqtt:// or mqtts://")
    return parts
