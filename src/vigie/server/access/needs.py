"""What every route needs: the one list. A route that is not in it keeps the server from being built."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from fastapi.routing import APIRoute, APIRouter
from starlette.routing import Match
from starlette.types import Scope

from vigie.domain.access import Right
from vigie.server.access.guard import SOCKET_IO
from vigie.server.dashboard import NOT_PAGES


@dataclass(frozen=True, slots=True)
class Need:
    """One of `rights`; none: anybody may. `asks_nothing`: it is all the same who it is. `lasts`: it goes on for as long as its
    visitor is welcome.
    """

    rights: frozenset[Right] = frozenset()
    asks_nothing: bool = False
    lasts: bool = False

    @property
    def is_public(self) -> bool:
        """Whether nobody is kept out."""
        return not self.rights


def _any(*rights: Right, lasts: bool = False) -> Need:
    return Need(frozenset(rights), lasts=lasts)


PUBLIC = Need()
PAGE = Need(asks_nothing=True)
LOOK = _any(Right.LOOK)
OPERATE = _any(Right.OPERATE)
ADMINISTER = _any(Right.ADMINISTER)
DELIVER = _any(Right.DELIVER)
FOLLOW_UP = _any(Right.FOLLOW_UP)
ENROL = _any(Right.ENROL)
OWN_ACCOUNT = _any(Right.OWN_ACCOUNT)
SOCKET = _any(Right.LOOK, Right.DELIVER, lasts=True)
"""Which of its namespaces are open to whom they see to themselves."""

NEEDS: dict[str, Need] = {
    # Who is asking
    "get_session": PUBLIC,
    "sign_in": PUBLIC,
    "sign_out": PUBLIC,
    "set_up": PUBLIC,
    "change_own_password": OWN_ACCOUNT,
    "list_sessions": OWN_ACCOUNT,
    "end_session": OWN_ACCOUNT,
    # Health
    "get_health": PUBLIC,
    "get_metrics": LOOK,
    # From bridges
    "ingest_events": DELIVER,
    "announce_media": DELIVER,
    "append_media": DELIVER,
    "complete_media": DELIVER,
    "relay_live": _any(Right.DELIVER, lasts=True),
    # What became of it
    "get_site": FOLLOW_UP,
    "list_devices": FOLLOW_UP,
    "get_device": FOLLOW_UP,
    "get_ledger": FOLLOW_UP,
    # To look at
    "list_events": LOOK,
    "count_events_per_hour": LOOK,
    "list_quarantine": LOOK,
    "list_alerts": LOOK,
    "get_mode": LOOK,
    "get_alarm": LOOK,
    "replay_alarm": LOOK,
    "watch_live": _any(Right.LOOK, lasts=True),
    "get_snapshot": LOOK,
    "list_recordings": LOOK,
    "count_recordings_per_day": LOOK,
    "get_recording": LOOK,
    "get_recording_video": LOOK,
    "get_recording_poster": LOOK,
    "list_stills": LOOK,
    "get_still": LOOK,
    "get_still_picture": LOOK,
    "get_media_room": LOOK,
    # To do
    "set_mode": OPERATE,
    "acknowledge_alert": OPERATE,
    "turn_servo": OPERATE,
    "record": OPERATE,
    "sound_siren": OPERATE,
    "take_snapshot": OPERATE,
    "lock_recording": OPERATE,
    "export_incident": OPERATE,
    # To decide
    "delete_recording": ADMINISTER,
    "list_people": OPERATE,
    "add_person": ADMINISTER,
    "change_person": ADMINISTER,
    "remove_person": ADMINISTER,
    "list_audit": ADMINISTER,
    "examine_machine": ADMINISTER,
    "list_users": ADMINISTER,
    "add_user": ADMINISTER,
    "change_user": ADMINISTER,
    "remove_user": ADMINISTER,
    "list_tokens": ADMINISTER,
    "add_token": ADMINISTER,
    "revoke_token": ADMINISTER,
    # New Pis: an admin's side, and that of a Pi, which has nothing to show but a code
    "get_enrolment": ENROL,
    "open_enrolment": ENROL,
    "confirm_enrolment": ENROL,
    "withdraw_enrolment": ENROL,
    "get_authority": PUBLIC,
    "ask_to_join": PUBLIC,
    "get_join_answer": PUBLIC,
}


def needs_of(routers: Iterable[APIRouter]) -> Callable[[Scope], Need]:
    """Finds what a request needs. Raises `KeyError` for a route that `NEEDS` does not know."""
    routes = [route for router in routers for route in router.routes if isinstance(route, APIRoute)]
    needs = [(route, NEEDS[route.operation_id or route.path]) for route in routes]

    def need_of(scope: Scope) -> Need:
        path: str = scope["path"]
        if path.startswith(SOCKET_IO):
            return SOCKET
        if scope["type"] == "http":
            for route, need in needs:
                if route.matches(scope)[0] is Match.FULL:
                    return need
        return LOOK if path.strip("/").partition("/")[0] in _NEVER_PAGES else PAGE

    return need_of


_NEVER_PAGES = frozenset(NOT_PAGES) - {"assets"}
"""Whatever is below these, the description of the routes and what is not there included, is for who may look."""
