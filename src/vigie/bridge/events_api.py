"""`POST /api/events` of the server: one attempt with one batch, and what its answer means."""

import json
from collections.abc import Sequence
from typing import Annotated

import aiohttp
from pydantic import BaseModel, Field, ValidationError

from vigie.protocol.events import DeviceId, EventId, StreamId, explain

POST_TIMEOUT_S = 10.0
# Refusals that are not about what we sent: wrong token, wrong address, overloaded. Waiting mends them, splitting does not.
_NOT_THE_ITEMS_FAULT = {401, 403, 404, 405, 407, 408, 421, 425, 426, 429}


class CursorAnswer(BaseModel):
    """Every event of this stream up to `through_seq` is committed on the server; `event_id` is that of the event there."""

    device_id: DeviceId
    stream_id: StreamId
    through_seq: Annotated[int, Field(ge=0)]
    event_id: EventId | None = None


class BatchAnswer(BaseModel):
    """The server's answer to a batch: each item is in one of the three counts."""

    accepted: Annotated[int, Field(ge=0)]
    duplicates: Annotated[int, Field(ge=0)]
    quarantined: Annotated[int, Field(ge=0)]
    cursors: list[CursorAnswer] = []


class Refused(Exception):
    """The server understood us and does not want this content."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Unavailable(Exception):
    """The server cannot take anything now; the text says why."""


class EventsApi:
    """The server's way in for events."""

    def __init__(self, http: aiohttp.ClientSession, backend_url: str) -> None:
        self._http = http
        self.url = f"{backend_url}/api/events"

    async def post(self, items: Sequence[bytes]) -> BatchAnswer:
        """The answer to these items, each the JSON of one. Raises `Refused`, `Unavailable`."""
        body = b"[" + b",".join(items) + b"]"
        try:
            async with self._http.post(
                self.url,
                data=body,
                headers={"Content-Type": "application/json"},
                timeout=aiohttp.ClientTimeout(total=POST_TIMEOUT_S),
                allow_redirects=False,
            ) as response:
                status, content = response.status, await response.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unavailable(f"no server at {self.url}: {str(error) or type(error).__name__}") from error
        if 200 <= status < 300:
            return _parse(content, len(items), self.url)
        reason = f"HTTP {status} {_detail(content)}".rstrip()
        if 400 <= status < 500 and status not in _NOT_THE_ITEMS_FAULT:
            raise Refused(reason)
        raise Unavailable(f"{self.url} answers {reason}")


def _parse(content: bytes, sent: int, url: str) -> BatchAnswer:
    """The answer, if it accounts for every item: a captive portal also says 200."""
    try:
        answer = BatchAnswer.model_validate_json(content)
    except ValidationError as error:
        raise Unavailable(f"{url} does not answer as a Vigie server ({explain(error)}); check BACKEND_URL") from error
    told = answer.accepted + answer.duplicates + answer.quarantined
    if told != sent:
        raise Unavailable(f"{url} accounts for {told} of {sent} items; check BACKEND_URL")
    return answer


def _detail(content: bytes) -> str:
    """The `detail` of a problem body, or its first bytes."""
    try:
        detail = json.loads(content)["detail"]
    except (ValueError, KeyError, TypeError, RecursionError):
        detail = content[:200].decode("utf-8", "replace")
    return str(detail)[:300]
