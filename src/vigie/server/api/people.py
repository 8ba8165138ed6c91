"""`/api/people` and `/api/audit`: who has a PIN, and who did what."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from vigie.protocol.times import from_unix_ms
from vigie.protocol.topics import DEVICE_PATTERN
from vigie.server.api.openapi import problems
from vigie.server.api.parts import Asking, Wired
from vigie.server.api.schemas import AuditList, NewPerson, PersonChange, PersonInfo, PersonList, PersonRemoval
from vigie.server.pins import NewPins
from vigie.server.store.audit import list_audit

router = APIRouter(tags=["people"])

Name = Annotated[str, Path(pattern=DEVICE_PATTERN)]


@router.get("/api/people", operation_id="list_people", responses=problems(503))
async def list_people(parts: Wired) -> PersonList:
    """Everybody who has a PIN. Where nobody has, no PIN is asked for."""
    people = await parts.people.all()
    return PersonList(people=[PersonInfo(name=row.name, created_at=from_unix_ms(row.created_at_ms)) for row in people])


@router.post("/api/people", operation_id="add_person", status_code=201, responses=problems(400, 403, 409, 422, 429, 503))
async def add_person(parts: Wired, by: Asking, body: NewPerson) -> PersonList:
    """Gives somebody a PIN; with the first one, PINs are asked for. Answers everybody."""
    await parts.people.add(body.name, body.pin, body.duress_pin, current_pin=body.current_pin, by=by.author)
    return await list_people(parts)


@router.put("/api/people/{name}", operation_id="change_person", responses=problems(400, 403, 404, 409, 422, 429, 503))
async def change_person(parts: Wired, by: Asking, name: Name, body: PersonChange) -> PersonList:
    """Changes somebody's PINs; a `duress_pin` of null takes it away. Answers everybody."""
    new = NewPins(
        pin=body.pin,
        duress_pin=body.duress_pin,
        forgets_duress="duress_pin" in body.model_fields_set and body.duress_pin is None,
    )
    await parts.people.change(name, new, current_pin=body.current_pin, by=by.author)
    return await list_people(parts)


@router.post("/api/people/{name}/remove", operation_id="remove_person", responses=problems(400, 403, 404, 409, 422, 429, 503))
async def remove_person(parts: Wired, by: Asking, name: Name, body: PersonRemoval) -> PersonList:
    """Takes somebody's PINs away; answers everybody else. No DELETE: not everything on the way lets its body through."""
    await parts.people.remove(name, current_pin=body.current_pin, by=by.author)
    return await list_people(parts)


@router.get("/api/audit", operation_id="list_audit", responses=problems(422, 503))
async def get_audit(
    parts: Wired,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    before: Annotated[int | None, Query(ge=0, le=2**63 - 1, description="Only ids below: the next page.")] = None,
) -> AuditList:
    """Who changed the mode, whose PIN was wrong, what became of the people: newest first."""
    entries = await parts.store.read(lambda connection: list_audit(connection, limit=limit, before=before))
    return AuditList(entries=entries)
