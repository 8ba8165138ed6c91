"""Takes new Pis into the site: codes for admins, requests of Pis, and what was signed for whom. `domain/enrolment.py` decides."""

import hashlib
import logging
import secrets
import ssl
from dataclasses import dataclass
from pathlib import Path

from vigie.domain import enrolment as policy
from vigie.domain.enrolment import Enrolment, Enrolments, EnrolmentStage, Guesses, Wanted
from vigie.domain.join_code import JoinCode, new_code
from vigie.domain.lockout import Moment
from vigie.runtime.clock import Clock
from vigie.runtime.ids import boot_id
from vigie.server import certifier
from vigie.server.access.visitor import Visitor
from vigie.server.api.schemas import AuditAction
from vigie.server.enrolment_errors import (
    AuthorityUnreadable,
    CannotSign,
    CodeOver,
    CodesLocked,
    NothingAsked,
    PiAway,
    TooManyCodes,
    UnknownCode,
)
from vigie.server.settings import ServerSettings
from vigie.server.store.audit import Deed, note
from vigie.server.store.store import Store

DEFAULT_PORT = 8000
"""Which `vigie join` takes where none is typed."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a Pi sends. `secret` and `ticket` are kept as hashes."""

    secret: str
    ticket: str
    wanted: Wanted


class EnrolmentDesk:
    """What is under way is in memory alone. Methods of admins raise `StoreUnavailable` where the audit log cannot be written."""

    def __init__(self, store: Store, clock: Clock, settings: ServerSettings) -> None:
        self._store = store
        self._clock = clock
        self._socket, self._authority = settings.enrol_socket, settings.enrol_authority
        self.can_sign = self._socket is not None and self._authority is not None
        self.hub = _hub(settings)
        self.is_only_here = settings.on_loopback
        self._all = Enrolments()
        self._guesses = Guesses()
        self._boot_id = boot_id()

    @property
    def now_s(self) -> float:
        """By the clock that the policy goes by."""
        return self._clock.monotonic()

    def of(self, by: Visitor) -> Enrolment | None:
        """The admin's last one."""
        return self._all.of(by.name, self.now_s)

    def authority(self) -> str:
        """The certificate of the site's authority (PEM). Raises `CannotSign`, `AuthorityUnreadable`."""
        if self._authority is None or self._socket is None:
            raise CannotSign
        return _pem(self._authority)

    async def open(self, by: Visitor) -> JoinCode:
        """A new code, which is kept nowhere. Raises `CannotSign`, `AuthorityUnreadable`, `TooManyCodes`."""
        code = new_code(ssl.PEM_cert_to_DER_cert(self.authority()), secrets.choice)
        try:
            self._all.open(by.name, _hash(code.secret), self.now_s)
        except policy.TooManyCodes:
            raise TooManyCodes from None
        await self._note(AuditAction.ENROLMENT_OPENED, by, None)
        return code

    async def withdraw(self, by: Visitor) -> None:
        """Takes the admin's code back, and refuses who has asked with it. Doing it again changes nothing."""
        found = self._all.withdraw(by.name, self.now_s)
        if found is not None and found.stage is EnrolmentStage.REFUSED:
            await self._note(AuditAction.ENROLMENT_REFUSED, by, found.wanted)

    async def confirm(self, by: Visitor, check_number: str, *, replace: bool) -> None:
        """Signs for who waits with that number. Raises `NothingAsked`, `PiAway`, `DeviceExists`, `NotSigned`."""
        try:
            found = self._all.start_signing(by.name, check_number, self.now_s)
        except policy.NothingAsked:
            raise NothingAsked from None
        except policy.PiAway:
            raise PiAway from None
        assert self._socket is not None
        assert found.wanted is not None
        files: dict[str, str] = {}
        try:
            await self._note(AuditAction.ENROLMENT_CONFIRMED, by, found.wanted, replace=replace)
            files = await certifier.certify(self._socket, found.wanted, replace=replace)
        finally:
            if files:
                policy.signed(found, files, self.now_s)
            else:
                policy.not_signed(found)
        log.info("a Pi was taken in device=%s address=%s by=%s", found.wanted.device_id, found.wanted.address, by.name)

    def ask(self, asked: Asked) -> Enrolment:
        """A Pi asks. Raises `UnknownCode`, `CodeOver`, `CodesLocked`."""
        address, now = asked.wanted.address, Moment(self._boot_id, self.now_s)
        wait_s = self._guesses.wait_s(address, now)
        if wait_s:
            raise CodesLocked(wait_s)
        number = f"{secrets.randbelow(10**6):06d}"
        try:
            return self._all.ask(_hash(asked.secret), _hash(asked.ticket), asked.wanted, number, self.now_s)
        except policy.UnknownCode:
            self._guesses.count(address, now)
            log.warning("a wrong code for a new Pi address=%s", address)
            raise UnknownCode from None
        except policy.CodeOver as over:
            raise CodeOver(over.stage) from None

    def collect(self, ticket: str) -> dict[str, str]:
        """The files, once they are signed, and then never again; empty before. Raises `UnknownCode`, `CodeOver`."""
        try:
            return policy.take(self._all.look(_hash(ticket), self.now_s))
        except policy.UnknownCode:
            raise UnknownCode from None
        except policy.CodeOver as over:
            raise CodeOver(over.stage) from None

    async def _note(self, action: AuditAction, by: Visitor, wanted: Wanted | None, **more: bool) -> None:
        detail = {} if wanted is None else {"name": wanted.device_id, "address": wanted.address, **more}
        await self._store.write(lambda connection: note(connection, Deed(action, by.author, detail), self._clock.now()))


def _hub(settings: ServerSettings) -> str | None:
    """What is typed after `vigie join`; None where only the page knows how this machine is called."""
    if settings.enrol_hub is None or settings.tls_certificate is None:
        return None
    host = f"[{settings.enrol_hub}]" if ":" in settings.enrol_hub else settings.enrol_hub
    return host if settings.port == DEFAULT_PORT else f"{host}:{settings.port}"


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _pem(path: Path) -> str:
    """Raises `AuthorityUnreadable`."""
    try:
        text = path.read_text(encoding="ascii").strip()
        ssl.PEM_cert_to_DER_cert(text)
    except (OSError, ValueError) as error:
        raise AuthorityUnreadable(str(error)) from error
    return text + "\n"
