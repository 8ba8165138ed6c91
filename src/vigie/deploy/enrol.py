"""`vigie enrol`: signs for one new Pi, started by systemd for each connection to a socket of this machine (inetd's way).

It is what the server has of the authority, whose key it never sees: one line of JSON in, one out, and nothing else can be asked. It
believes nothing of what it is told, for the server listens to a network: the worst that one which was broken into can ask for is
one more Pi, or another one in the place of a Pi, and each of them is in this unit's journal, where the server cannot write.
"""

import base64
import json
import sys
from pathlib import Path
from typing import Annotated, BinaryIO, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from vigie.deploy.site import BadName, Changes, Site
from vigie.deploy.site_record import DeviceRecord, read_record
from vigie.deploy.site_work import Refused, at_work, bring_about
from vigie.domain.enrolment import ETC_PATTERN
from vigie.protocol.events import explain
from vigie.runtime.clock import Clock

MAX_LINE_BYTES = 4096
MAX_DEVICES = 200
"""A server that was broken into must not fill the disk."""
DEVICE_EXISTS = "device_exists"


class Order(BaseModel):
    """What may be asked. `replace`: the device exists, and another machine takes its place; the old one is cut off."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    device: Annotated[str, Field(max_length=64)]
    camera: Literal["picamera2", "v4l2", "synthetic"] | None = None
    key_switch: bool = False
    replace: bool = False
    etc: Annotated[str, Field(max_length=200, pattern=ETC_PATTERN)] = "/etc/vigie"


class _Exists(Refused):
    """The device is in the site already."""


def run(source: BinaryIO, sink: BinaryIO, folder: Path, clock: Clock) -> int:
    """Reads one line and answers it: `{"files": {name: base64}}`, or `{"error": why}`, with a `code` where a program goes by it."""
    try:
        device_id, files = _enrolled(_read(source), folder, clock)
    except Refused as error:
        print(f"vigie enrol: refused: {error}", file=sys.stderr)
        answer: dict[str, object] = {"error": str(error)}
        if isinstance(error, _Exists):
            answer["code"] = DEVICE_EXISTS
    else:
        answer = {"files": {name: base64.b64encode(content).decode() for name, content in files.items()}}
        print(f"vigie enrol: {device_id} is signed for", file=sys.stderr)
    sink.write(json.dumps(answer).encode() + b"\n")
    sink.flush()
    return 1 if "error" in answer else 0


def _read(source: BinaryIO) -> Order:
    line = source.readline(MAX_LINE_BYTES + 1)
    if len(line) > MAX_LINE_BYTES:
        raise Refused(f"an order has at most {MAX_LINE_BYTES} bytes")
    if not line.endswith(b"\n"):
        raise Refused("the order was cut off: one line of JSON is expected")
    try:
        return Order.model_validate_json(line)
    except ValidationError as error:
        raise Refused(f"no order: {explain(error)}") from error


def _enrolled(order: Order, folder: Path, clock: Clock) -> tuple[str, dict[str, bytes]]:
    if not (folder / "site.json").exists():  # before the claim, which would make the folder
        raise Refused(f"{folder} holds no site; `vigie provision` makes one")
    with at_work(folder, clock):
        record = read_record(folder)
        assert record is not None
        site = Site(folder, record, clock.now())
        _require_room(order, site)
        before = record.devices.get(order.device)
        wanted = {"etc": Path(order.etc), "camera": order.camera, "key_switch": order.key_switch}
        known = {} if before is None else {key: value for key, value in before.model_dump().items() if value}
        if before is not None:
            site.rotate(order.device)
        try:
            site.enrol(
                order.device, DeviceRecord.model_validate({**known, **{key: value for key, value in wanted.items() if value}})
            )
        except BadName as error:
            raise Refused(str(error)) from error
        changes, _ = bring_about(site)
        _note_others(order.device, changes)
        return order.device, {name: content for name, (content, _) in site.device_files(order.device).items()}


def _note_others(device_id: str, changes: Changes) -> None:
    """A run makes right whatever is due, as one of `vigie provision` does: what somebody has to do about it is in the journal."""
    others = [name for name, files in changes.devices.items() if files and name != device_id]
    if changes.hub:
        print(
            f"vigie enrol: new as well: {', '.join(changes.hub)}; vigie deploy localhost --role hub puts them in place",
            file=sys.stderr,
        )
    if others:
        print(
            f"vigie enrol: new as well: the files of {', '.join(others)}; deploy to them again, or carry them there",
            file=sys.stderr,
        )


def _require_room(order: Order, site: Site) -> None:
    """A Pi that is called as the hub is would get a certificate for the hub's own name, and could pass for the broker."""
    if {order.device, f"{order.device}.local"} & set(site.record.hub_names):
        raise Refused(f"{order.device} is what the hub is called; choose another name")
    if order.device not in site.record.devices:
        if len(site.record.devices) >= MAX_DEVICES:
            raise Refused(f"this site has {MAX_DEVICES} devices; `vigie provision` takes in more")
    elif not order.replace:
        raise _Exists(f"{order.device} is in this site already; replacing it cuts the old one off")
