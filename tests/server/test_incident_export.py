"""One ZIP about one event."""

import hashlib
import io
import json
import zipfile

from tests.media import clip_bytes, media, still, still_bytes
from tests.server.running import Server, event
from tests.server.uploading import announce, upload, uploaded

CLIP = "0193f5a0c0de7000800000000000c11b"
GONE = "0193f5a0c0de7001800000000000c11b"
STILL = "0193f5a0c0de70008000000000005711"


async def exported(server: Server, event_id: str = "event-1") -> zipfile.ZipFile:
    status, body, headers = await server.bytes(f"/api/incidents/{event_id}/export.zip")
    assert (status, headers["content-type"]) == (200, "application/zip")
    assert headers["content-disposition"].startswith('attachment; filename="vigie-2026')
    archive = zipfile.ZipFile(io.BytesIO(body))
    assert archive.testzip() is None
    return archive


async def test_all_that_there_is_about_an_event_is_in_it(server: Server):
    decision = {"outcome": "alarm", "alert": True, "zone": "motion", "mode": "surveillance", "state": "armed", "steps": []}
    details = event()["details"] | {"decision": decision}
    await server.post("/api/events", [event(1, details=details), event(2), event(3, occurred_at="2026-11-23T12:00:00.000Z")])
    await uploaded(server, CLIP, clip_bytes())
    await upload(server, still(STILL, still_bytes()), still_bytes())
    archive = await exported(server)
    names = archive.namelist()
    assert [name for name in names if name.startswith("clips/")] == [f"clips/2026-11-23T18-59-55Z_raspberry-01_{CLIP}.mp4"]
    assert [name for name in names if name.startswith("stills/")] == [f"stills/2026-11-23T18-59-55Z_raspberry-01_{STILL}.jpg"]
    assert json.loads(archive.read("event.json"))["details"]["decision"]["outcome"] == "alarm"
    assert [one["id"] for one in json.loads(archive.read("events-around.json"))] == ["event-1", "event-2"]
    assert json.loads(archive.read("alerts-around.json"))[0]["event_id"] == "event-1"
    assert b"What is in this file" in archive.read("README.txt")
    manifest = json.loads(archive.read("manifest.json"))
    assert set(manifest["sha256"]) == set(names) - {"manifest.json"}
    for name, digest in manifest["sha256"].items():
        assert hashlib.sha256(archive.read(name)).hexdigest() == digest
    _, audit = await server.get("/api/audit")
    assert (audit["entries"][0]["action"], audit["entries"][0]["detail"]) == (
        "incident_exported",
        {"event_id": "event-1", "files": 2},
    )


async def test_it_says_what_is_not_in_it(server: Server, tmp_path):
    await server.post("/api/events", [event(1)])
    await uploaded(server, CLIP, clip_bytes())
    await uploaded(server, GONE, b"gone" * 100)
    await server.delete(f"/api/recordings/{GONE}")
    await announce(server, media("0193f5a0c0de7002800000000000c11b", b"x", complete=False, sha256=None))
    (tmp_path / "data" / "recordings" / f"{CLIP}.mp4").unlink()
    archive = await exported(server)
    readme = archive.read("README.txt").decode()
    assert f"Not here any more: {GONE}, deleted (by_hand)." in readme
    assert "Not here yet" in readme
    assert json.loads(archive.read("manifest.json"))["missing"] == [f"clips/2026-11-23T18-59-55Z_raspberry-01_{CLIP}.mp4"]


async def test_an_event_of_which_nothing_is_known_is_not_found(server: Server):
    assert (await server.get("/api/incidents/event-1/export.zip"))[0] == 404


async def test_clips_of_an_event_that_has_not_arrived_yet_are_exported_too(server: Server):
    await uploaded(server, CLIP, clip_bytes())
    archive = await exported(server)
    assert json.loads(archive.read("event.json")) is None
    assert sum(name.startswith("clips/") for name in archive.namelist()) == 1
