"""The pins of a simulated agent, driven with the moment at which each edge was made."""

import asyncio
import json
from pathlib import Path

from benchmarks.measuring.pipelines import Driven
from vigie.testing.trigger import short_socket_path


async def drive_once(folder: Path, device: str, length_s: float, sensor: str = "motion") -> list[Driven]:
    """One pulse on a sensor of the agent whose data are in `folder`; the events that it accepted."""
    with short_socket_path(folder) as path:
        reader, writer = await asyncio.open_unix_connection(path)
    writer.write(json.dumps({"device": device, "sensor": sensor, "for_s": length_s}).encode() + b"\n")
    found = []
    while line := await reader.readline():
        answer = json.loads(line)
        if "event" in answer:
            found.append(Driven(answer["event"]["id"], answer["driven_at_s"]))
        elif "error" in answer:
            raise RuntimeError(f"{device} refused a pulse: {answer['error']}")
    writer.close()
    return found
