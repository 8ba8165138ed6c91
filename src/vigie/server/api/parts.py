"""What the routes work with, found on the application's state."""

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request

from vigie.runtime.clock import Clock
from vigie.server.access.accounts import Accounts
from vigie.server.access.doorkeeper import Doorkeeper
from vigie.server.access.first_run import SetUpLink
from vigie.server.access.sign_in import SignIn
from vigie.server.access.visitor import Visitor, visitor_of
from vigie.server.arming import Arming
from vigie.server.bridges import Bridges
from vigie.server.devices import Devices
from vigie.server.enrolment import EnrolmentDesk
from vigie.server.examiner import Examiner
from vigie.server.finisher import Finisher
from vigie.server.ingest import Ingest
from vigie.server.keeper import Keeper
from vigie.server.live import LiveNews
from vigie.server.live_view import LiveView
from vigie.server.media_desk import MediaDesk
from vigie.server.metrics import Metrics
from vigie.server.mode import SiteMode
from vigie.server.people import People
from vigie.server.recordings import Recordings
from vigie.server.shelf import Shelf
from vigie.server.site import SiteWatch
from vigie.server.site_alarm import AlarmWatch
from vigie.server.store.store import Store
from vigie.server.supervisor import Supervisor


@dataclass(frozen=True, slots=True)
class Parts:
    """The server's parts, wired together by `app.py`. `started_at` is monotonic."""

    clock: Clock
    store: Store
    live: LiveNews
    devices: Devices
    bridges: Bridges
    mode: SiteMode
    people: People
    door: Doorkeeper
    link: SetUpLink
    sign_in: SignIn
    accounts: Accounts
    enrolment: EnrolmentDesk
    arming: Arming
    site: SiteWatch
    alarm: AlarmWatch
    supervisor: Supervisor
    metrics: Metrics
    ingest: Ingest
    shelf: Shelf
    keeper: Keeper
    media: MediaDesk
    finisher: Finisher
    live_view: LiveView
    recordings: Recordings
    examiner: Examiner
    started_at: float
    faults: dict[str, str]


def parts_of(request: Request) -> Parts:
    """The parts of the application that serves this request."""
    return cast("Parts", request.app.state.parts)


def who_asks(request: Request) -> Visitor:
    """Who the gate has let in."""
    return visitor_of(request.scope)


Wired = Annotated[Parts, Depends(parts_of)]
Asking = Annotated[Visitor, Depends(who_asks)]
