"""The shapes of the HTTP answers: what OpenAPI, the dashboard's generated types and `docs/reference/http.md` rest on."""

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field

from vigie.protocol.events import StoredEvent
from vigie.protocol.states import MAX_BYPASS, DeviceStatus, Heartbeat, Mode, ModeRecord, ZoneName
from vigie.protocol.times import Timestamp
from vigie.protocol.topics import DEVICE_PATTERN

NOBODY = "dashboard"
"""Who has changed the mode where no PIN says it."""


def _is_free(name: str) -> str:
    if name == NOBODY:
        raise ValueError(f"{NOBODY!r} stands for the page without a PIN; choose another name")
    return name


PIN_PATTERN = r"^[0-9]{4,12}$"
Pin = Annotated[str, Field(pattern=PIN_PATTERN, json_schema_extra={"writeOnly": True})]
"""4 to 12 digits."""
PersonName = Annotated[str, Field(pattern=DEVICE_PATTERN), AfterValidator(_is_free)]
"""As a device's; `dashboard` stands for whoever needed no PIN."""


class Problem(BaseModel):
    """An error, as RFC 9457 wants it (`application/problem+json`). `detail` says what happened and how to mend it."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    instance: str | None = None
    code: str | None = Field(None, description="Which problem this is, for a program: `pin_required`, `zones_open`, …")
    errors: list[dict[str, Any]] | None = Field(
        None,
        description="For 422: where (`loc`) and why (`msg`). For `zones_open`: each `zone` and its `location`. For `pin_wrong`: "
        "`tries_left` before the next wait, which is then the Retry-After.",
    )
    offset: int | None = Field(None, description="For `wrong_offset` and `wrong_hash`: the next byte that is wanted.")
    state: str | None = Field(None, description="For these: of the clip or still, as in `MediaOffset`.")


class Cursor(BaseModel):
    """Every event of this device's stream up to `through_seq` is committed; `event_id` is that of the event there, if one is."""

    device_id: str
    stream_id: str
    through_seq: int
    event_id: str | None = None


class BatchResult(BaseModel):
    """What became of a batch. Each item is accepted, a duplicate or quarantined: never silently dropped."""

    accepted: int
    duplicates: int
    quarantined: int
    cursors: list[Cursor]


class EventPage(BaseModel):
    """`next` is the cursor to go on with (as `before` or `after`, whichever was asked); null at the end."""

    events: list[StoredEvent]
    next: int | None


class HourCount(BaseModel):
    """How many events of a device and a type happened in the hour that starts at `hour`."""

    hour: Timestamp
    device_id: str
    type: str
    count: int


class HourCounts(BaseModel):
    """Events per hour, oldest hour first; hours without events are absent."""

    hours: list[HourCount]


class StreamLedger(BaseModel):
    """One event log of a device: `accepted` = `stored` + `dropped` + `quarantined` + `missing`."""

    stream_id: str
    accepted: int | None = Field(None, description="The Pi's newest seq in this log, from its last heartbeat.")
    stored: int = Field(description="Events of this log that are stored.")
    dropped: int = Field(0, description="Given up by the Pi for want of room, as its `gap` events say.")
    quarantined: int = Field(0, description="Numbers of this log whose content is in the quarantine.")
    missing: int | None = Field(None, description="null while no heartbeat has said how far the log goes.")
    late: int = 0
    through_seq: int = Field(description="Accounted for without a hole up to here.")
    last_proof_at: Timestamp | None = None


class Ledger(BaseModel):
    """The proof of completeness of one device: what its Pi has accepted against what is stored here.

    The figures are sums over all of its logs (a card that was replaced began a new one); `stream_id` and `through_seq`
    are the present log's. `missing` is null while no heartbeat has said how far a log goes.
    """

    device_id: str
    stream_id: str | None = None
    accepted: int | None = Field(None, description="How many events the Pi has accepted, by its heartbeats.")
    stored: int = Field(description="How many of them are stored; without a log, how many events came from this device.")
    dropped: int = Field(0, description="Given up by the Pi for want of room, as its `gap` events say.")
    through_seq: int = Field(description="Of the present log: accounted for without a hole up to here.")
    missing: int | None = None
    late: int = 0
    quarantined: int = Field(0, description="Items of this device in the quarantine, with and without a number of a log.")
    last_proof_at: Timestamp | None = None
    streams: list[StreamLedger] = Field(default_factory=list, description="Log by log, the newest first, at most 20.")


class QuarantinedItem(BaseModel):
    """Something that was received but is no event: kept with the reason, up to 4 KiB of it and the newest 10,000 of them."""

    id: int
    received_at: Timestamp
    device_id: str | None = None
    topic: str | None = None
    reason: str
    payload: str = Field(description="As text; bytes that are no UTF-8 are escaped.")
    payload_bytes: int = Field(description="How long it was in full.")


class QuarantineList(BaseModel):
    """`GET /api/quarantine`, newest first."""

    items: list[QuarantinedItem]


class LedgerList(BaseModel):
    """`GET /api/ledger`."""

    devices: list[Ledger]


DeviceState = Literal["online", "silent", "offline", "unknown"]


class Trouble(BaseModel):
    """Something that needs a hand: a stable `code` that the dashboard translates, and the details in English."""

    code: str
    detail: str


class Device(BaseModel):
    """A device as the server knows it.

    `state`: `online` needs a heartbeat younger than 30 s, `silent` says online but is not heard, `offline` has said
    so itself or by its last will, `unknown` has never sent a status (a third party's sensor).
    """

    device_id: str
    state: DeviceState
    status: DeviceStatus | None = None
    heartbeat: Heartbeat | None = None
    heartbeat_at: Timestamp | None = None
    heartbeat_age_s: float | None = None
    capabilities: list[str] = Field(default_factory=list, description="Sensor names, and `servo`, `siren`, `camera`.")
    states: dict[str, dict[str, Any]] = Field(default_factory=dict, description="Part -> its retained state payload.")
    health: list[Trouble] = Field(default_factory=list)
    ledger: Ledger
    last_event: StoredEvent | None = None


class DeviceList(BaseModel):
    """`GET /api/devices`."""

    devices: list[Device]


class Alert(BaseModel):
    """An alarm of a Pi, or a third party's detection while the site was guarded: one alert per event; the dashboard groups
    them per sensor. `mode` is then that of the Pi's decision, else the site's when the alert was opened.

    `device_silent`, `bridge_silent` (sensor `heartbeat`): not heard for 45 s while the site was guarded, one per absence.
    `event_conflict`, in any mode: two different events of the device bear one id or one number of its log, once per device
    until it is acknowledged; `event_id` is then the newcomer's key in the quarantine.
    `pin_failed`: wrong PINs, so many that there is a wait; `duress`: a duress PIN. These are of the device `server`; `event_id`
    is no event's. `silent`: not to be shown where somebody standing by would see it.
    """

    id: int
    event_id: str
    device_id: str
    sensor: str
    type: str
    location: str = ""
    mode: Mode
    late: bool = False
    occurred_at: Timestamp
    opened_at: Timestamp
    state: Literal["open", "acknowledged"]
    acknowledged_at: Timestamp | None = None
    acknowledged_by: str | None = None
    silent: bool = False


class AlertList(BaseModel):
    """`GET /api/alerts`, newest first."""

    alerts: list[Alert]


class ModeChange(BaseModel):
    """`PUT /api/mode`. `bypass`: zones that shall not guard until the site is disarmed, e.g. because they are open."""

    mode: Mode
    pin: Pin | None = Field(None, description="Of anybody: it says who changes the mode.")
    bypass: tuple[ZoneName, ...] = Field((), max_length=MAX_BYPASS)


class ModeState(ModeRecord):
    """`GET /api/mode`. `known` is false until a bridge has reported the site's mode since this database was made."""

    known: bool


class NewPerson(BaseModel):
    """`POST /api/people`. `current_pin`: of anybody; not needed for the first person."""

    name: PersonName
    pin: Pin
    duress_pin: Pin | None = Field(None, description="Does what `pin` does, and opens an alert that no banner shows.")
    current_pin: Pin | None = None


class PersonChange(BaseModel):
    """`PUT /api/people/{name}`. What is not there stays; a `duress_pin` of null is taken away."""

    pin: Pin | None = None
    duress_pin: Pin | None = None
    current_pin: Pin | None = None


class PersonRemoval(BaseModel):
    """`POST /api/people/{name}/remove`."""

    current_pin: Pin | None = None


class PersonInfo(BaseModel):
    """Somebody who has a PIN. Whether there is a duress PIN is not told: whoever forces somebody may look here."""

    name: str
    created_at: Timestamp


class PersonList(BaseModel):
    """`GET /api/people`, by name. Where it is empty no PIN is asked for."""

    people: list[PersonInfo]


class AuditAction(StrEnum):
    """What somebody did."""

    MODE = "mode"
    PIN_FAILED = "pin_failed"
    PIN_CLOSED = "pin_closed"
    PIN_UNLOCKED = "pin_unlocked"
    PERSON_ADDED = "person_added"
    PERSON_CHANGED = "person_changed"
    PERSON_REMOVED = "person_removed"
    RECORDING_DELETED = "recording_deleted"
    RECORDING_LOCKED = "recording_locked"
    RECORDING_UNLOCKED = "recording_unlocked"
    INCIDENT_EXPORTED = "incident_exported"
    USER_ADDED = "user_added"
    USER_CHANGED = "user_changed"
    USER_REMOVED = "user_removed"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - the name of a deed
    SIGNED_IN = "signed_in"
    SIGNED_OUT = "signed_out"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGN_IN_UNLOCKED = "sign_in_unlocked"
    SESSION_ENDED = "session_ended"
    TOKEN_ADDED = "token_added"  # noqa: S105 - the name of a deed
    TOKEN_REVOKED = "token_revoked"  # noqa: S105 - the name of a deed
    ENROLMENT_OPENED = "enrolment_opened"
    ENROLMENT_CONFIRMED = "enrolment_confirmed"
    ENROLMENT_REFUSED = "enrolment_refused"


class AuditEntry(BaseModel):
    """A row of the audit log. `actor` is empty where nobody knows who it was; `origin`: `page 192.168.1.7`, `cli hub`, …"""

    id: int
    at: Timestamp
    actor: str
    origin: str
    action: AuditAction
    detail: dict[str, Any]


class AuditList(BaseModel):
    """`GET /api/audit`, newest first."""

    entries: list[AuditEntry]


class SensorKindInfo(BaseModel):
    """How to call and draw a kind of sensor."""

    name: str
    active_type: str
    inactive_type: str
    label_en: str
    label_fr: str
    inactive_label_en: str = Field(description="The inactive edge in words.")
    inactive_label_fr: str
    icon: str
    guards: bool


class Site(BaseModel):
    """What a dashboard asks first: version, the server's clock, whether a bridge is there, the kinds of sensor."""

    version: str
    now: Timestamp
    bridge: Literal["connected", "absent"]
    broker: Literal["connected", "absent", "unknown"]
    spool_depth: int | None = None
    health: list[Trouble] = Field(default_factory=list, description="What ails the server and the bridge, as in `Device.health`.")
    sensor_kinds: list[SensorKindInfo]


class CommandDone(BaseModel):
    """The Pi's own answer to a command."""

    model_config = {"extra": "allow"}

    status: Literal["done"]
    command_id: str
    angle_deg: float | None = None


class Health(BaseModel):
    """`GET /healthz`."""

    status: Literal["ok", "degraded"]
    version: str
    database: Literal["ok", "failing"]
    bridge: Literal["connected", "absent"]
    health: list[Trouble] = Field(default_factory=list, description="As in `Site.health`.")
    uptime_s: float
