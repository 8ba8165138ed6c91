"""A house whose entrance guards with delays, and its shield on the page."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.house import RunningHouse

AGENT = """
device_id = "raspberry-01"

[sensors.motion]
pin = 17
location = "entrance"

[sensors.button]
pin = 27
location = "entrance"

[siren]
pin = 22

[alarm]
exit_delay_s = {exit_s}
entry_delay_s = 60

[zones.motion]
type = "delayed"

[zones.button]
pulses = 2
"""


@contextmanager
def a_house(folder: Path, *, exit_s: float = 0.0) -> Iterator[RunningHouse]:
    """A house in which nobody walks by, whose first Pi has delays and a filter."""
    config = folder / "data" / "agents" / "raspberry-01" / "agent.toml"
    config.parent.mkdir(parents=True)
    config.write_text(AGENT.format(exit_s=exit_s))
    house = RunningHouse(folder / "data", "--no-scenario")
    try:
        yield house
    finally:
        house.stop()


def shield(page: Page) -> Locator:
    return page.get_by_test_id("shield").first


def becomes(page: Page, state: str, *, within_s: float = 10.0) -> None:
    expect(shield(page)).to_have_attribute("data-state", state, timeout=within_s * 1000)
