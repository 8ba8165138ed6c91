"""Where the broker is and how to be let in: `MQTT_BROKER` and its companions."""

from pathlib import Path
from typing import Literal, Self
from urllib.parse import SplitResult, unquote, urlsplit

from pydantic import Field, model_validator

from vigie.runtime.config import ConfigError, Settings

ENV_KEYS = {
    "MQTT_BROKER": "broker.url",
    "MQTT_USERNAME": "broker.username",
    "MQTT_PASSWORD": "broker.password",
    "MQTT_PASSWORD_FILE": "broker.password_file",
    "MQTT_TLS_CA": "broker.tls_ca",
    "MQTT_PROTOCOL": "broker.protocol",
}


class BrokerSettings(Settings):
    """`url` is a host, host:port, or mqtt[s]://[user:password@]host[:port]. With `tls_ca` the connection is TLS."""

    url: str = "localhost"
    username: str | None = None
    password: str | None = Field(None, repr=False)
    password_file: Path | None = None
    tls_ca: Path | None = None
    protocol: Literal["auto", "5", "3.1.1"] = "auto"
    keepalive_s: int = Field(15, ge=5, le=600)

    @model_validator(mode="after")
    def _parses(self) -> Self:
        _ = self.host, self.port
        return self

    @property
    def host(self) -> str:
        """Name or address of the broker's machine."""
        host = self._split.hostname
        if not host:
            raise ValueError(f"no host in {self.url!r}; expected host, host:port or mqtt://host:port")
        return host

    @property
    def port(self) -> int:
        """1883, or 8883 with TLS, where none is given."""
        return self._split.port or (8883 if self.uses_tls else 1883)

    @property
    def uses_tls(self) -> bool:
        """Whether the connection is encrypted."""
        return self._split.scheme == "mqtts" or self.tls_ca is not None

    @property
    def _split(self) -> SplitResult:
        text = self.url if "://" in self.url else f"mqtt://{self.url}"
        parts = urlsplit(text)
        if parts.scheme not in ("mqtt", "mqtts"):
            raise ValueError(f"{parts.scheme}:// is no MQTT address; expected mqtt:// or mqtts://")
        return parts

    def credentials(self) -> tuple[str, str | None] | None:
        """User name and password, from the settings, the password file or the URL; None for an anonymous connection.

        Raises `ConfigError` when the password file cannot be read.
        """
        username = self.username or (unquote(self._split.username) if self._split.username else None)
        if username is None:
            return None
        if self.password is not None:
            return username, self.password
        if self.password_file is not None:
            try:
                return username, self.password_file.read_text(encoding="utf-8").rstrip("\n")
            except OSError as error:
                raise ConfigError("MQTT_PASSWORD_FILE", f"cannot be read: {error}") from error
        return username, unquote(self._split.password) if self._split.password else None
