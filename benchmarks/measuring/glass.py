"""The glass: a page of the dashboard whose live picture is read as it is painted, by the number that the source drew into it."""

import asyncio
from dataclasses import dataclass

from playwright.async_api import Page

from vigie.camera.frame_strip import BLOCKS, read_strip

# Each picture that the live <img> has loaded is read in a task after the first animation frame in which it is to be seen: by
# then that frame was handed to the compositor. Of the strip one row is drawn onto a canvas, and a point of each block is read.
_READ = """
window.painted = [];
window.firstPainted = new Promise((resolve) => {
  const context = new OffscreenCanvas(4000, 1).getContext("2d", { willReadFrequently: true });
  const points = (image) => {
    const [width, height] = [image.naturalWidth, image.naturalHeight];
    const rows = Math.max(2, Math.floor(height / 24 / 2) * 2);
    context.drawImage(image, 0, height - rows / 2 - 1, width, 1, 0, 0, width, 1);
    const { data } = context.getImageData(0, 0, width, 1);
    return Array.from({ length: BLOCKS }, (_, at) => data[4 * Math.floor(((2 * at + 1) * width) / (2 * BLOCKS))]);
  };
  let loaded = null;
  const afterPaint = new MessageChannel();
  afterPaint.port1.onmessage = ({ data }) => {
    window.painted.push([performance.now(), data]);
    resolve();
  };
  const look = () => {
    requestAnimationFrame(look);
    // Between two pictures an image may have no size for a moment: then it is looked at with the next frame.
    if (loaded === null || loaded.hidden || !loaded.complete || loaded.naturalWidth === 0) return;
    const seen = points(loaded);
    loaded = null;
    afterPaint.port2.postMessage(seen);
  };
  requestAnimationFrame(look);
  document.addEventListener("load", ({ target }) => {
    const stage = target instanceof HTMLImageElement && target.closest("[data-testid=live-picture]");
    if (stage && stage.querySelector("img") === target) loaded = target;
  }, true);
});
""".replace("BLOCKS", str(BLOCKS))


@dataclass(frozen=True, slots=True)
class Painted:
    """A frame on the page. `opened_ms`: since the navigation began, by the page's clock."""

    frame: int
    opened_ms: float


async def read_what_is_painted(page: Page) -> None:
    """From the page's next address on."""
    await page.add_init_script(_READ)


async def take_painted(page: Page) -> list[Painted]:
    """What was painted since the last call, in order; what could not be read is left out."""
    rows: list[tuple[float, list[int]]] = await page.evaluate("window.painted.splice(0)")
    strips = ((at_ms, read_strip(bytes(points), BLOCKS, 2)) for at_ms, points in rows)
    return [Painted(strip.frame, at_ms) for at_ms, strip in strips if strip is not None]


async def until_painted(page: Page, within_s: float) -> None:
    """Until the first picture. Raises `TimeoutError`."""
    async with asyncio.timeout(within_s):
        await page.evaluate("window.firstPainted")
