"""Somebody breaks in: the camera turns, the alert has a picture, the clip began before the trip and plays in a browser."""

import io
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import av
import pytest
from playwright.sync_api import Page, expect

from tests.camera.probing import probe
from tests.e2e.browser import DESKTOP, PHONE, dashboard, serious_findings
from tests.e2e.tools import trigger
from tests.house import RunningHouse
from tests.waiting import wait_until

DEVICE = "raspberry-01"
RECORD_S, PRE_ROLL_S, GOP_S = 4.0, 5.0, 1.0
DOOR_DEG = -60
PAGES = ("/", "/live/raspberry-01", "/recordings", "/events", "/alerts")
AGENT = f"""
device_id = "{DEVICE}"

[sensors.motion]
pin = 17
location = "entrance"

[servo]
pin = 12
presets = {{ door = {DOOR_DEG}, wall = 90 }}

[camera]
source = "synthetic"
park = "wall"

[zones.motion]
preset = "door"
record_s = {RECORD_S:g}
"""


@pytest.fixture(scope="module")
def filmed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHouse]:
    """A house whose first Pi films: guarded, and its ring is full."""
    folder = tmp_path_factory.mktemp("filmed") / "data"
    config = folder / "agents" / DEVICE / "agent.toml"
    config.parent.mkdir(parents=True)
    config.write_text(AGENT)
    house = RunningHouse(folder, "--no-scenario")
    try:
        house.put("/api/mode", {"mode": "surveillance"})
        wait_until(lambda: camera(house)["state"] == "ok" and not camera(house)["private"], "the camera films", within_s=30)
        filming_since = time.monotonic()  # nobody tells how full the ring is, and it fills in real time
        wait_until(lambda: time.monotonic() - filming_since > PRE_ROLL_S + GOP_S, "the ring is full", within_s=20)
        yield house
    finally:
        house.stop()


@pytest.fixture(scope="module")
def break_in(filmed: RunningHouse) -> dict[str, Any]:
    """One trip of the sensor: its event, and how soon its alert had a still."""
    tripped_at = time.monotonic()
    event = trigger(filmed.data_dir, DEVICE, "motion")[0]
    wait_until(lambda: stills_of(filmed, event["id"]), "the alert has a still")
    took_s = time.monotonic() - tripped_at
    alert = next(alert for alert in filmed.get("/api/alerts")["alerts"] if alert["event_id"] == event["id"])
    return {"event": event, "occurred_at": alert["occurred_at"], "still_after_s": took_s}


def test_the_alert_has_a_still_within_two_seconds_and_the_camera_looks_at_the_door(filmed, break_in):
    assert break_in["still_after_s"] < 2.0 + 0.5, "half a second of it is the start of `vigie trigger`"
    wait_until(lambda: angle_deg(filmed) == DOOR_DEG, "it looks at the door")
    recording = finished(filmed, break_in)
    assert (recording["preset"], recording["cause"]["kind"]) == ("door", "alarm")


def test_the_clip_began_before_the_trip_and_passes_ffprobe(filmed, break_in, tmp_path):
    recording = finished(filmed, break_in)
    video = tmp_path / "clip.mp4"
    video.write_bytes(read(filmed, f"/api/recordings/{recording['id']}/video"))
    probed = probe(video)
    assert (probed.codec, probed.container, probed.faults) == ("h264", "mov", "")
    assert probed.size == (recording["width"], recording["height"])
    assert recording["triggered_after_s"] >= PRE_ROLL_S - GOP_S
    lasts_s = recording["triggered_after_s"] + RECORD_S
    assert probed.duration_s == pytest.approx(lasts_s, abs=GOP_S)
    began_at, tripped_at = (datetime.fromisoformat(moment) for moment in (recording["started_at"], break_in["occurred_at"]))
    assert (tripped_at - began_at).total_seconds() == pytest.approx(recording["triggered_after_s"], abs=0.5)


def test_the_picture_visibly_turns(filmed, break_in, tmp_path):
    recording = finished(filmed, break_in)
    video = tmp_path / "clip.mp4"
    video.write_bytes(read(filmed, f"/api/recordings/{recording['id']}/video"))
    with av.open(str(video)) as container:
        pictures = [bytes(frame.reformat(160, 90, "gray").planes[0]) for frame in container.decode(video=0)]

    def differ(one: int, other: int) -> float:
        """The mean difference of two pictures' points, 0 to 255."""
        pairs = zip(pictures[one], pictures[other], strict=True)
        return sum(abs(here - there) for here, there in pairs) / len(pictures[one])

    before = round((recording["triggered_after_s"] - 1) / recording["duration_s"] * len(pictures))
    assert differ(before, -1) > 5 * max(differ(before, before + 1), differ(-2, -1), 0.5)


def test_a_browser_plays_the_clip_and_exports_the_incident(filmed, break_in):
    recording = finished(filmed, break_in)
    with dashboard(f"{filmed.url}/events?event={break_in['event']['id']}") as (page, complaints):
        expect(page.locator(f"[data-testid=evidence-clip][data-clip-id='{recording['id']}']")).to_be_visible()
        expect(page.get_by_test_id("evidence-still").first).to_be_visible()
        page.goto(f"{filmed.url}/recordings")
        page.locator(f"[data-testid=clip][data-clip-id='{recording['id']}']").click()
        expect(page.get_by_test_id("player")).to_have_attribute("data-clip-id", recording["id"])
        page.get_by_test_id("video").evaluate("video => video.play()")
        wait_until(lambda: page.get_by_test_id("video").evaluate("video => video.currentTime") > 1, "it plays")
        assert page.get_by_test_id("video").evaluate("video => video.videoWidth") == recording["width"]
        length_s = page.get_by_test_id("video").evaluate("video => video.duration")
        assert length_s == pytest.approx(recording["duration_s"], abs=GOP_S)
        with page.expect_download() as download:
            page.get_by_test_id("incident-export").first.click()
        with zipfile.ZipFile(io.BytesIO(Path(download.value.path()).read_bytes())) as incident:
            names = incident.namelist()
            assert incident.testzip() is None
        assert any(name.endswith(".mp4") for name in names)
        assert any(name.endswith(".jpg") for name in names)
        assert any(name.endswith("manifest.json") for name in names)
        assert not complaints


def test_a_locked_clip_is_spared_and_a_deleted_one_says_why(filmed, break_in):
    recording = finished(filmed, break_in)
    with dashboard(f"{filmed.url}/recordings") as (page, complaints):
        page.locator(f"[data-testid=clip][data-clip-id='{recording['id']}']").click()
        lock, delete = page.get_by_test_id("clip-lock"), page.get_by_test_id("clip-delete")
        lock.click()
        expect(lock).to_have_attribute("aria-pressed", "true")
        expect(delete).to_be_disabled()
        lock.click()
        expect(lock).to_have_attribute("aria-pressed", "false")
        assert not complaints
    assert filmed.get(f"/api/recordings/{recording['id']}")["locked"] is False


def test_the_live_picture_moves_carries_its_age_and_can_be_turned(filmed, break_in):
    finished(filmed, break_in)
    with dashboard(f"{filmed.url}/live/{DEVICE}") as (page, complaints):
        picture = page.get_by_test_id("live-picture")
        expect(picture).to_have_attribute("data-look", "live", timeout=5_000)
        frame = int(picture.get_attribute("data-frame") or 0)
        wait_until(lambda: int(picture.get_attribute("data-frame") or 0) > frame + 10, "the picture moves")
        assert int(page.get_by_test_id("picture-age").get_attribute("data-age-ms") or 1e9) < 1_000
        assert camera(filmed)["viewers"] == 1
        page.get_by_test_id("servo-left").click()
        expect(page.get_by_test_id("command-status")).to_have_attribute("data-status", "done")
        page.get_by_test_id("record-start").first.click()
        expect(page.get_by_test_id("recording-chip")).to_be_visible()
        page.get_by_test_id("record-stop").click()
        expect(page.get_by_test_id("recording-chip")).to_have_count(0, timeout=10_000)
        assert not complaints
    wait_until(lambda: camera(filmed)["viewers"] == 0, "nobody looks any more")


@pytest.mark.parametrize(("locale", "viewport"), [("en-GB", DESKTOP), ("fr-FR", PHONE)], ids=["desktop-en", "phone-fr"])
def test_pages_with_evidence_are_accessible(filmed, break_in, locale, viewport):
    finished(filmed, break_in)
    with dashboard(filmed.url, viewport=viewport, locale=locale) as (page, complaints):
        for path in PAGES:
            page.goto(f"{filmed.url}{path}")
            drawn(page)
            assert not serious_findings(page), path
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{path} scrolls sideways"
        assert not complaints


def test_when_people_are_home_the_lens_looks_at_the_wall_and_records_nothing(filmed, break_in):
    """The last of them: it parks the lens."""
    finished(filmed, break_in)
    before = len(filmed.get("/api/recordings")["recordings"])
    filmed.put("/api/mode", {"mode": "active"})
    wait_until(lambda: camera(filmed)["private"], "the lens is parked")
    wait_until(lambda: angle_deg(filmed) == 90, "it looks at the wall")
    with pytest.raises(urllib.error.HTTPError) as refusal:
        filmed.put(f"/api/cameras/{DEVICE}/record", {"action": "start", "duration_s": 5}, method="POST")
    with refusal.value as answer:
        assert answer.code == 422
        assert "people are home" in answer.read().decode()
    trigger(filmed.data_dir, DEVICE, "motion")
    with dashboard(f"{filmed.url}/live/{DEVICE}") as (page, complaints):
        expect(page.get_by_test_id("no-live")).to_have_attribute("data-reason", "private")
        expect(page.get_by_test_id("live-picture").locator("img").first).to_be_hidden()  # not even the last picture is left
        assert not complaints
    assert len(filmed.get("/api/recordings")["recordings"]) == before


def camera(house: RunningHouse) -> dict[str, Any]:
    return house.get(f"/api/devices/{DEVICE}")["states"].get("camera", {"state": "", "private": False})


def angle_deg(house: RunningHouse) -> float:
    angle: float = house.get(f"/api/devices/{DEVICE}")["states"]["servo"]["angle_deg"]
    return angle


def stills_of(house: RunningHouse, event_id: str) -> list[dict[str, Any]]:
    return house.get(f"/api/stills?event_id={event_id}")["stills"]


def recording_of(house: RunningHouse, break_in: dict[str, Any]) -> dict[str, Any]:
    path = f"/api/recordings?device_id={DEVICE}&event_id={break_in['event']['id']}"
    return wait_until(lambda: house.get(path)["recordings"], "it is recorded")[0]


def finished(house: RunningHouse, break_in: dict[str, Any]) -> dict[str, Any]:
    def now() -> dict[str, Any] | None:
        recording = recording_of(house, break_in)
        return recording if recording["state"] == "finished" else None

    found = wait_until(now, "the clip is on the server", within_s=30)
    assert found is not None
    return found


def read(house: RunningHouse, path: str) -> bytes:
    with urllib.request.urlopen(f"{house.url}{path}", timeout=10) as answer:
        return answer.read()


def drawn(page: Page) -> None:
    expect(page.locator("main h1, main h2").first).to_be_visible()
    expect(page.locator("[aria-busy=true], .mantine-Skeleton-root")).to_have_count(0, timeout=30_000)
