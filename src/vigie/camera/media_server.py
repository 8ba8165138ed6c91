"""Media over HTTP for who bears the device's token: list, bytes by Range, `stored`, a picture of now, live pictures,
reference stills.

The standard library's server, one thread a connection, few connections: it costs nothing while nobody asks.
"""

import hmac
import json
import logging
import os
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from vigie.camera.live import MAX_FPS, Live, NoRoom, Nothing, Shown
from vigie.camera.shelf import Kept, Shelf
from vigie.protocol.camera import LIVE_BOUNDARY, Media, MediaKind, MediaList, MediaStored
from vigie.runtime.byte_range import BadRange, parse_range

log = logging.getLogger(__name__)

MAX_CONNECTIONS = 16
IDLE_S = 15.0
HANDSHAKE_S = 5.0
SEND_S = 5.0
"""How long one write may take: who takes nothing for so long is gone."""
_STILL_THERE_S = 2.0
_MAX_BODY = 4096
_CHUNK = 256 * 1024
_SEND_BUFFER = 128 * 1024
_PLACES = "/media, /snapshot.jpg, /views/PRESET.jpg, /live.mjpeg"
TYPES = {MediaKind.CLIP: "video/mp2t", MediaKind.STILL: "image/jpeg"}


class MediaServer(ThreadingHTTPServer):
    """Listens from the start on; `stored` is told of what the server has, in a connection's thread.

    `reference` says where the reference still of a preset is. With `tls` it is HTTPS, and nothing else.
    """

    daemon_threads = True
    request_queue_size = MAX_CONNECTIONS  # what the kernel has no room for tries again after a second
    block_on_close = False

    def __init__(
        self,
        address: tuple[str, int],
        token: str,
        shelf: Shelf,
        live: Live,
        *,
        stored: Callable[[str], None],
        reference: Callable[[str], Path | None],
        tls: ssl.SSLContext | None = None,
    ) -> None:
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        self.token = token.encode()
        self.shelf = shelf
        self.live = live
        self.stored = stored
        self.reference = reference
        self._tls = tls
        self._free = threading.BoundedSemaphore(MAX_CONNECTIONS)
        super().__init__(address, _Request)

    @property
    def port(self) -> int:
        return int(self.socket.getsockname()[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        if self._free.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            if self._tls is not None:
                request = self._shake_hands(self._tls, request)
            super().process_request_thread(request, client_address)
        except OSError as error:
            log.debug("no TLS with %s: %s", client_address, error)
            self.shutdown_request(request)
        finally:
            self._free.release()

    @staticmethod
    def _shake_hands(tls: ssl.SSLContext, request: socket.socket) -> socket.socket:
        """In the connection's own thread: whoever says nothing is waited for by nobody else. Raises `OSError`."""
        request.settimeout(HANDSHAKE_S)
        return tls.wrap_socket(request, server_side=True)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - the library's signature
        log.debug("the connection of %s has ended: %s", client_address, sys.exception())


class _Problem(Exception):
    def __init__(self, status: HTTPStatus, detail: str, **headers: str) -> None:
        super().__init__(detail)
        self.status = status
        self.headers = headers


class _Request(BaseHTTPRequestHandler):
    server: MediaServer
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "vigie", ""
    timeout = IDLE_S
    disable_nagle_algorithm = True

    def setup(self) -> None:
        # What waits in the kernel is old by the time it is seen.
        self.request.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
        super().setup()

    def do_GET(self) -> None:
        self._answer(self._get)

    def do_POST(self) -> None:
        self._answer(self._post)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        log.debug("%s %s", self.address_string(), format % args)

    def _answer(self, route: Callable[[str], None]) -> None:
        try:
            self._check_token()
            route(self.path.partition("?")[0])
        except _Problem as problem:
            told = {"type": "about:blank", "title": problem.status.phrase, "status": problem.status, "detail": str(problem)}
            self._send(problem.status, "application/problem+json", json.dumps(told).encode(), problem.headers)
        except OSError as error:  # the other end has gone
            log.debug("%s: %s", self.path, error)
            self.close_connection = True

    def _check_token(self) -> None:
        given = self.headers.get("Authorization", "")
        scheme, _, token = given.partition(" ")
        if scheme.lower() != "bearer" or not hmac.compare_digest(token.strip().encode(), self.server.token):
            self.close_connection = True
            raise _Problem(
                HTTPStatus.UNAUTHORIZED,
                "the device's token is missing or wrong: Authorization: Bearer TOKEN",
                **{"WWW-Authenticate": "Bearer"},
            )

    def _get(self, path: str) -> None:
        if path == "/media":
            self._send(HTTPStatus.OK, "application/json", _listed(self.server.shelf).model_dump_json().encode())
        elif path.startswith("/media/"):
            self._send_media(path.removeprefix("/media/"))
        elif path == "/snapshot.jpg":
            shown = self._of_live(self.server.live.now)
            self._send(HTTPStatus.OK, "image/jpeg", shown.jpeg, {"Cache-Control": "no-store", **_said_of(shown)})
        elif path.startswith("/views/") and path.endswith(".jpg"):
            self._send_reference(path.removeprefix("/views/").removesuffix(".jpg"))
        elif path == "/live.mjpeg":
            self._stream()
        else:
            raise _Problem(
                HTTPStatus.NOT_FOUND, f"nothing is at {path}; there are /media, /snapshot.jpg, /views/PRESET.jpg, /live.mjpeg"
            )

    def _post(self, path: str) -> None:
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > _MAX_BODY:
            self.close_connection = True
            raise _Problem(HTTPStatus.LENGTH_REQUIRED, f"a body of at most {_MAX_BODY} bytes with its length is expected")
        body = self.rfile.read(int(length))
        if not (path.startswith("/media/") and path.endswith("/stored")):
            raise _Problem(HTTPStatus.NOT_FOUND, f"nothing is at {path}; there is /media/ID/stored")
        media = self._known(path.removeprefix("/media/").removesuffix("/stored")).media
        try:
            told = MediaStored.model_validate_json(body)
        except ValidationError as error:
            raise _Problem(HTTPStatus.BAD_REQUEST, f"not understood: {error.error_count()} faults; expected sha256") from error
        if told.sha256 != media.sha256:
            reason = "is still being recorded" if not media.complete else f"has the SHA-256 {media.sha256}"
            raise _Problem(HTTPStatus.CONFLICT, f"{media.id} {reason}")
        self.server.stored(media.id)
        self._send(HTTPStatus.NO_CONTENT, "", b"")

    def _known(self, media_id: str) -> Kept:
        kept = self.server.shelf.get(media_id)
        if kept is None and not self.server.shelf.is_known:
            raise _Problem(HTTPStatus.SERVICE_UNAVAILABLE, "what is on the card is still being looked at", **{"Retry-After": "1"})
        if kept is None or kept.deleted is not None:
            raise _Problem(HTTPStatus.NOT_FOUND, f"there is no {media_id[:80]!r} (any more)")
        return kept

    def _send_media(self, media_id: str) -> None:
        media = self._known(media_id).media
        try:
            file = self.server.shelf.open(media)
        except FileNotFoundError as error:
            raise _Problem(HTTPStatus.NOT_FOUND, f"the file of {media.id} is gone") from error
        try:
            self._send_file(file, media)
        finally:
            os.close(file)

    def _send_file(self, file: int, media: Media) -> None:
        """Of one that is being recorded what is on the card for good: `size_bytes`, and its whole length is not known."""
        size = media.size_bytes
        total = str(size) if media.complete else "*"
        try:
            part = parse_range(self.headers.get("Range"), size)
        except BadRange as error:
            raise _Problem(
                HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, str(error), **{"Content-Range": f"bytes */{size}"}
            ) from error
        start, end = part or (0, size)
        headers = {"Accept-Ranges": "bytes", "Content-Length": str(end - start)}
        if part is not None:
            headers["Content-Range"] = f"bytes {start}-{end - 1}/{total}"
        if media.sha256:
            headers["ETag"] = f'"{media.sha256}"'
        self._begin(HTTPStatus.PARTIAL_CONTENT if part else HTTPStatus.OK, TYPES[media.kind], headers)
        os.lseek(file, start, os.SEEK_SET)
        left = end - start
        while left and (chunk := os.read(file, min(_CHUNK, left))):
            self.wfile.write(chunk)
            left -= len(chunk)
        self.close_connection = self.close_connection or left > 0  # deleted and cut meanwhile: the length was a promise

    def _send_reference(self, preset: str) -> None:
        still = self.server.reference(preset)
        try:
            jpeg = None if still is None else still.read_bytes()
        except FileNotFoundError:
            jpeg = None
        if jpeg is None:
            raise _Problem(HTTPStatus.NOT_FOUND, f"there is no reference of {preset[:40]!r} (yet)")
        self._send(HTTPStatus.OK, "image/jpeg", jpeg, {"Cache-Control": "no-store"})

    def _stream(self) -> None:
        try:
            with self.server.live.viewer():
                shown = self._of_live(lambda: self.server.live.next(-1, _STILL_THERE_S))
                self.close_connection = True
                content = f"multipart/x-mixed-replace; boundary={LIVE_BOUNDARY}"
                self._begin(HTTPStatus.OK, content, {"Cache-Control": "no-store", "Connection": "close"})
                self.connection.settimeout(SEND_S)
                self._send_pictures(shown)
        except NoRoom as error:
            raise _Problem(HTTPStatus.SERVICE_UNAVAILABLE, str(error), **{"Retry-After": "5"}) from error

    def _send_pictures(self, shown: Shown) -> None:
        while True:
            sent_at = time.monotonic()
            said = "".join(f"{name}: {value}\r\n" for name, value in _said_of(shown).items())
            head = f"--{LIVE_BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(shown.jpeg)}\r\n{said}\r\n"
            self.connection.sendall(head.encode() + shown.jpeg + b"\r\n")
            pause = sent_at + 1 / MAX_FPS - time.monotonic() - 0.005
            if pause > 0:
                time.sleep(pause)
            try:
                shown = self.server.live.next(shown.number, _STILL_THERE_S)
            except Nothing:
                return

    def _of_live(self, take: Callable[[], Shown]) -> Shown:
        try:
            return take()
        except Nothing as error:
            status = HTTPStatus.FORBIDDEN if self.server.live.is_private else HTTPStatus.SERVICE_UNAVAILABLE
            raise _Problem(status, str(error)) from error

    def _begin(self, status: HTTPStatus, content_type: str, headers: dict[str, str]) -> None:
        self.send_response(status)
        if content_type:
            self.send_header("Content-Type", content_type)
        for name, value in headers.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()

    def _send(self, status: HTTPStatus, content_type: str, body: bytes, headers: dict[str, str] | None = None) -> None:
        length = {} if status == HTTPStatus.NO_CONTENT else {"Content-Length": str(len(body))}
        self._begin(status, content_type, {**length, **(headers or {})})
        self.wfile.write(body)


def _listed(shelf: Shelf) -> MediaList:
    waiting = [kept.media for kept in shelf.all() if not kept.stored and kept.deleted is None]
    return MediaList(media=tuple(sorted(waiting, key=lambda media: (media.kind != MediaKind.STILL, media.id))))


def _said_of(shown: Shown) -> dict[str, str]:
    age_ms = max(0, (time.monotonic_ns() // 1000 - shown.at_us) // 1000)
    return {"X-Frame": str(shown.number), "X-Age-Ms": str(age_ms)}
