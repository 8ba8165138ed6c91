"""`/api/session`, `/api/set-up`, `/api/sessions`: signing in and out."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from vigie.domain.access import Right, Role
from vigie.protocol.times import from_unix_ms
from vigie.server.access.doorkeeper import LONGEST
from vigie.server.access.sign_in import SignedIn
from vigie.server.access.visitor import COOKIE, Kind, Visitor
from vigie.server.api.account_schemas import OwnPasswordChange, SessionInfo, SessionList, SessionState, SetUpRequest, SignInRequest
from vigie.server.api.openapi import problems
from vigie.server.api.parts import Asking, Wired

router = APIRouter(tags=["session"])

SessionId = Annotated[int, Path(ge=1, le=2**63 - 1)]


@router.get("/api/session", operation_id="get_session", responses=problems(503))
async def get_session(parts: Wired, by: Asking) -> SessionState:
    """Who is asking, and what a page has to show first."""
    match by.kind:
        case Kind.ACCOUNT | Kind.PROGRAM:
            return SessionState(state="signed_in", name=by.name, role=_role_of(by))
        case Kind.TRY_OUT:
            return SessionState(state="open", role=Role.ADMIN)
        case Kind.NOBODY:
            return SessionState(state="signed_out" if await parts.door.knows_anybody() else "set_up")


@router.post("/api/session", operation_id="sign_in", responses=problems(400, 401, 422, 429, 503))
async def sign_in(parts: Wired, by: Asking, request: Request, response: Response, body: SignInRequest) -> SessionState:
    """Signs in: the answer sets a cookie. Wrong tries cost a growing wait, for the account and for the address."""
    return _entered(request, response, await parts.sign_in.sign_in(body.name, body.password, by, _browser(request)))


@router.delete("/api/session", operation_id="sign_out", status_code=204, responses=problems(503))
async def sign_out(parts: Wired, by: Asking) -> Response:
    """Signs out here. Doing it again changes nothing."""
    await parts.sign_in.sign_out(by)
    response = Response(status_code=204)
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax")
    return response


@router.post("/api/set-up", operation_id="set_up", status_code=201, responses=problems(400, 403, 409, 422, 429, 503))
async def set_up(parts: Wired, by: Asking, request: Request, response: Response, body: SetUpRequest) -> SessionState:
    """Makes the first account, an admin's, and signs in; from then on everything is locked."""
    return _entered(request, response, await parts.sign_in.set_up(body.code, body.name, body.password, by, _browser(request)))


@router.put("/api/session/password", operation_id="change_own_password", responses=problems(400, 403, 422, 429, 503))
async def change_own_password(
    parts: Wired, by: Asking, request: Request, response: Response, body: OwnPasswordChange
) -> SessionState:
    """Changes the own password, and signs out everywhere but here."""
    signed_in = await parts.sign_in.change_own_password(body.current_password, body.new_password, by, _browser(request))
    return _entered(request, response, signed_in)


@router.get("/api/sessions", operation_id="list_sessions", responses=problems(503))
async def list_sessions(parts: Wired, by: Asking) -> SessionList:
    """Where one is signed in; an admin sees everybody."""
    return SessionList(
        sessions=[
            SessionInfo(
                id=row.id,
                user_name=row.user_name,
                created_at=from_unix_ms(row.created_at_ms),
                seen_at=from_unix_ms(row.seen_at_ms),
                address=row.address,
                browser=row.browser,
                is_this_one=row.id == by.session_id,
            )
            for row in await parts.sign_in.sessions(by)
        ]
    )


@router.delete("/api/sessions/{session_id}", operation_id="end_session", responses=problems(404, 422, 503))
async def end_session(parts: Wired, by: Asking, session_id: SessionId) -> SessionList:
    """Signs out there; answers those that are left."""
    await parts.sign_in.end_session(session_id, by)
    return await list_sessions(parts, by)


def _entered(request: Request, response: Response, signed_in: SignedIn) -> SessionState:
    response.set_cookie(
        COOKIE,
        signed_in.secret,
        max_age=int(LONGEST.total_seconds()),
        path="/",
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return SessionState(state="signed_in", name=signed_in.user.name, role=signed_in.user.role)


def _browser(request: Request) -> str:
    return request.headers.get("user-agent", "")


def _role_of(by: Visitor) -> Role | None:
    if Right.ADMINISTER in by.rights:
        return Role.ADMIN
    if Right.OPERATE in by.rights:
        return Role.OPERATOR
    return Role.VIEWER if Right.LOOK in by.rights else None
