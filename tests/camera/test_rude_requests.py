"""The Pi's media server is asked for what it must not give: nothing but 4xx."""

import pytest

from tests.camera.running import TOKEN, RunningCamera, config_of
from tests.rude_requests import RANGES, ids, status_of

CLIP = "clip-00000001"
MINE = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(scope="module")
def camera(tmp_path_factory):
    with RunningCamera(config_of(tmp_path_factory.mktemp("camera"), pre_roll_s=1.0)) as running:
        running.ready()
        running.record(CLIP, 1.0)
        running.wait_for_clip(CLIP, "finished")
        yield running


def test_no_name_leads_to_another_file(camera):
    asked = 0
    for name in ids(CLIP):
        for method, path in [("GET", f"/media/{name}"), ("POST", f"/media/{name}/stored"), ("GET", f"/{name}")]:
            if path == "/media/":
                continue
            status, body = status_of(
                camera.port, method, path, MINE, b'{"sha256": "%s"}' % (b"0" * 64) if method == "POST" else b""
            )
            assert 400 <= status < 500, (method, path, status, body[:200])
            assert b"root:" not in body
            asked += 1
    assert asked > 200
    assert not camera.media().media[0].complete or camera.status(f"/media/{CLIP}") == 200


def test_no_range_is_more_than_the_file(camera):
    for given in RANGES:
        status, body = status_of(camera.port, "GET", f"/media/{CLIP}", {**MINE, "Range": given})
        assert 400 <= status < 500, (given, status, len(body))


def test_without_the_token_not_even_the_right_names(camera):
    for path in ("/media", f"/media/{CLIP}", "/snapshot.jpg", "/live.mjpeg"):
        for given in (
            "",
            "Bearer",
            "Bearer ",
            "Bearer x",
            f"Basic {TOKEN}",
            f"Bearer {TOKEN}x",
            f"Bearer {TOKEN[:-1]}",
            "Bearer \xe9",
        ):
            headers = {"Authorization": given} if given else {}
            assert status_of(camera.port, "GET", path, headers)[0] == 401, (path, given)
