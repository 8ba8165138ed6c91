"""A device with a camera process: what it is told, what becomes of it, and what is shown and remembered of it."""

import pytest

from tests.agent.filming import Filming


@pytest.fixture
async def film(tmp_path, monkeypatch):
    made = []

    def make(behaviour="well", **values):
        made.append(Filming(tmp_path / "pi", monkeypatch, behaviour, **values))
        return made[-1]

    yield make
    for filming in made:
        await filming.close()


async def test_a_recording_by_hand_is_begun_and_ended_and_each_is_an_event_once(film):
    pi = await film().start()
    result = await pi.command("record", {"action": "start", "duration_s": 20})
    assert (result["status"], result["duration_s"]) == ("done", 20)
    clip_id = result["clip_id"]
    await pi.until(lambda: pi.state("camera")["recording"] == clip_id, "it records")
    again = await pi.command("record", {"action": "start"})
    assert again["clip_id"] == clip_id
    assert (await pi.command("record", {"action": "stop"}))["clip_id"] == clip_id
    await pi.until(lambda: pi.clips() == [(clip_id, "started"), (clip_id, "finished")], "both are in the log")
    await pi.until(lambda: [order["state"] for order in pi.told("told")] == ["started", "finished"], "the camera knows it")
    assert pi.state("media")["url"] == "http://127.0.0.1:8999"
    assert pi.state("media")["token"] == pi.told_config()["token"] == (pi.folder / "camera.token").read_text().strip()
    assert (pi.folder / "camera.token").stat().st_mode & 0o777 == 0o600


async def test_a_snapshot_is_taken_under_the_id_of_its_answer(film):
    pi = await film().start()
    result = await pi.command("snapshot", {})
    await pi.until(lambda: pi.told("still"), "it is told")
    assert pi.told("still") == [{"do": "still", "still_id": result["still_id"], "cause": pi.told("still")[0]["cause"]}]
    await pi.until(lambda: pi.state("media")["news"] == 1, "the bridge hears of it")
