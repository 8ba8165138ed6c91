"""`/api/devices` and `/api/ledger`."""

from fastapi import APIRouter

from vigie.server.api.openapi import problems
from vigie.server.api.parts import Wired
from vigie.server.api.schemas import Device, DeviceList, LedgerList

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
