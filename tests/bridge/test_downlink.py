"""A call to the server: its answer, its end without one, and that it can always be cancelled."""

import asyncio

import pytest
from socketio.exceptions import BadNamespaceError

from vigie.bridge import downlink
from vigie.bridge.downlink import Link, LinkLost


class Client:
    """A Socket.IO client of which the test gives the answers."""

    def __init__(self):
        self.sent, self.answer, self.error = [], None, None

    async def emit(self, name, body, *, namespace, callback):
        if self.error is not None:
            raise self.error
        self.sent.append((name, body, namespace))
        self.answer = callback


@pytest.fixture
def client():
    return Client()


async def started(client, name="hello"):
    task = asyncio.create_task(Link(client).call(name, {"a": 1}))
    await asyncio.sleep(0)
    assert client.sent == [(name, {"a": 1}, "/bridge")]
    return task


@pytest.mark.parametrize(("values", "answer"), [((), None), (("yes",), "yes"), (("yes", 2), ("yes", 2))])
async def test_the_answer_is_what_the_server_gave(client, values, answer):
    task = await started(client)
    client.answer(*values)
    client.answer("too late")
    assert await task == answer


async def test_without_an_answer_in_time_the_link_is_lost(client, monkeypatch):
    monkeypatch.setattr(downlink, "ANSWER_TIMEOUT_S", 0.01)
    with pytest.raises(LinkLost, match="no answer to 'hello': TimeoutError"):
        await Link(client).call("hello", {})


async def test_a_link_that_is_gone_already_is_lost(client):
    client.error = BadNamespaceError("/bridge is not a connected namespace")
    with pytest.raises(LinkLost, match="not a connected namespace"):
        await Link(client).call("hello", {})


@pytest.mark.parametrize("ticks", range(5))
async def test_a_call_that_is_cancelled_in_the_moment_of_its_answer_is_cancelled_or_done_never_both(client, ticks):
    task = await started(client)
    client.answer("yes")
    for _ in range(ticks):
        await asyncio.sleep(0)
    was_cancelled = task.cancel()
    await asyncio.wait((task,))
    assert task.cancelled() is was_cancelled
