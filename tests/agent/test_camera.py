"""A device with a camera process: what it is told, what becomes of it, and what is shown and remembered of it."""

import signal
from functools import partial

import pytest

from tests.agent.filming import Filming
from vigie.agent.camera_board import CameraBoard
from vigie.agent.camera_reports import Alive
from vigie.domain.camera_watch import CameraWatch, Phase
from vigie.protocol.states import Mode


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
    assert pi.state("media")["token"] == pi.configs()[0]["token"] == (pi.folder / "camera.token").read_text().strip()
    assert (pi.folder / "camera.token").stat().st_mode & 0o777 == 0o600


async def test_a_snapshot_is_taken_under_the_id_of_its_answer(film):
    pi = await film().start()
    result = await pi.command("snapshot", {})
    await pi.until(lambda: pi.told("still"), "it is told")
    (still,) = pi.told("still")
    assert still == {"do": "still", "still_id": result["still_id"], "cause": still["cause"], "reference": False}
    await pi.until(lambda: pi.state("media")["news"] == 1, "the bridge hears of it")


async def test_what_is_seen_at_a_preset_is_accepted_by_hand_where_the_lens_rests_at_one(film):
    pi = await film().start()
    await pi.until(lambda: pi.told("look"), "it looks")
    await pi.command("servo", {"angle_deg": 7})
    await pi.until(lambda: pi.told("look")[-1]["angle_deg"] == 7, "it has arrived")
    await pi.until(lambda: not pi.told("look")[-1]["moving"], "it rests")
    refused = await pi.command("snapshot", {"reference": True})
    assert (refused["status"], refused["reason"]) == ("rejected", "the lens is at no preset: turn it to one first")
    await pi.command("servo", {"preset": "door"})
    await pi.until(lambda: pi.told("look")[-1]["moving"], "it moves")
    assert "the lens moves" in (await pi.command("snapshot", {"reference": True}))["reason"]
    await pi.until(lambda: not pi.told("look")[-1]["moving"], "it rests")
    assert (await pi.command("snapshot", {"reference": True}))["status"] == "done"
    await pi.until(lambda: [still["reference"] for still in pi.told("still")] == [True], "the camera is told, and only once")


async def test_a_camera_that_has_moved_is_a_trouble_that_names_the_preset_and_ends(film):
    pi = await film("moved").start()
    await pi.until(lambda: pi.faults() == {"camera:moved:door"}, "it is a trouble")
    assert pi.device.faults.present["camera:moved:door"] == "it looks elsewhere"
    await pi.until(lambda: pi.state("camera")["fault"] == "camera:moved:door", "it is shown")
    assert (await pi.command("record", {"action": "start"}))["status"] == "done"
    await pi.command("snapshot", {})
    await pi.until(lambda: pi.faults() == set(), "it is over")


async def test_what_shows_nothing_is_no_reference(film):
    pi = await film("dark").start()
    await pi.until(lambda: pi.faults() == {"camera:dark"}, "it is dark")
    await pi.command("servo", {"preset": "door"})
    await pi.until(lambda: pi.told("look")[-1]["preset"] == "door" and not pi.told("look")[-1]["moving"], "it rests")
    assert (await pi.command("snapshot", {"reference": True}))["reason"] == "too dark"


def decision(pi):
    return next(event.draft.body["decision"] for event in pi.accepted if event.draft.type == "motion_detected")


async def test_a_trip_is_recorded_and_photographed_for_its_event(film):
    zones = {"motion": {"preset": "door", "record_s": 20}}
    pi = await film(zones=zones).start()
    pi.trip()
    await pi.until(lambda: len(pi.told("still")) == 2, "one at once, one when the lens stands still")
    event = next(event for event in pi.accepted if event.draft.type == "motion_detected")
    cause = {"kind": "alarm", "event_id": event.draft.id, "zone": "motion"}
    assert [still["cause"] for still in pi.told("still")] == [cause, cause]
    (record,) = pi.told("record")
    assert (record["cause"], 19 < record["duration_s"] <= 20) == (cause, True)
    looks = [look["preset"] for look in pi.told("look")]
    assert looks[-1] == "door"
    assert decision(pi)["effects"] == [{"siren_s": 60.0}, {"preset": "door"}, {"record_s": 20.0}]
    refused = await pi.command("record", {"action": "stop"})
    assert (refused["status"], "ends by itself" in refused["reason"]) == ("rejected", True)


async def test_a_rule_records_for_the_event_that_it_is_about(film):
    pi = await film(rules=[{"when": "button", "then": [{"record_s": 5}]}]).start()
    pi.trip("button")
    await pi.until(lambda: pi.told("record"), "it is told")
    event = next(event for event in pi.accepted if event.draft.type == "button_pressed")
    assert pi.told("record")[0]["cause"] == {"kind": "rule", "event_id": event.draft.id, "zone": "button"}


async def test_a_trip_says_that_a_camera_which_has_failed_does_not_record(film):
    pi = await film("absent", zones={"motion": {"record_s": 20}}).start(is_well=False)
    await pi.until(pi.faults, "it has failed")
    pi.trip()
    await pi.until(lambda: any(event.draft.type == "motion_detected" for event in pi.accepted), "it is an event")
    assert decision(pi)["effects"][-1] == {
        "record_s": 20.0,
        "done": False,
        "reason": "the camera has failed: no camera at /dev/video7",
    }


async def test_while_people_are_home_a_parked_camera_records_nothing_and_says_why(film):
    pi = await film(camera={"source": "synthetic", "park": "door"}).start(Mode.ACTIVE)
    await pi.until(lambda: pi.state("camera")["private"], "it is private")
    assert [order["on"] for order in pi.told("private")] == [True]
    assert len(pi.told("still")) == 1
    for name, body in (("record", {"action": "start"}), ("snapshot", {}), ("servo", {"direction": "left"})):
        result = await pi.command(name, body)
        assert (result["status"], "people are home" in result["reason"]) == ("rejected", True)
    pi.signal(signal.SIGKILL)
    await pi.until(lambda: len(pi.configs()) == 2, "another one is started")
    assert [config["private"] for config in pi.configs()] == [False, True]
    pi.set_mode(Mode.SURVEILLANCE)
    await pi.until(lambda: pi.told("private")[-1]["on"] is False, "it looks again")
    await pi.until(lambda: pi.state("camera")["state"] == "ok" and not pi.state("camera")["private"], "and says so")
    assert (await pi.command("record", {"action": "start"}))["status"] == "done"


def test_changes_are_shown_at_once_and_figures_each_ten_seconds(clock):
    states = []

    class Board:
        def put(self, part, body):
            states.append((part, body["luminance"], body["viewers"]))

    board, watch = CameraBoard(Board(), clock), CameraWatch(phase=Phase.RUNNING)
    shown = partial(board.show, watch, fault=None, has_failed=False, private=False, patrols=False)
    for second in range(12):
        board.alive = Alive(say="alive", luminance=second / 100, viewers=second // 5)
        shown()
        clock.turn(1.0)
    assert states == [("camera", 0.0, 0), ("camera", 0.05, 1), ("camera", 0.1, 2)]


@pytest.mark.parametrize("text", ["", "short", "ключ-из-чужих-букв"])
async def test_a_token_that_is_none_is_a_trouble_and_another_one_does(film, tmp_path, text):
    file = tmp_path / "token"
    file.write_text(text)
    pi = await film(camera={"source": "synthetic", "token_file": str(file)}).start()
    assert "camera:token" in pi.faults()
    await pi.until(lambda: len(pi.state("media").get("token", "")) > 20, "the bridge is told another one")
