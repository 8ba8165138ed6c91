"""Short directed plays, each around one promise: they make the loss or the double certain that breaking it would bring."""

from tests.chaos.evidence import settle
from tests.chaos.run import Run
from tests.chaos.site import BROKER_FILE, until

PRESSES = 10
_WITHIN_S = 20.0


async def broker_forgets_what_it_acknowledged(run: Run) -> None:
    """Events reach the broker while the bridge is away; then the broker dies and comes back empty."""
    site, device = run.site, run.site.devices[0]
    await _in_order(run)
    site.programs["bridge"].keep_away()
    before = site.pubacks[device]
    await run.people.press(device, PRESSES)
    await until(lambda: _is(site.pubacks[device] >= before + 2 * PRESSES), "the broker has acknowledged them", _WITHIN_S)
    site.programs["broker"].keep_away()
    (site.data("broker") / BROKER_FILE).unlink(missing_ok=True)
    site.programs["broker"].let_back()
    site.programs["bridge"].let_back()


async def bridge_dies_after_its_puback(run: Run) -> None:
    """A third party's events are acknowledged by the bridge, which dies at once."""
    await _in_order(run)
    async with run.third_party:
        await until(run.third_party.connected, "the third party is connected", _WITHIN_S)
        for _ in range(PRESSES):
            run.third_party.say()
        await until(lambda: _is(len(run.site.third_party_accepted) >= PRESSES), "the bridge has acknowledged them", _WITHIN_S)
        run.site.programs["bridge"].kill()


async def answer_to_an_upload_is_lost(run: Run) -> None:
    """The server stores an upload, and the bridge never hears of it."""
    site = run.site
    await _in_order(run)
    before = len(run.reader.seen)
    site.links["server"].loses_answers = True
    await run.people.press(site.devices[0], PRESSES)
    await until(lambda: _is(len(run.reader.seen) > before), "the server has stored the first of them", _WITHIN_S)
    site.links["server"].heal()
    await until(lambda: _spool_is_empty(run), "the bridge has uploaded everything", _WITHIN_S)


async def agent_starts_on_a_pruned_log(run: Run) -> None:
    """Everything is acknowledged, and so may be pruned; the agent starts again and accepts more."""
    site, device = run.site, run.site.devices[0]
    await _in_order(run)
    await run.people.press(device, PRESSES)
    await settle(site, run.ledger, run.reader, _WITHIN_S)
    await until(lambda: _knows_that_all_is_stored(run, device), "the agent has been told", _WITHIN_S)
    site.programs[device].kill()
    await run.people.press(device, PRESSES)


async def _in_order(run: Run) -> None:
    """Events flow from end to end."""
    await run.people.press(run.site.devices[0], 1)
    await settle(run.site, run.ledger, run.reader, _WITHIN_S)


async def _knows_that_all_is_stored(run: Run, device: str) -> bool:
    heartbeat = (await run.site.get(f"/api/devices/{device}"))["heartbeat"]
    return heartbeat["log_depth"] == 0 and heartbeat["last_seq"] >= len(run.ledger.events)


async def _is(condition: bool) -> bool:
    return condition


async def _spool_is_empty(run: Run) -> bool:
    return (await run.site.get("/api/site"))["spool_depth"] == 0
