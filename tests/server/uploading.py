"""A bridge's side of an upload, as the server's tests play it."""

from io import BytesIO
from typing import Any

from tests.media import media, sha256
from tests.server.running import Server
from tests.waiting import wait_until_async

PIECE = 100_000


async def announce(server: Server, told: dict[str, Any]) -> dict[str, Any]:
    status, at = await server.put(f"/api/media/{told['id']}", told)
    assert status == 200, at
    return at


async def append(server: Server, media_id: str, offset: int, data: bytes | BytesIO) -> tuple[int, Any]:
    return await server._ask("PATCH", f"/api/media/{media_id}", params={"offset": offset}, data=data)


async def complete(server: Server, media_id: str, data: bytes) -> tuple[int, Any]:
    return await server.post(f"/api/media/{media_id}/complete", {"sha256": sha256(data), "size_bytes": len(data)})


async def upload(server: Server, told: dict[str, Any], data: bytes) -> None:
    """From the server's offset on, in pieces, to the end."""
    offset = (await announce(server, told))["offset"]
    while offset < len(data):
        status, at = await append(server, told["id"], offset, data[offset : offset + PIECE])
        assert status == 200, at
        offset = at["offset"]
    status, at = await complete(server, told["id"], data)
    assert (status, at["state"]) == (200, "finished"), at


async def recording(server: Server, media_id: str) -> dict[str, Any]:
    status, shown = await server.get(f"/api/recordings/{media_id}")
    assert status == 200, shown
    return shown


async def finished(server: Server, media_id: str) -> dict[str, Any]:
    """The recording once it is finished."""
    shown: dict[str, Any] = {}

    async def is_finished() -> bool:
        nonlocal shown
        shown = await recording(server, media_id)
        return shown["state"] == "finished"

    await wait_until_async(is_finished, f"{media_id} is finished")
    return shown


async def uploaded(server: Server, media_id: str, data: bytes, **changes: Any) -> dict[str, Any]:
    """A clip, all the way."""
    await upload(server, media(media_id, data, **changes), data)
    return await finished(server, media_id)
