"""`/api/devices`, `/api/ledger` and `/api/quarantine`."""

from typing import Annotated

from fastapi import APIRouter, Query

from vigie.server.api.openapi import problems
from vigie.server.api.parts import Wired
from vigie.server.api.schemas import Device, DeviceList, LedgerList, QuarantineList
from vigie.server.store.quarantine import list_refusals

router = APIRouter(tags=["devices"])


@router.get("/api/devices", operation_id="list_devices")
async def list_devices(parts: Wired) -> DeviceList:
    """Every device that was ever heard of, by name."""
    return DeviceList(devices=parts.devices.all())


@router.get("/api/devices/{device_id}", operation_id="get_device", responses=problems(404))
async def get_device(parts: Wired, device_id: str) -> Device:
    """One device: status, last heartbeat and its age, capabilities, states of its parts, health, ledger."""
    return parts.devices.one(device_id)


@router.get("/api/ledger", operation_id="get_ledger")
async def get_ledger(parts: Wired) -> LedgerList:
    """The proof of completeness: per device, what it has accepted against what is stored here."""
    return LedgerList(devices=parts.devices.ledgers())


@router.get("/api/quarantine", operation_id="list_quarantine", responses=problems(422, 503))
async def list_quarantine(
    parts: Wired,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    before: Annotated[int | None, Query(ge=0, le=2**63 - 1, description="Only ids below: the next page.")] = None,
) -> QuarantineList:
    """What was received but is no event, with the reason, newest first."""
    return QuarantineList(items=await parts.store.read(lambda connection: list_refusals(connection, limit=limit, before=before)))
