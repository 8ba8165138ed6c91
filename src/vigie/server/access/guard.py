"""Stands before every request: whose page sent it, how large its body is, which headers its answer bears."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vigie.domain.access import LOOPBACK_NAMES, is_same_origin, name_of_host
from vigie.server.api.problems import problem_of
from vigie.server.errors import BodyTooLarge, ForeignHost, ForeignOrigin, ServerError

MAX_BODY_BYTES = 8 * 1024 * 1024
DRAIN_BYTES = 8 * MAX_BODY_BYTES
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
SOCKET_IO = "/socket.io/"
ENDLESS = "/api/media/live/"
"""Live pictures: their reader bounds each of them, and takes them only while somebody looks."""

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self' ws: wss:; "
        "frame-ancestors 'none'; base-uri 'self'; form-action 'self'; object-src 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


class Guard:
    """ASGI middleware. `loopback_only`: the server listens on loopback, so any other `Host` is a rebound name."""

    def __init__(self, app: ASGIApp, *, loopback_only: bool) -> None:
        self._app = app
        self._loopback_only = loopback_only

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._refusal(scope, headers)
        if scope["type"] == "websocket":
            await (self._app(scope, receive, send) if refusal is None else send({"type": "websocket.close", "code": 1008}))
            return
        if refusal is not None:
            await drain(receive)
            await problem_of(refusal, scope["path"])(scope, receive, _with_headers(send))
            return
        is_endless = scope["path"].startswith(ENDLESS)
        await self._app(scope, receive if is_endless else _bounded(receive), _with_headers(send))

    def _refusal(self, scope: Scope, headers: Headers) -> ServerError | None:
        host = headers.get("host", "")
        if self._loopback_only and name_of_host(host) not in LOOPBACK_NAMES:
            return ForeignHost(host)
        length = headers.get("content-length", "0")
        if not length.isascii() or not length.isdigit() or int(length[:20]) > MAX_BODY_BYTES:
            return BodyTooLarge(MAX_BODY_BYTES)
        origin = headers.get("origin")
        # Socket.IO compares the origin itself, also for its long-polling POSTs and for WebSockets.
        is_checked_here = scope["type"] == "http" and not scope["path"].startswith(SOCKET_IO)
        if origin is not None and is_checked_here and scope["method"] not in SAFE_METHODS and not is_same_origin(origin, host):
            return ForeignOrigin(origin, host)
        return None


async def drain(receive: Receive) -> None:
    """Reads a refused body away: a client that is still sending would see a broken connection instead of the answer."""
    seen = 0
    while seen < DRAIN_BYTES:
        message = await receive()
        seen += len(message.get("body", b""))
        if not message.get("more_body", False):
            return


def _bounded(receive: Receive) -> Receive:
    """Counts a body that comes without a length."""
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > MAX_BODY_BYTES:
            raise HTTPException(413, str(BodyTooLarge(MAX_BODY_BYTES)))
        return message

    return counted


def _with_headers(send: Send) -> Send:
    async def add(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in SECURITY_HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return add
