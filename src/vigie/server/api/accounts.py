"""`/api/users` and `/api/tokens`: who may what."""

from typing import Annotated

from fastapi import APIRouter, Path

from vigie.protocol.times import from_unix_ms
from vigie.protocol.topics import DEVICE_PATTERN
from vigie.server.api.account_schemas import (
    MadeToken,
    NewToken,
    NewUser,
    TokenInfo,
    TokenList,
    UserChange,
    UserInfo,
    UserList,
)
from vigie.server.api.openapi import problems
from vigie.server.api.parts import Asking, Wired

router = APIRouter(tags=["accounts"])

Name = Annotated[str, Path(pattern=DEVICE_PATTERN)]


@router.get("/api/users", operation_id="list_users", responses=problems(503))
async def list_users(parts: Wired) -> UserList:
    """Everybody who has an account."""
    rows = await parts.accounts.users()
    return UserList(users=[UserInfo(name=row.name, role=row.role, created_at=from_unix_ms(row.created_at_ms)) for row in rows])


@router.post("/api/users", operation_id="add_user", status_code=201, responses=problems(400, 409, 422, 429, 503))
async def add_user(parts: Wired, by: Asking, body: NewUser) -> UserList:
    """Gives somebody an account; answers everybody. The first one is made by `POST /api/set-up`."""
    await parts.accounts.add(body.name, body.role, body.password, by)
    return await list_users(parts)


@router.patch("/api/users/{name}", operation_id="change_user", responses=problems(400, 404, 409, 422, 429, 503))
async def change_user(parts: Wired, by: Asking, name: Name, body: UserChange) -> UserList:
    """Gives an account another role, or another password; answers everybody."""
    await parts.accounts.change(name, body.role, body.password, by)
    return await list_users(parts)


@router.delete("/api/users/{name}", operation_id="remove_user", responses=problems(404, 409, 422, 503))
async def remove_user(parts: Wired, by: Asking, name: Name) -> UserList:
    """Takes an account away, and signs it out everywhere; answers everybody else. Not the last admin's."""
    await parts.accounts.remove(name, by)
    return await list_users(parts)


@router.get("/api/tokens", operation_id="list_tokens", responses=problems(503))
async def list_tokens(parts: Wired) -> TokenList:
    """The tokens of programs, without their secrets."""
    return TokenList(
        tokens=[
            TokenInfo(
                name=row.name,
                scope=row.scope,
                created_at=from_unix_ms(row.created_at_ms),
                created_by=row.created_by,
                seen_at=None if row.seen_at_ms is None else from_unix_ms(row.seen_at_ms),
            )
            for row in await parts.accounts.tokens()
        ]
    )


@router.post("/api/tokens", operation_id="add_token", status_code=201, responses=problems(400, 409, 422, 503))
async def add_token(parts: Wired, by: Asking, body: NewToken) -> MadeToken:
    """Makes a token, for `Authorization: Bearer`. It is shown this once."""
    return MadeToken(name=body.name, scope=body.scope, token=await parts.accounts.add_token(body.name, body.scope, by))


@router.delete("/api/tokens/{name}", operation_id="revoke_token", responses=problems(404, 422, 503))
async def revoke_token(parts: Wired, by: Asking, name: Name) -> TokenList:
    """Takes a token back: whoever shows it is cut off within seconds. Answers those that are left."""
    await parts.accounts.revoke_token(name, by)
    return await list_tokens(parts)
