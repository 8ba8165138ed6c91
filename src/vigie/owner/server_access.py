"""Asking the server, one question after the other on one connection. Only GET: what is asked changes nothing."""

import http.client
import json
import ssl
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from vigie.bridge.settings import ENV_KEYS, BridgeSettings
from vigie.runtime.config import load

DEFAULT_URL = "http://127.0.0.1:8000"
TIMEOUT_S = 10.0
PAGE = 1000
_UNKNOWN = {
    401: "it does not know us; `vigie token add NAME --scope viewer --file FILE` there makes a BACKEND_TOKEN_FILE",
    403: "our token is not for this; one of the scope viewer is",
}
_FROM_ENVIRONMENT = {variable: key for variable, key in ENV_KEYS.items() if variable.startswith("BACKEND_")}


class ServerSilent(Exception):
    """The server cannot be asked. The text says where, and what to do."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"no answer from {url}: {reason}; is the server running? Name it with BACKEND_URL")
        self.reason = reason


class Server:
    """The server at `url`, e.g. `http://127.0.0.1:8000`. Its methods raise `ServerSilent`."""

    def __init__(
        self, url: str, token: str | None = None, *, tls: ssl.SSLContext | None = None, timeout_s: float = TIMEOUT_S
    ) -> None:
        self.url = url.rstrip("/")
        self.tls = tls
        parts = urlsplit(self.url)
        place = parts.netloc.rpartition("@")[2]
        self._connection = (
            http.client.HTTPSConnection(place, timeout=timeout_s, context=tls)
            if parts.scheme == "https"
            else http.client.HTTPConnection(place, timeout=timeout_s)
        )
        self._path = parts.path
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def get(self, path: str, *, accept: tuple[int, ...] = (200,), **query: object) -> Any:
        """The JSON answer to a GET with one of the statuses in `accept`."""
        given = {name: value for name, value in query.items() if value is not None}
        target = f"{self._path}{path}" + (f"?{urlencode(given)}" if given else "")
        try:
            status, body = self._ask(target)
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise ServerSilent(self.url, str(error) or type(error).__name__) from error
        if status in _UNKNOWN and status not in accept:
            raise ServerSilent(self.url, f"it answers {status} to {path}: {_UNKNOWN[status]}")
        if status not in accept:
            raise ServerSilent(self.url, f"it answers {status} to {path}")
        try:
            return json.loads(body)
        except ValueError as error:
            raise ServerSilent(self.url, f"what it answers to {path} is no JSON: is this Vigie's server?") from error

    def events(self, device_id: str | None, after: int) -> Iterator[list[dict[str, Any]]]:
        """Pages of events behind the cursor `after`, oldest first, to the present end."""
        while True:
            page = self.get("/api/events", device_id=device_id, after=after, limit=PAGE)
            if not isinstance(page, dict) or not {"events", "next"} <= page.keys():
                raise ServerSilent(self.url, "what it answers to /api/events is no page of events: is this Vigie's server?")
            yield page["events"]
            if page["next"] is None:
                return
            after = page["next"]

    def close(self) -> None:
        self._connection.close()

    def _ask(self, target: str) -> tuple[int, bytes]:
        try:
            return self._try(target)
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):  # it had closed an idle connection
            self._connection.close()
            return self._try(target)

    def _try(self, target: str) -> tuple[int, bytes]:
        self._connection.request("GET", target, headers=self._headers)
        answer = self._connection.getresponse()
        return answer.status, answer.read()


def server_of(environ: Mapping[str, str], url: str | None = None, *, timeout_s: float = TIMEOUT_S) -> Server:
    """The server that `url` or BACKEND_URL names, with the token that we were given. Raises `ConfigError`."""
    settings = load(BridgeSettings, None, environ, _FROM_ENVIRONMENT)
    default = settings.backend_url if environ.get("BACKEND_URL") else DEFAULT_URL
    return Server(url or default, settings.token(), tls=settings.backend_tls(), timeout_s=timeout_s)
