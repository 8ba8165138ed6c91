"""Who is connected to a Socket.IO namespace: let in by what the handshake showed, put out when that is worth nothing any more."""

import asyncio
import logging
from typing import Any

from vigie.domain.access import Right
from vigie.server.access.doorkeeper import Doorkeeper, Visit
from vigie.server.access.visitor import credentials_of, visitor_of

log = logging.getLogger(__name__)


class Guests:
    """Of `namespace` (python-socketio's), which takes `right`."""

    def __init__(self, namespace: Any, door: Doorkeeper, right: Right) -> None:
        self._namespace = namespace
        self._door = door
        self._right = right
        self._visits: dict[str, Visit] = {}
        self._ending: set[asyncio.Task[None]] = set()

    def let_in(self, sid: str, environ: Any) -> bool:
        """Whether a new connection may stay. `environ`: of its handshake, which the gate has let through."""
        scope = environ["asgi.scope"]
        visitor = visitor_of(scope)
        if self._right not in visitor.rights:
            log.warning("refused a connection namespace=%s who=%s", self._namespace.namespace, visitor.name or visitor.address)
            return False
        self._visits[sid] = self._door.arrive(credentials_of(scope), visitor, lambda: self._put_out(sid))
        return True

    def let_go(self, sid: str) -> None:
        """It has gone. Doing it again changes nothing."""
        if (visit := self._visits.pop(sid, None)) is not None:
            self._door.leave(visit)

    def _put_out(self, sid: str) -> None:
        """Ends the whole connection: within it, a client could ask for the namespace again. The gate cuts a WebSocket off by
        itself; this is for long polling.
        """
        server = self._namespace.server
        eio_sid = server.manager.eio_sid_from_sid(sid, self._namespace.namespace)
        if eio_sid is not None:
            task = asyncio.create_task(server.eio.disconnect(eio_sid), name="put out")
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)
