"""The suite bites: each way of keeping the promise badly is found out, by the same play that the real programs come through."""

import asyncio

import pytest

from tests.chaos import directed
from tests.chaos.run import Run, RunOptions
from tests.chaos.site import SiteOptions

_SETTLE_S = 10.0


def play(folder, act, programs):
    """A small site, with some of its programs exchanged; no disks and clocks, so that nobody has to be root."""
    site = SiteOptions(agents=1, sensors=2, disk_bytes=None, fake_clocks=False, programs=programs)
    return Run(RunOptions(folder=folder, seed=0, steps=(), settle_within_s=_SETTLE_S, site=site)).play(act)


async def both(tmp_path, act, programs):
    """The verdicts on the control and on the real programs, at the same time on two sites."""
    return await asyncio.gather(play(tmp_path / "control", act, programs), play(tmp_path / "real", act, {}))


@pytest.mark.parametrize(
    ("act", "role", "control"),
    [
        (directed.broker_forgets_what_it_acknowledged, "agent", "agent_deletes_on_puback"),
        (directed.bridge_dies_after_its_puback, "bridge", "bridge_acknowledges_first"),
        (directed.agent_starts_on_a_pruned_log, "agent", "log_without_autoincrement"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
async def test_what_breaks_the_promise_is_found_to_lose_events(tmp_path, act, role, control):
    bad, good = await both(tmp_path, act, {role: f"tests.chaos.controls.{control}"})
    assert not good.faults
    assert bad.lost + bad.third_party_lost > 0


async def test_a_server_without_a_unique_key_is_found_to_store_twice(tmp_path):
    programs = {"server": "tests.chaos.controls.server_without_unique_key"}
    bad, good = await both(tmp_path, directed.answer_to_an_upload_is_lost, programs)
    assert not good.faults
    assert bad.duplicated > 0
