"""What a site consists of, as its folder's `site.json` holds it: names, users, who may set the mode. No secret but the hashes."""

from datetime import datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from vigie.protocol.events import DeviceId, explain

FILE_NAME = "site.json"
PAGE_PORT = 8000
_LABEL_MAX = 253


class SiteUnreadable(Exception):
    """The folder holds no site, or one that cannot be read."""


def host_name(text: str) -> str:
    """A DNS name or an IP address, as a certificate may bear it. Raises `ValueError`."""
    try:
        return str(ip_address(text))
    except ValueError:
        labels = text.lower().rstrip(".").split(".")
        is_name = all(label.replace("-", "").isalnum() and label.isascii() and label[0] != "-" for label in labels if label)
        if not text or len(text) > _LABEL_MAX or not all(labels) or not is_name:
            raise ValueError(f"{text!r} is neither a host name nor an IP address") from None
        return ".".join(labels)


Host = Annotated[str, AfterValidator(host_name)]


def _from_root(path: Path) -> Path:
    if not path.is_absolute():
        raise ValueError("a path from the root on is expected: it is on another machine")
    return path


class DeviceRecord(BaseModel):
    """A machine with an agent, or a sensor of a third party. `etc`: where its files are on that machine. `machine`: the
    machine-id of the one that was deployed to.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    etc: Annotated[Path, AfterValidator(_from_root)] = Path("/etc/vigie")
    camera: Literal["picamera2", "v4l2", "synthetic"] | None = None
    key_switch: bool = False
    machine: str | None = None


class SiteRecord(BaseModel):
    """`hub`: how the machine with the broker is called, the first one by the Pis. `listen` is empty for every address.

    `broker_user` is who Mosquitto runs as. `users`: broker user -> hash of its password. `mode_writers`: name -> public key.
    `installed_at`: the broker's own configuration file, which is kept the same. `page`: how the machine with the server is called,
    where that is not the hub.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    hub: tuple[Host, ...] = Field(min_length=1, max_length=50)
    tls_port: int = Field(8883, ge=1, le=65535)
    local_port: int = Field(1883, ge=1, le=65535)
    listen: Literal[""] | Host = ""
    broker_user: str = Field(pattern=r"^[a-z_][a-z0-9_-]{0,31}$")
    installed_at: Path | None = None
    page: tuple[Host, ...] = Field((), max_length=50)
    users: dict[str, str] = Field(default_factory=dict)
    devices: dict[DeviceId, DeviceRecord] = Field(default_factory=dict)
    revoked: dict[DeviceId, datetime] = Field(default_factory=dict)
    mode_writers: dict[str, str] = Field(default_factory=dict)

    @property
    def broker_url(self) -> str:
        """What the Pis are told."""
        host = _in_url(self.hub[0])
        return f"mqtts://{host}" if self.tls_port == 8883 else f"mqtts://{host}:{self.tls_port}"

    @property
    def hub_names(self) -> tuple[str, ...]:
        """Every name and address that the hub's certificates are for."""
        return tuple(dict.fromkeys((*self.hub, "localhost", "127.0.0.1", "::1")))

    @property
    def page_url(self) -> str:
        """Where the server is, for the programs of the hub."""
        return f"https://{_in_url(self.page[0]) if self.page else '127.0.0.1'}:{PAGE_PORT}"

    @property
    def page_names(self) -> tuple[str, ...]:
        """Every name and address that the page's certificate is for."""
        return tuple(dict.fromkeys((*self.page, "localhost", "127.0.0.1", "::1"))) if self.page else self.hub_names

    def as_file(self) -> bytes:
        """For `read_record`."""
        return self.model_dump_json(indent=1).encode() + b"\n"


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def read_record(folder: Path) -> SiteRecord | None:
    """The site in `folder`; None where there is none yet. Raises `SiteUnreadable`."""
    path = folder / FILE_NAME
    try:
        return SiteRecord.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SiteUnreadable(f"{path} cannot be read: {error.strerror}; run it as the user who made it (sudo)") from error
    except ValidationError as error:
        raise SiteUnreadable(f"{path} is no site of this version: {explain(error)}") from error
