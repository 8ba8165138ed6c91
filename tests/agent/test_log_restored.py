"""A Pi's log from a backup meets a server that knows more: nothing is lost, nothing stored twice."""

from pathlib import Path

import pytest

from tests.agent.test_event_log import draft, open_log
from tests.owner.backups import back_up, restore
from tests.server.running import Server, running_server
from vigie.agent.event_log import EventLog
from vigie.agent.log_file import LoggedEvent
from vigie.protocol.events import from_sensor_payload
from vigie.protocol.states import Ack
from vigie.protocol.times import from_unix_ms
from vigie.protocol.topics import DeviceTopic

DEVICE = "raspberry-01"


class Card:
    """A Pi's log on its card, and the way to its server that a bridge would be."""

    def __init__(self, folder: Path, faults, clock) -> None:
        self.folder, self._faults, self._clock = folder, faults, clock
        folder.mkdir(parents=True, exist_ok=True)
        self.log: EventLog = open_log(folder, faults, clock=clock)

    async def accept(self, first: int, last: int) -> None:
        for number in range(first, last + 1):
            self.log.accept(draft(number))
        await self.log.flush()

    async def tell(self, server: Server, first: int, last: int) -> None:
        """Accepts them, and sends them off at once, before any answer of the server is heard: the live lane."""
        before = self.log.last_seq
        await self.accept(first, last)
        await self._upload(server, await self.log.call(lambda file: file.page(before, 1000)))

    async def deliver(self, server: Server) -> None:
        """All that is not acknowledged goes out; the answers come back."""
        while page := await self.log.call(lambda file: file.page(file.acked_through, 20)):
            for told in await self._upload(server, page):
                ack = {key: told[key] for key in ("stream_id", "through_seq", "event_id")}
                await self.log.acknowledge(Ack.model_validate(ack))

    async def _upload(self, server: Server, page: list[LoggedEvent]) -> list[dict]:
        items = []
        for event in page:
            topic = DeviceTopic("sensors", DEVICE, event.draft.sensor)
            item = from_sensor_payload(topic, event.payload(), received_at=from_unix_ms(0), new_id="unused")
            items.append(item.model_dump(mode="json"))
        status, answer = await server.post("/api/events", items)
        assert (status, answer["quarantined"]) == (200, 0), answer
        return answer["cursors"]

    def restored(self, backup: Path) -> "Card":
        self.log.close()
        restore(backup, self.folder)
        return Card(self.folder, self._faults, self._clock)


@pytest.fixture
async def server(tmp_path, clock):
    async with running_server(tmp_path / "server", clock) as running:
        yield running


@pytest.fixture
async def card(tmp_path, faults, clock, server):
    """Fifty events, thirty of them at the server."""
    made = Card(tmp_path / "pi", faults, clock)
    await made.accept(1, 30)
    await made.deliver(server)
    await made.accept(31, 50)
    return made


async def ids(server: Server) -> list[str]:
    return [event["id"] for event in await server.events(limit=1000, after=0)]


async def ledger(server: Server) -> dict:
    status, answer = await server.get("/api/ledger")
    assert status == 200, answer
    (found,) = answer["devices"]
    return found


@pytest.mark.parametrize("alone", [0, 10, 60], ids=["heard at once", "cut off", "cut off for longer than the old card lived on"])
async def test_a_log_from_the_middle_of_its_life_goes_on(tmp_path, server, card, alone):
    back_up(tmp_path / "x.vigie", card.folder)
    await card.accept(51, 80)
    await card.deliver(server)
    card = card.restored(tmp_path / "x.vigie")
    await card.accept(81, 80 + alone)
    await card.tell(server, 81 + alone, 90 + alone)
    await card.deliver(server)
    await card.accept(91 + alone, 100 + alone)
    await card.deliver(server)
    card.log.close()
    found = await ids(server)
    assert sorted(found) == sorted(f"id-{number}" for number in range(1, 101 + alone))
    assert (await ledger(server))["quarantined"] == 0
    assert (await ledger(server))["missing"] in (0, None)


async def test_what_the_old_card_had_not_sent_is_all_that_is_missing(tmp_path, server, card):
    await card.deliver(server)
    back_up(tmp_path / "x.vigie", card.folder)
    await card.accept(51, 80)
    card = card.restored(tmp_path / "x.vigie")
    await card.accept(81, 100)
    await card.deliver(server)
    card.log.close()
    assert await ids(server) == [f"id-{number}" for number in (*range(1, 51), *range(81, 101))]


async def test_put_back_together_with_its_server_it_keeps_its_stream(tmp_path, clock, faults):
    house = tmp_path / "house"
    async with running_server(house / "server", clock) as server:
        card = Card(house / "agents" / DEVICE, faults, clock)
        await card.accept(1, 30)
        await card.deliver(server)
        await card.accept(31, 50)
        back_up(tmp_path / "x.vigie", house)
        await card.accept(51, 80)
        await card.deliver(server)
        stream = card.log.stream_id
        card.log.close()
    restore(tmp_path / "x.vigie", house)
    async with running_server(house / "server", clock) as server:
        card = Card(house / "agents" / DEVICE, faults, clock)
        assert card.log.stream_id == stream
        await card.accept(81, 100)
        await card.deliver(server)
        card.log.close()
        assert await ids(server) == [f"id-{number}" for number in (*range(1, 51), *range(81, 101))]
        assert (await ledger(server))["missing"] in (0, None)
