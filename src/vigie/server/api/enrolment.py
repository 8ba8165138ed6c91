"""`/api/enrolment`: a new Pi is taken in by a code. The first four routes are an admin's, the last three the Pi's."""

from fastapi import APIRouter

from vigie.domain.enrolment import Enrolment, Wanted
from vigie.server.api.enrolment_schemas import (
    AskAgain,
    AskedToJoin,
    AskToJoin,
    Authority,
    Confirmation,
    EnrolmentRequest,
    EnrolmentState,
    JoinAnswer,
    MadeCode,
)
from vigie.server.api.openapi import problems
from vigie.server.api.parts import Asking, Wired
from vigie.server.enrolment import Asked

router = APIRouter(tags=["enrolment"])


@router.get("/api/enrolment", operation_id="get_enrolment")
async def get_enrolment(parts: Wired, by: Asking) -> EnrolmentState:
    """What has become of one's own last code. Nothing of it outlasts the server."""
    desk = parts.enrolment
    found = desk.of(by)
    return EnrolmentState(
        can_sign=desk.can_sign,
        is_only_here=desk.is_only_here,
        stage=None if found is None else found.stage,
        left_s=0.0 if found is None else _left_s(found, desk.now_s),
        request=None if found is None else _request(found, desk.now_s),
    )


@router.post("/api/enrolment", operation_id="open_enrolment", status_code=201, responses=problems(429, 503))
async def open_enrolment(parts: Wired, by: Asking) -> MadeCode:
    """Makes a code, good once and for ten minutes. It ends the one that the same admin had."""
    code = await parts.enrolment.open(by)
    found = parts.enrolment.of(by)
    left_s = 0.0 if found is None else _left_s(found, parts.enrolment.now_s)
    return MadeCode(code=str(code), hub=parts.enrolment.hub, left_s=left_s)


@router.post("/api/enrolment/confirm", operation_id="confirm_enrolment", responses=problems(400, 409, 422, 503))
async def confirm_enrolment(parts: Wired, by: Asking, body: Confirmation) -> EnrolmentState:
    """The Pi shows this number: it is signed for, and gets its files. Answers within seconds."""
    await parts.enrolment.confirm(by, body.check_number, replace=body.replace)
    return await get_enrolment(parts, by)


@router.delete("/api/enrolment", operation_id="withdraw_enrolment", responses=problems(503))
async def withdraw_enrolment(parts: Wired, by: Asking) -> EnrolmentState:
    """Takes one's code back, and refuses who has asked with it. Doing it again changes nothing."""
    await parts.enrolment.withdraw(by)
    return await get_enrolment(parts, by)


@router.get("/api/enrolment/authority", operation_id="get_authority", responses=problems(503))
async def get_authority(parts: Wired) -> Authority:
    """The certificate of the site's authority, for who has a code to check it by."""
    return Authority(certificate=parts.enrolment.authority())


@router.post("/api/enrolment/request", operation_id="ask_to_join", status_code=202, responses=problems(400, 403, 410, 422, 429))
async def ask_to_join(parts: Wired, by: Asking, body: AskToJoin) -> AskedToJoin:
    """A Pi asks with its code. The same again changes nothing; another one with that code is refused."""
    wanted = Wanted(body.device_id, body.camera, body.etc, by.address)
    asked = parts.enrolment.ask(Asked(body.secret, body.ticket, wanted))
    return AskedToJoin(check_number=asked.check_number, left_s=_left_s(asked, parts.enrolment.now_s))


@router.post("/api/enrolment/answer", operation_id="get_join_answer", responses=problems(400, 403, 410, 422))
async def get_join_answer(parts: Wired, body: AskAgain) -> JoinAnswer:
    """How it stands, for the Pi that asked; asked about once a second. With the files it is over."""
    return JoinAnswer(files=parts.enrolment.collect(body.ticket) or None)


def _left_s(found: Enrolment, now_s: float) -> float:
    return max(0.0, found.until_s - now_s) if found.is_under_way else 0.0


def _request(found: Enrolment, now_s: float) -> EnrolmentRequest | None:
    if found.wanted is None:
        return None
    return EnrolmentRequest(
        device_id=found.wanted.device_id,
        camera=found.wanted.camera,
        address=found.wanted.address,
        check_number=found.check_number,
        waits=found.waits(now_s),
    )
