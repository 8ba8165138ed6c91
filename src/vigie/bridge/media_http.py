"""The two HTTP sides of a clip's way: a Pi's media server, and `/api/media` of the server. One attempt each; nothing is stored."""

import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any, TypeVar

import aiohttp
from pydantic import BaseModel, ValidationError

from vigie.protocol.camera import LIVE_BOUNDARY, Media, MediaAddress, MediaList, MediaOffset, MediaStored
from vigie.protocol.events import explain

CHUNK_BYTES = 1024 * 1024
MAX_LIST_BYTES = 4 * CHUNK_BYTES
TIMEOUT = aiohttp.ClientTimeout(total=30.0, connect=5.0)
COMPLETE_TIMEOUT = aiohttp.ClientTimeout(total=120.0, connect=5.0)
"""The server hashes the whole clip before it answers."""
LIVE_TIMEOUT = aiohttp.ClientTimeout(total=None, connect=5.0, sock_read=10.0)

M = TypeVar("M", bound=BaseModel)


class PiLost(Exception):
    """The Pi's media server does not answer, or not as one; the text says why."""


class PiUntrusted(PiLost):
    """Its media server is not known to be that of this Pi; the text says why."""


class PiRefused(Exception):
    """The Pi does not give this: it is gone, or private."""


class ServerLost(Exception):
    """The server cannot take anything now; the text says why."""


class ServerRefused(Exception):
    """The server does not want this clip or still, whenever it comes."""


class WrongHash(Exception):
    """What has arrived there is not what the Pi has; it was thrown away."""


class PiMedia:
    """A Pi's media server. With `tls` its certificate must be that of `device_id`, whatever its address is at the moment."""

    def __init__(
        self, http: aiohttp.ClientSession, address: MediaAddress, device_id: str = "", tls: ssl.SSLContext | None = None
    ) -> None:
        self._http = http
        self._tls: dict[str, Any] = {} if tls is None else {"ssl": tls, "server_hostname": device_id}
        self._url = address.url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {address.token}"}

    async def list(self) -> MediaList:
        """What the server does not have yet; raises `PiLost`."""
        async with self._ask("GET", "/media") as answer:
            return _read(MediaList, await _body(answer, MAX_LIST_BYTES), self._url)

    async def piece(self, media: Media, offset: int) -> bytes:
        """At most `CHUNK_BYTES` of it from `offset` on, none where there are no more yet. Raises `PiLost`, `PiRefused`."""
        headers = {"Range": f"bytes={offset}-{offset + CHUNK_BYTES - 1}"}
        async with self._ask("GET", f"/media/{media.id}", headers=headers) as answer:
            if answer.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                return b""
            starts_there = answer.headers.get("Content-Range", "").startswith(f"bytes {offset}-")
            if not starts_there and not (answer.status == HTTPStatus.OK and offset == 0):
                raise PiLost(f"{self._url} does not give ranges (HTTP {answer.status})")
            return await _body(answer, CHUNK_BYTES, cut=True)

    async def stored(self, media: Media) -> None:
        """Says that the server has it; raises `PiLost`, `PiRefused`."""
        body = MediaStored(sha256=media.sha256 or "").model_dump(mode="json")
        async with self._ask("POST", f"/media/{media.id}/stored", json=body):
            pass

    @asynccontextmanager
    async def live(self) -> AsyncIterator[AsyncIterator[bytes]]:
        """Its pictures as a multipart stream; raises `PiLost`, `PiRefused`."""
        async with self._ask("GET", "/live.mjpeg", timeout=LIVE_TIMEOUT) as answer:
            yield answer.content.iter_any()

    @asynccontextmanager
    async def _ask(self, method: str, path: str, **arguments: Any) -> AsyncIterator[aiohttp.ClientResponse]:
        arguments["headers"] = {**self._headers, **arguments.get("headers", {})}
        arguments.setdefault("timeout", TIMEOUT)
        if self._tls and not self._url.startswith("https://"):
            raise PiUntrusted(f"{self._url} is not encrypted: give its [camera] tls_certificate and tls_key")
        try:
            async with self._http.request(method, self._url + path, allow_redirects=False, **self._tls, **arguments) as answer:
                if answer.status in {403, 404, 409, 410}:
                    raise PiRefused(f"{self._url}{path} answers HTTP {answer.status}")
                if not (200 <= answer.status < 300 or answer.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE):
                    raise PiLost(f"{self._url}{path} answers HTTP {answer.status}")
                yield answer
        except aiohttp.ClientSSLError as error:
            raise PiUntrusted(f"{self._url} has no certificate that we trust (pis_tls_ca): {error}") from error
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:  # ValueError: an address that is no URL
            raise PiLost(f"no media server at {self._url}: {str(error) or type(error).__name__}") from error


class MediaApi:
    """`/api/media` of the server."""

    def __init__(self, http: aiohttp.ClientSession, backend_url: str) -> None:
        self._http = http
        self._url = f"{backend_url}/api/media"

    async def announce(self, media: Media) -> MediaOffset:
        """Tells of it; the next byte that is wanted. Raises `ServerLost`, `ServerRefused`."""
        return await self._ask("PUT", f"/{media.id}", json=media.model_dump(mode="json"))

    async def append(self, media: Media, offset: int, data: bytes) -> MediaOffset:
        """Sends bytes; the next byte that is wanted then, also where it is another one. Raises `ServerLost`, `ServerRefused`."""
        headers = {"Content-Type": "application/octet-stream"}
        return await self._ask("PATCH", f"/{media.id}?offset={offset}", data=data, headers=headers)

    async def complete(self, media: Media) -> MediaOffset:
        """Says that all was sent. Raises `WrongHash`, `ServerLost`, `ServerRefused`."""
        body = {"sha256": media.sha256, "size_bytes": media.size_bytes}
        return await self._ask("POST", f"/{media.id}/complete", json=body, timeout=COMPLETE_TIMEOUT)

    async def relay_live(self, device_id: str, parts: AsyncIterator[bytes]) -> int:
        """Streams pictures until they or the server end it; the server's HTTP status. Raises `ServerLost`."""
        headers = {"Content-Type": f"multipart/x-mixed-replace; boundary={LIVE_BOUNDARY}"}
        timeout = aiohttp.ClientTimeout(total=None, connect=5.0)
        try:
            async with self._http.post(f"{self._url}/live/{device_id}", data=parts, headers=headers, timeout=timeout) as answer:
                return answer.status
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise ServerLost(f"no server at {self._url}: {str(error) or type(error).__name__}") from error

    async def _ask(self, method: str, path: str, **arguments: Any) -> MediaOffset:
        arguments.setdefault("timeout", TIMEOUT)
        try:
            async with self._http.request(method, self._url + path, allow_redirects=False, **arguments) as answer:
                status, content = answer.status, await _body(answer, CHUNK_BYTES)
        except (aiohttp.ClientError, TimeoutError, OSError, PiLost) as error:
            raise ServerLost(f"no server at {self._url}: {str(error) or type(error).__name__}") from error
        if 200 <= status < 300:
            return _offset(content, self._url)
        code, detail = _problem(content)
        if code == "wrong_offset":
            return _offset(content, self._url)
        if code == "wrong_hash":
            raise WrongHash(detail)
        if status in {400, 409, 413, 422}:
            raise ServerRefused(f"HTTP {status} {detail}".rstrip())
        raise ServerLost(f"{self._url} answers HTTP {status} {detail}".rstrip())


async def _body(answer: aiohttp.ClientResponse, limit: int, *, cut: bool = False) -> bytes:
    """The body up to `limit`; a longer one is cut, or no answer at all."""
    content = bytearray()
    while chunk := await answer.content.read(limit + 1 - len(content)):
        content += chunk
        if len(content) > limit:
            if not cut:
                raise PiLost(f"{answer.url.origin()} answers more than {limit} bytes")
            return bytes(content[:limit])
    return bytes(content)


def _read(model: type[M], content: bytes, url: str) -> M:
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        raise PiLost(f"{url} does not answer as a media server ({explain(error)})") from error


def _offset(content: bytes, url: str) -> MediaOffset:
    try:
        return MediaOffset.model_validate_json(content)
    except ValidationError as error:
        raise ServerLost(f"{url} does not answer as a Vigie server ({explain(error)}); check BACKEND_URL") from error


def _problem(content: bytes) -> tuple[str, str]:
    """`code` and `detail` of a problem body, or nothing and its first bytes."""
    try:
        problem = json.loads(content)
        return str(problem.get("code", "")), str(problem["detail"])[:300]
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError):
        return "", content[:200].decode("utf-8", "replace")
