"""The shapes of taking a new Pi in."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from vigie.domain.enrolment import ETC_PATTERN, EnrolmentStage
from vigie.domain.join_code import SECRET_LETTERS
from vigie.protocol.topics import DEVICE_PATTERN

Ticket = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$", json_schema_extra={"writeOnly": True})]
"""256 random bits that the Pi has chosen: by them it is known until it has its files."""
CheckNumber = Annotated[str, Field(pattern=r"^[0-9]{6}$")]


class EnrolmentRequest(BaseModel):
    """A Pi that has asked with the code. `waits`: it is still there. `check_number`: what it shows, too."""

    device_id: str
    camera: str | None
    address: str
    check_number: str
    waits: bool


class EnrolmentState(BaseModel):
    """`GET /api/enrolment`: one's own last code. `can_sign`: whether this server can take Pis in at all; `is_only_here`: it listens
    on this machine alone. `stage` is null before the first code. `left_s`: until it is over by itself.
    """

    can_sign: bool
    is_only_here: bool
    stage: EnrolmentStage | None
    left_s: float
    request: EnrolmentRequest | None


class MadeCode(BaseModel):
    """A new code, which is seen this once. `hub`: what to type after `vigie join`; null: as the page is called."""

    code: str
    hub: str | None
    left_s: float


class Confirmation(BaseModel):
    """`POST /api/enrolment/confirm`. `replace`: a Pi of this name is in the site already, and is cut off."""

    check_number: CheckNumber
    replace: bool = False


class Authority(BaseModel):
    """`GET /api/enrolment/authority`: the certificate of the site's authority (PEM). No secret, and by itself no proof."""

    certificate: str


class AskToJoin(BaseModel):
    """`POST /api/enrolment/request`: what `vigie join` sends, over TLS that the code has vouched for."""

    secret: str = Field(min_length=SECRET_LETTERS, max_length=SECRET_LETTERS, json_schema_extra={"writeOnly": True})
    ticket: Ticket
    device_id: str = Field(pattern=DEVICE_PATTERN)
    camera: Literal["picamera2", "v4l2", "synthetic"] | None = None
    etc: str = Field("/etc/vigie", max_length=200, pattern=ETC_PATTERN)


class AskedToJoin(BaseModel):
    """Somebody has to confirm it now, who sees this number in both places."""

    check_number: str
    left_s: float


class AskAgain(BaseModel):
    """`POST /api/enrolment/answer`."""

    ticket: Ticket


class JoinAnswer(BaseModel):
    """`files`: name -> base64, once; null while nobody has confirmed it."""

    files: dict[str, str] | None
