"""Driving a simulated agent that is killed while it speaks: a refusal, no crash of whoever asked."""

import asyncio
from pathlib import Path

import pytest

from vigie.testing.trigger import SOCKET_NAME, TriggerRefused, send_trigger


async def test_half_a_line_means_that_the_agent_went_away(tmp_path: Path):
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b'{"event": {"id"')
        writer.close()

    async with await asyncio.start_unix_server(speak, tmp_path / SOCKET_NAME):
        with pytest.raises(TriggerRefused, match="went away"):
            assert [event async for event in send_trigger(tmp_path, "raspberry-01", "motion", 0.1)] == []
