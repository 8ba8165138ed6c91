"""Asks who has the authority's key, a program of root's behind a socket of this machine (`vigie enrol`), to sign for a Pi."""

import asyncio
import json
from pathlib import Path
from typing import Any

from vigie.domain.enrolment import Wanted
from vigie.server.enrolment_errors import DeviceExists, NotSigned

_TIMEOUT_S = 30.0
"""A Pi Zero takes seconds to start Python."""
_MAX_ANSWER_BYTES = 256 * 1024
_EXISTS = "device_exists"


async def certify(path: Path, wanted: Wanted, *, replace: bool) -> dict[str, str]:
    """The files of the Pi: name -> base64. Raises `DeviceExists`, `NotSigned`."""
    order = {
        "device": wanted.device_id,
        "camera": wanted.camera,
        "key_switch": False,
        "etc": wanted.etc,
        "replace": replace,
    }
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            line = await _converse(path, json.dumps(order).encode() + b"\n")
    except TimeoutError as error:
        raise NotSigned(f"no answer within {_TIMEOUT_S:g} s; journalctl -u 'vigie-enrol@*' may say why") from error
    except (OSError, ValueError) as error:  # ValueError: a line beyond the limit
        raise NotSigned(f"{path} does not answer ({error}); is vigie-enrol.socket enabled?") from error
    return _files(line, wanted.device_id)


async def _converse(path: Path, order: bytes) -> bytes:
    reader, writer = await asyncio.open_unix_connection(path, limit=_MAX_ANSWER_BYTES)
    try:
        writer.write(order)
        await writer.drain()
        return await reader.readline()
    finally:
        writer.close()


def _files(line: bytes, device_id: str) -> dict[str, str]:
    try:
        answer: Any = json.loads(line)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise NotSigned("vigie enrol has ended without an answer; journalctl -u 'vigie-enrol@*' says why")
    if answer.get("code") == _EXISTS:
        raise DeviceExists(device_id)
    files = answer.get("files")
    if not isinstance(files, dict) or not files:
        raise NotSigned(str(answer.get("error", "vigie enrol gave no files")))
    return {str(name): str(content) for name, content in files.items()}
