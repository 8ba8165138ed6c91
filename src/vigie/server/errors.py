"""What can go wrong in the server. Each error keeps the failing thing; `api/problems.py` maps it to an HTTP status."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from vigie.domain.arming import OpenZone

_CLOSED = "nobody may try until `vigie pin unlock` is run on the server's machine"


class ServerError(Exception):
    """Root of the server's own errors. Its text is the answer's `detail`: what, where, how to mend.

    `code`: which error it is, for a program. `faults`: where (`loc`) and why (`msg`). `retry_after_s`: when it may go. `more`:
    further members of the problem.
    """

    code: str | None = None
    more: Mapping[str, object] | None = None
    faults: list[dict[str, object]] | None = None
    retry_after_s: float | None = None


class StartError(ServerError):
    """The server cannot start. `vigie server` prints it as one line and exits with 1."""


class AddressUnusable(StartError):
    """The port is taken or the address is not of this machine."""

    def __init__(self, host: str, port: int, reason: str) -> None:
        super().__init__(f"cannot listen on {host}:{port}: {reason}; stop the other program, or choose another --port or --host")
        self.host = host
        self.port = port


class TokenFileUnusable(StartError):
    """A file of `token_files` holds no token, or cannot be read."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"the token file {path} {reason}")
        self.path = path


class CertificateUnusable(StartError):
    """The certificate and its key do not make HTTPS."""

    def __init__(self, certificate: Path, reason: str) -> None:
        super().__init__(f"cannot use the certificate {certificate} with its key: {reason}; `vigie provision` makes both")
        self.certificate = certificate


class DataFolderUnusable(StartError):
    """The data folder cannot be made or written."""

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(f"cannot write the data folder {folder}: {reason}; give it to this user, or set VIGIE_DATA to another")
        self.folder = folder


class DataDiskFull(StartError):
    """The disk has no room to open the database, not even to read it."""

    def __init__(self, where: str) -> None:
        super().__init__(f"no room to open the database {where}; make some on this disk, then start again: nothing is lost")
        self.where = where


class DatabaseUnusable(StartError):
    """The database cannot be opened, read or migrated."""

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(f"cannot use the database {where}: {reason}; restore a backup, or point DATABASE_URL to another one")
        self.where = where


class DatabaseInUse(StartError):
    """Another server has this database open; two writers can corrupt a SQLite file."""

    def __init__(self, where: str) -> None:
        super().__init__(
            f"the database {where} is open in another vigie server; stop that one, or set VIGIE_DATA to another folder"
        )
        self.where = where


class DatabaseTooNew(StartError):
    """The database was written by a later version."""

    def __init__(self, where: str, revision: str) -> None:
        super().__init__(f"the database {where} is of a newer version (revision {revision}); upgrade vigie, or restore a backup")
        self.where = where
        self.revision = revision


class NoDatabase(StartError):
    """There is no database where one was looked for."""

    def __init__(self, where: str) -> None:
        super().__init__(f"there is no database {where}; give --data, --config or VIGIE_DATA of the server, and start it once")
        self.where = where


class DatabaseOfAnother(StartError):
    """A server of another version has the database open."""

    def __init__(self, where: str) -> None:
        super().__init__(f"the database {where} is open in a server of another version; restart that server, then try again")
        self.where = where


class StoreUnavailable(ServerError):
    """The database refused: nothing of the request was stored, the same request may be sent again."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the database refused: {reason}; nothing was stored, send the same request again later")
        self.reason = reason


class ExaminationFailed(ServerError):
    """The doctor has not come to an end."""

    code = "examination_failed"

    def __init__(self, reason: str) -> None:
        super().__init__(f"this machine could not be examined: {reason}; run `vigie doctor` there")
        self.reason = reason


class UnreadableBody(ServerError):
    """A body that is no JSON."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the body is not JSON that can be read: {reason}")


class InvalidEvent(ServerError):
    """A single event that breaks the rules."""

    def __init__(self, faults: list[dict[str, object]]) -> None:
        super().__init__("this is no event; the least that is taken is type, device_id and details")
        self.faults = faults


class ConflictingEvent(ServerError):
    """The id, or the device's stream and seq, is taken by an event with other content."""

    def __init__(self, event_id: str, reason: str) -> None:
        super().__init__(f"event {event_id}: {reason}; it is kept in the quarantine, the stored event stands")
        self.event_id = event_id


class ZonesOpen(ServerError):
    """Zones that would guard are open."""

    code = "zones_open"

    def __init__(self, zones: Sequence[OpenZone]) -> None:
        named = ", ".join(str(zone) for zone in zones)
        super().__init__(f"open: {named}; close them, or arm without them by naming them in bypass")
        self.faults = [{"loc": ["bypass"], "msg": "open", "zone": zone.name, "location": zone.location} for zone in zones]


class PinRequired(ServerError):
    """Somebody has a PIN here, and none was given."""

    code = "pin_required"

    def __init__(self) -> None:
        super().__init__("a PIN is needed for this; nothing was changed")


class PinWrong(ServerError):
    """Nobody has this PIN. `tries`: how many there are before the next wait; `wait_s`: how long that is."""

    code = "pin_wrong"

    def __init__(self, tries: int, wait_s: float) -> None:
        if tries:
            then = f"{tries} more {'try' if tries == 1 else 'tries'} without a wait"
        else:
            then = _CLOSED if math.isinf(wait_s) else f"the next try is possible in {wait_s:g} s"
        super().__init__(f"this PIN is wrong; {then}")
        self.tries = tries
        self.faults = [{"loc": ["pin"], "msg": "wrong", "tries_left": tries}]
        self.retry_after_s = wait_s if tries == 0 and math.isfinite(wait_s) else None


class PinLocked(ServerError):
    """Too many wrong PINs: nobody may try now. `wait_s` is infinite where no waiting helps."""

    code = "pin_locked"

    def __init__(self, wait_s: float) -> None:
        is_closed = math.isinf(wait_s)
        then = _CLOSED if is_closed else f"the next try is possible in {math.ceil(wait_s)} s"
        super().__init__(f"too many wrong PINs: {then}; this one was not looked at")
        self.retry_after_s = None if is_closed else wait_s


class PinTaken(ServerError):
    """Two PINs of a site must not be alike: the PIN alone says who it is."""

    code = "pin_taken"

    def __init__(self) -> None:
        super().__init__("this PIN cannot be had, choose another one; each person's PIN and duress PIN must differ from all others")


class PeopleChangedOften(ServerError):
    """So many PINs were set lately that somebody may be finding out those of others: one that is taken is told apart."""

    code = "people_changed_often"

    def __init__(self, per_hour: int) -> None:
        super().__init__(f"{per_hour} PINs were set in the last hour: wait, or use `vigie pin set` on the server's machine")
        self.retry_after_s = 3600.0


class NameTaken(ServerError):
    """Somebody is called so already."""

    code = "name_taken"

    def __init__(self, name: str) -> None:
        super().__init__(f"{name!r} has a PIN already; PUT /api/people/{name} changes it")
        self.name = name


class UnknownPerson(ServerError):
    """Nobody is called so."""

    code = "unknown_person"

    def __init__(self, name: str) -> None:
        super().__init__(f"nobody is called {name!r}; GET /api/people lists everybody")
        self.name = name


class TooManyPeople(ServerError):
    """Each try is compared with every PIN, so there is a limit."""

    code = "too_many_people"

    def __init__(self, limit: int) -> None:
        super().__init__(f"{limit} people have a PIN, that is the limit; remove somebody first")
        self.limit = limit


class PeopleChanged(ServerError):
    """The people are not those any more that this change was made for."""

    code = "people_changed"

    def __init__(self) -> None:
        super().__init__("the list of people was changed by somebody else at the same moment; send the same request again")


class BatchTooLong(ServerError):
    """A list of too many events."""

    def __init__(self, length: int, limit: int) -> None:
        super().__init__(f"a list of {length} events, the limit is {limit}; send it in parts")


class UnknownDevice(ServerError):
    """A device that has never been heard of."""

    def __init__(self, device_id: str) -> None:
        super().__init__(f"no device {device_id!r} has ever been heard of; GET /api/devices lists the known ones")
        self.device_id = device_id


class NoSuchPart(ServerError):
    """A device without the part that a command moves."""

    def __init__(self, device_id: str, part: str, capabilities: tuple[str, ...]) -> None:
        known = ", ".join(capabilities) or "none announced"
        super().__init__(f"device {device_id!r} has no {part}; it has: {known}")
        self.device_id = device_id
        self.part = part


class UnknownAlert(ServerError):
    """An alert that was never opened."""

    def __init__(self, alert_id: int) -> None:
        super().__init__(f"no alert {alert_id}; GET /api/alerts lists them")
        self.alert_id = alert_id


class DeviceUnreachable(ServerError):
    """A device that cannot take a command now."""

    def __init__(self, device_id: str, state: str) -> None:
        super().__init__(f"device {device_id!r} is {state}, so it would not get the command; check its power and its network")
        self.device_id = device_id
        self.state = state


class CommandRefused(ServerError):
    """The device got the command and refused it."""

    def __init__(self, device_id: str, command: str, reason: str | None) -> None:
        super().__init__(f"device {device_id!r} refused the {command} command: {reason or 'no reason given'}")
        self.device_id = device_id


class CommandUnanswered(ServerError):
    """No result came in time, or the device found the command stale; whether it was carried out is not known for the former."""

    def __init__(self, device_id: str, command: str, reason: str) -> None:
        super().__init__(f"no result of the {command} command from device {device_id!r}: {reason}")
        self.device_id = device_id


class SecretsBusy(ServerError):
    """So many passwords or PINs are being looked at that the machine has no room for one more."""

    code = "secrets_busy"

    def __init__(self) -> None:
        super().__init__("too many passwords are tried at this moment; try again in a few seconds")
        self.retry_after_s = 5.0


class NoBridge(ServerError):
    """Nobody can carry a command to the broker."""

    def __init__(self, reason: str = "no bridge is connected; start one with vigie bridge and this server as BACKEND_URL") -> None:
        super().__init__(reason)


class ForeignOrigin(ServerError):
    """A page of another site sent this request."""

    def __init__(self, origin: str, host: str) -> None:
        super().__init__(f"a page of {origin} may not change anything on {host}")


class ForeignHost(ServerError):
    """A `Host` that is not this machine's, although the server listens on loopback only (DNS rebinding)."""

    def __init__(self, host: str) -> None:
        super().__init__(f"this server answers to localhost only, not to {host!r}; --host opens it to other names")


class BodyTooLarge(ServerError):
    """A body above the limit."""

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(f"the body is larger than {limit_bytes} bytes; send it in parts")
