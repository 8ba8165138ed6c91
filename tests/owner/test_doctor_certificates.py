"""The doctor shakes hands with whoever speaks TLS, and reads how long that will go well."""

import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from vigie.bridge.settings import BridgeSettings
from vigie.deploy import pki
from vigie.owner import certificate_checks, doctor
from vigie.owner.findings import Mark
from vigie.runtime.clock import SystemClock

NOW = datetime.now(UTC)


class Speaker:
    """An HTTPS server with a certificate that lasts so long."""

    def __init__(self, folder: Path, lasts: timedelta, *, made: datetime = NOW) -> None:
        self.authority = pki.new_authority("a site", made)
        shown = pki.issue(self.authority, "hub", ["127.0.0.1"], pki.Life(lasts, since_1970=False), made)
        for name, content in (("ca.crt", self.authority.certificate), ("web.crt", shown.certificate), ("web.key", shown.key)):
            (folder / name).write_bytes(content)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "web.crt", folder / "web.key")
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = f"https://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def speaker(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Speaker]:
    speaking = Speaker(tmp_path, timedelta(days=request.param))
    yield speaking
    speaking.close()


def findings(speaker: Speaker, ca: Path) -> list[tuple[Mark, str]]:
    environ = {"BACKEND_URL": speaker.url, "BACKEND_TLS_CA": str(ca)}
    found = certificate_checks.certificates(doctor.examine(None, None, environ, SystemClock()))
    return [(finding.mark, finding.seen) for finding in found]


@pytest.mark.parametrize(("speaker", "mark"), [(100, Mark.OK), (30, Mark.WARNING)], indirect=["speaker"])
def test_how_long_it_is_good_for(speaker: Speaker, mark: Mark, tmp_path: Path):
    ((found, seen),) = findings(speaker, tmp_path / "ca.crt")
    assert found is mark
    assert "good until 20" in seen


@pytest.mark.parametrize("speaker", [100], indirect=True)
def test_one_of_another_site_is_not_trusted(speaker: Speaker, tmp_path: Path):
    (tmp_path / "other.crt").write_bytes(pki.new_authority("another site", NOW).certificate)
    ((found, seen),) = findings(speaker, tmp_path / "other.crt")
    assert found is Mark.FAILED
    assert "self-signed" in seen or "unable to get" in seen or "signature" in seen


@pytest.mark.parametrize("speaker", [100], indirect=True)
def test_a_page_is_safe_for_who_knows_the_authority(speaker: Speaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    environ = {"BACKEND_URL": speaker.url, "BACKEND_TLS_CA": str(tmp_path / "ca.crt")}
    examined = doctor.examine(None, None, environ, SystemClock())
    (found,) = certificate_checks.https(examined)
    assert (found.mark, "ca.crt on each phone" in found.mend) == (Mark.WARNING, True)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.crt"))  # as `update-ca-certificates` would
    (found,) = certificate_checks.https(examined)
    assert found.mark is Mark.OK


def test_the_bridge_trusts_the_sites_own_authority_whatever_the_clock_says(tmp_path: Path):
    expired = Speaker(tmp_path, timedelta(days=1), made=NOW - timedelta(days=400))
    host, port = expired.url.removeprefix("https://").split(":")
    ours = BridgeSettings(backend_tls_ca=tmp_path / "ca.crt").backend_tls()
    anybodys = ssl.create_default_context(cafile=tmp_path / "ca.crt")
    assert ours is not None
    with (
        socket.create_connection((host, int(port)), timeout=5) as raw,
        pytest.raises(ssl.SSLCertVerificationError, match="expired"),
    ):
        anybodys.wrap_socket(raw, server_hostname=host)
    with socket.create_connection((host, int(port)), timeout=5) as raw, ours.wrap_socket(raw, server_hostname=host) as connection:
        assert connection.version() in ("TLSv1.2", "TLSv1.3")
    expired.close()
