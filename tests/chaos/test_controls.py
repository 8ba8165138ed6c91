"""The suite bites: each way of keeping the promise badly is found out, by the same play that the real programs come through."""

import asyncio

import pytest

from tests.chaos import directed
from tests.chaos.run import Run, RunOptions
from tests.chaos.site import SiteOptions

PLAYS = {
    directed.broker_forgets_what_it_acknowledged: ("agent", "agent_deletes_on_puback"),
    directed.bridge_dies_after_its_puback: ("bridge", "bridge_acknowledges_first"),
    directed.answer_to_an_upload_is_lost: ("server", "server_without_unique_key"),
    directed.agent_starts_on_a_pruned_log: ("agent", "log_without_autoincrement"),
}
# What was broken never arrives, so waiting longer finds nothing else; the real programs are given all the time that they may need.
_CONTROL_SETTLES_S = 10.0
_REAL_SETTLES_S = 40.0


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory):
    """Verdicts by play, on the control and on the real programs. All at the same time: they mostly wait."""

    async def both(act, role, control):
        return await asyncio.gather(
            play(act, {role: f"tests.chaos.controls.{control}"}, _CONTROL_SETTLES_S), play(act, {}, _REAL_SETTLES_S)
        )

    async def play(act, programs, settle_within_s):
        # No disks and no clocks of their own: these need no namespace, so nobody has to be root.
        site = SiteOptions(agents=1, sensors=2, disk_bytes=None, fake_clocks=False, programs=programs)
        folder = tmp_path_factory.mktemp(act.__name__)
        return await Run(RunOptions(folder=folder, seed=0, steps=(), settle_within_s=settle_within_s, site=site)).play(act)

    async def all_plays():
        found = await asyncio.gather(*(both(act, *control) for act, control in PLAYS.items()))
        return dict(zip(PLAYS, found, strict=True))

    return asyncio.run(all_plays())


@pytest.mark.parametrize("act", PLAYS, ids=lambda act: act.__name__)
def test_the_real_programs_come_through_each_play(verdicts, act):
    _, real = verdicts[act]
    assert not real.faults


def test_an_agent_that_deletes_on_puback_is_found_to_lose_events(verdicts):
    control, _ = verdicts[directed.broker_forgets_what_it_acknowledged]
    assert control.lost > 0


def test_a_bridge_that_acknowledges_before_its_commit_is_found_to_lose_events(verdicts):
    control, _ = verdicts[directed.bridge_dies_after_its_puback]
    assert control.third_party_lost > 0


def test_a_server_without_a_unique_key_is_found_to_store_twice(verdicts):
    control, _ = verdicts[directed.answer_to_an_upload_is_lost]
    assert control.duplicated > 0


def test_a_log_without_autoincrement_is_found_to_lose_events(verdicts):
    control, _ = verdicts[directed.agent_starts_on_a_pruned_log]
    assert control.lost > 0
