"""Those who wait for events at the far end: a page in Chromium, and the official client in Node. Both note the instant
at which the callback of `socket.on` ran, on the clock of the harness (CLOCK_MONOTONIC).
"""

import asyncio
import json
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Browser, Page, async_playwright

from benchmarks.measuring.pipelines import Pipeline
from benchmarks.measuring.programs import NAIVE, NODE, until
from tests.house import clean_environment
from vigie.deploy.child import die_with_parent

_ROUND_TRIPS = 100
_CHROMIUM_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
# Runs before the page's own scripts, in both pipelines the same; the client is the official bundle.
_LISTEN = """
if (location.protocol === "http:") {
  window.seen = [];
  window.measured = io();
  for (const name of %s) {
    window.measured.on(name, (event) => window.seen.push([performance.now(), event]));
  }
}
"""


class ListenerDeaf(Exception):
    """The listener did not come up. The text says which and what it said."""


@dataclass(frozen=True, slots=True)
class Seen:
    """An event as a client got it: its key, and when the callback ran."""

    key: str
    at_s: float


@dataclass(frozen=True, slots=True)
class Listener:
    """`seen` returns all that has arrived so far, in order. `clock_error_s`: by how much its times may be off."""

    name: str
    seen: Callable[[], Awaitable[list[Seen]]]
    clock_error_s: float

    async def wait_for(self, keys: set[str], within_s: float) -> list[Seen]:
        """All that it has seen, as soon as that covers `keys`, or after `within_s` at the latest."""
        deadline = time.monotonic() + within_s
        while True:
            found = await self.seen()
            if keys <= {one.key for one in found} or time.monotonic() > deadline:
                return found
            await asyncio.sleep(0.2)


@asynccontextmanager
async def node_client(
    pipeline: Pipeline, names: Sequence[str] = (), key_of: Callable[[dict[str, Any]], str] | None = None
) -> AsyncIterator[Listener]:
    """The official socket.io-client in Node; its clock is ours, so its times have no error. `names` and `key_of`: what it
    listens to, and how to tell one from another, where that is not the pipeline's events.
    """
    key_of = key_of or pipeline.key_of
    process = await asyncio.create_subprocess_exec(
        NODE,
        str(NAIVE / "client.js"),
        pipeline.url,
        *(names or pipeline.event_names),
        stdout=asyncio.subprocess.PIPE,
        env=clean_environment(),
        limit=2**22,
        preexec_fn=die_with_parent,
    )
    found: list[Seen] = []
    connected = asyncio.Event()

    async def read() -> None:
        assert process.stdout is not None
        while line := await process.stdout.readline():
            answer = json.loads(line)
            if "event" in answer:
                found.append(Seen(key_of(answer["event"]), answer["at_s"]))
            else:
                connected.set()

    async def seen() -> list[Seen]:
        return list(found)

    reading = asyncio.create_task(read())
    try:
        async with asyncio.timeout(20):
            await connected.wait()
        yield Listener("Node client", seen, 0.0)
    finally:
        process.kill()
        await process.wait()
        await reading


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """The machine's own Chromium, headless."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        raise ListenerDeaf("chromium is not installed; run `sudo apt install chromium`")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=_CHROMIUM_ARGUMENTS)
        yield browser
        await browser.close()


@asynccontextmanager
async def browser_page(pipeline: Pipeline) -> AsyncIterator[Listener]:
    """The page that the pipeline serves, in headless Chromium, and in it the official client beside what the page does."""
    async with chromium() as browser:
        context = await browser.new_context(service_workers="block")
        page = await context.new_page()
        await page.add_init_script(path=NAIVE / "node_modules" / "socket.io-client" / "dist" / "socket.io.min.js")
        await page.add_init_script(_LISTEN % json.dumps(pipeline.event_names))
        await page.goto(pipeline.url)

        async def is_upgraded() -> bool:
            return bool(await page.evaluate("window.measured.connected && measured.io.engine.transport.name === 'websocket'"))

        await until(is_upgraded, f"the page of {pipeline.name} is connected", within_s=20)
        offset_s, error_s = await clock_offset(page)

        async def seen() -> list[Seen]:
            rows: list[tuple[float, dict[str, Any]]] = await page.evaluate("window.seen")
            return [Seen(pipeline.key_of(event), at_ms / 1000 + offset_s) for at_ms, event in rows]

        yield Listener("Chromium page", seen, error_s)


async def clock_offset(page: Page) -> tuple[float, float]:
    """What to add to the page's `performance.now()` for CLOCK_MONOTONIC, and how far off it may be, both in seconds.

    From the quickest of many round trips: the page read its clock at some instant within it, so the middle is wrong by
    half of it at most.
    """
    quickest_s, offset_s = float("inf"), 0.0
    for _ in range(_ROUND_TRIPS):
        before_s = time.monotonic()
        page_ms: float = await page.evaluate("performance.now()")
        after_s = time.monotonic()
        if after_s - before_s < quickest_s:
            quickest_s = after_s - before_s
            offset_s = (before_s + after_s) / 2 - page_ms / 1000
    return offset_s, quickest_s / 2
