"""Driving the pins of a simulated agent: the words on its control socket, and the side that asks.

The socket is `control.sock` in the agent's data folder. One JSON line goes in,
`{"device", "sensor", "for_s"}`; JSON lines come out: `{"event": {"id", "stream_id", "seq", "type"}, "driven_at_s"}` for each
accepted event as soon as it is committed (`driven_at_s`: monotonic, just before its pin was driven), then `{"done": true}`,
or `{"error": "…"}`.
"""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SOCKET_NAME = "control.sock"
DEFAULT_HOUSE = Path("vigie-data")
_MAX_SOCKET_PATH_BYTES = 106  # sun_path of unix(7), less its NUL and the `~` of one that does not listen yet


class TriggerRefused(Exception):
    """The agent is not there, or it refused; the text says what to do."""


def main(device: str, sensor: str, seconds: float, data_dir: Path) -> int:
    """`vigie trigger`: prints each accepted event as one JSON line; 1 when the agent is not there or refused."""

    async def drive() -> None:
        async for event in send_trigger(data_dir, device, sensor, seconds):
            print(json.dumps(event), flush=True)

    try:
        asyncio.run(drive())
    except TriggerRefused as error:
        print(f"vigie trigger: {error}", file=sys.stderr)
        return 1
    return 0


async def send_trigger(data_dir: Path, device: str, sensor: str, seconds: float) -> AsyncIterator[dict[str, Any]]:
    """Drives a sensor for `seconds` and yields each accepted event (`id`, `stream_id`, `seq`, `type`). Raises `TriggerRefused`.

    `data_dir` is the folder of `vigie up` or the agent's own.
    """
    folder = find_agent(data_dir, device)
    try:
        with short_socket_path(folder) as path:
            reader, writer = await asyncio.open_unix_connection(path)
    except OSError as error:
        raise TriggerRefused(
            f"no simulated agent {device!r} runs in {folder} ({error.strerror}); start it with --simulate"
        ) from error
    try:
        writer.write(json.dumps({"device": device, "sensor": sensor, "for_s": seconds}).encode() + b"\n")
        await writer.drain()
        while line := await reader.readline():
            answer = json.loads(line)
            if "event" in answer:
                yield answer["event"]
            elif "error" in answer:
                raise TriggerRefused(answer["error"])
            else:
                return
        raise TriggerRefused(f"the agent {device!r} went away")
    except OSError as error:
        raise TriggerRefused(f"the agent {device!r} went away ({error.strerror})") from error
    except ValueError as error:  # half a line
        raise TriggerRefused(f"the agent {device!r} went away in the middle of a word") from error
    finally:
        writer.close()


def find_agent(data_dir: Path, device: str) -> Path:
    """The data folder of a device: below a house's folder, or the folder itself. Raises `TriggerRefused`."""
    candidates = [data_dir / "agents" / device, data_dir]
    if data_dir == DEFAULT_HOUSE:  # nobody named a folder: an agent that was not told one either keeps its data here
        state = os.environ.get("XDG_STATE_HOME")
        candidates.append((Path(state) if state else Path.home() / ".local" / "state") / "vigie" / "agents" / device)
    for folder in candidates:
        if (folder / SOCKET_NAME).exists():
            return folder
    looked = " nor in ".join(str(folder) for folder in candidates)
    raise TriggerRefused(
        f"no simulated agent {device!r} in {looked}; start `vigie up` or `vigie agent --simulate`, or give --data DIR"
    )


@contextmanager
def short_socket_path(folder: Path) -> Iterator[str]:
    """A name of the socket in `folder` that fits into a socket address, however deep the folder is. Raises `OSError`."""
    path = str(folder.absolute() / SOCKET_NAME)
    if len(os.fsencode(path)) <= _MAX_SOCKET_PATH_BYTES:
        yield path
        return
    handle = os.open(folder, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{handle}/{SOCKET_NAME}"
    finally:
        os.close(handle)
