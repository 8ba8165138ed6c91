"""What can go wrong when a new Pi is taken in. `api/problems.py` maps each to an HTTP status."""

import math

from vigie.domain.enrolment import MAX_OPEN, EnrolmentStage
from vigie.server.errors import ServerError

_ANEW = "make another one on the page Devices"
_OVER = {
    EnrolmentStage.ASKED: "this code was used already, and it is good once; if that was not this Pi, refuse it on the page",
    EnrolmentStage.SIGNING: "this code was used already, and it is good once",
    EnrolmentStage.SIGNED: "this code was used already, and it is good once",
    EnrolmentStage.TAKEN: "this code was used already: the files of the Pi were sent, once; if they have not arrived, "
    f"{_ANEW}, and let it take the Pi's own place",
    EnrolmentStage.REFUSED: "it was refused on the page",
    EnrolmentStage.EXPIRED: f"this code is older than 10 minutes; {_ANEW}",
    EnrolmentStage.WITHDRAWN: f"this code was taken back on the page; {_ANEW}",
    EnrolmentStage.GUESSED_AT: f"this code was ended because somebody tries out codes; {_ANEW}",
    EnrolmentStage.LOST: f"it was confirmed, and the files were not fetched in time; {_ANEW}, and let it take the Pi's own place",
}


class CannotSign(ServerError):
    """Nobody signs for this server."""

    code = "cannot_sign"

    def __init__(self) -> None:
        super().__init__(
            "this server cannot take Pis in: it has no enrol_socket and no enrol_authority; "
            "`sudo vigie provision DEVICE` on the machine of the site does it"
        )


class AuthorityUnreadable(ServerError):
    """The file of `enrol_authority` is no certificate."""

    code = "authority_unreadable"

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"the certificate of the site's authority cannot be read: {reason}; enrol_authority in server.toml names it"
        )


class TooManyCodes(ServerError):
    """Each admin has one, and there is a limit to everything."""

    code = "too_many_codes"

    def __init__(self) -> None:
        super().__init__(f"{MAX_OPEN} codes are open, that is the limit; wait until one is used, or over")


class UnknownCode(ServerError):
    """No code of ours, or one from before a restart."""

    code = "unknown_code"

    def __init__(self) -> None:
        super().__init__(f"this server has made no such code since it was started; {_ANEW}")


class CodeOver(ServerError):
    """A code that is good no more."""

    code = "code_over"

    def __init__(self, stage: EnrolmentStage) -> None:
        super().__init__(_OVER[stage])
        self.more = {"stage": str(stage)}


class CodesLocked(ServerError):
    """Too many wrong codes from this address."""

    code = "codes_locked"

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"too many wrong codes: the next try is possible in {math.ceil(wait_s)} s; this one was not looked at")
        self.retry_after_s = wait_s


class NothingAsked(ServerError):
    """Nobody waits with this check number."""

    code = "nothing_asked"

    def __init__(self) -> None:
        super().__init__("no Pi waits with this check number any more")


class PiAway(ServerError):
    """Whoever asked has gone: what was signed for it would be nobody's."""

    code = "pi_away"

    def __init__(self) -> None:
        super().__init__("this Pi does not wait any more; start `vigie join` on it again, with another code")


class DeviceExists(ServerError):
    """A Pi of this name is in the site."""

    code = "device_exists"

    def __init__(self, device_id: str) -> None:
        super().__init__(f"{device_id!r} is in this site already; replacing it cuts the old one off")


class NotSigned(ServerError):
    """The certifier has not."""

    code = "not_signed"

    def __init__(self, reason: str) -> None:
        super().__init__(f"nothing was signed: {reason}")
