"""`vigie join` against a real server over TLS, with the real certifier: who gets in, who does not, and who is told nothing."""

import random
import signal
import ssl
import stat
from pathlib import Path

import pytest

from tests.certificates import Authority
from tests.deploy.enrolling import PI, Joining, hub_with, impostor
from tests.deploy.raw_mqtt import Login, RawClient
from vigie.cli import main
from vigie.deploy.bundle import LINE
from vigie.deploy.hub import HubSilent
from vigie.deploy.join import LOST_S, _files
from vigie.domain.enrolment import LIFE_S
from vigie.domain.join_code import LETTERS, JoinCode, new_code
from vigie.testing.fake_clock import FakeClock


@pytest.fixture
async def hub(tmp_path):
    async with hub_with(tmp_path, FakeClock()) as found:
        yield found


def inside(etc: Path) -> set[str]:
    return {path.name for path in etc.iterdir()} if etc.exists() else set()


async def test_a_new_pi_joins_with_a_code_and_another_one_takes_its_place(hub, tmp_path):
    hub.site.start_broker()
    etc, code = tmp_path / "etc", await hub.code()
    joining = await Joining.start(hub, code, etc, "--camera", "synthetic")
    number = await joining.check_number()
    assert (await hub.shown())["request"] == {
        "device_id": PI,
        "camera": "synthetic",
        "address": "127.0.0.1",
        "check_number": number,
        "waits": True,
    }
    assert inside(etc) == set(), "nothing before it was confirmed"
    assert (await hub.confirm())[0] == 200
    status, said = await joining.end()
    assert status == 0, said
    assert said.endswith(f"to start it: vigie agent --config {etc}/agent.toml\n")
    assert {path.name: path.read_bytes() for path in etc.iterdir()} == {
        path.name: path.read_bytes() for path in hub.site.bundle(PI).iterdir()
    }
    assert not any(path.stat().st_mode & stat.S_IRWXO for path in (etc, *etc.iterdir()))
    RawClient.connect(hub.site.tls_port, Login(PI, (etc / "broker.password").read_text().strip()), hub.site.tls).close()

    status, said = await (await Joining.start(hub, code, tmp_path / "thief")).end()
    assert (status, inside(tmp_path / "thief")) == (1, set())
    assert "this code was used already" in said

    (etc / "agent.toml").write_text((etc / "agent.toml").read_text() + '\n[sensors.motion]\npin = 17\nlocation = "hall"\n')
    before = (etc / "broker.password").read_bytes()
    joining = await Joining.start(hub, await hub.code(), etc)
    await joining.check_number()
    assert (await hub.confirm())[1]["code"] == "device_exists"
    assert (await hub.confirm(replace=True))[0] == 200
    assert (await joining.end())[0] == 0
    assert (etc / "broker.password").read_bytes() != before
    assert "[sensors.motion]" in (etc / "agent.toml").read_text().partition(LINE)[2], "what the owner wrote stays"


async def test_a_pi_that_is_not_confirmed_ends_without_a_file(hub, tmp_path):
    etc = tmp_path / "etc"
    refused = await Joining.start(hub, await hub.code(), etc)
    await refused.check_number()
    await hub.anna.delete("/api/enrolment")
    status, said = await refused.end()
    assert (status, "it was refused on the page; nothing was written here" in said) == (1, True), said

    given_up = await Joining.start(hub, await hub.code(), etc)
    await given_up.check_number()
    given_up.process.send_signal(signal.SIGINT)
    status, said = await given_up.end()
    assert (status, "given up; nothing was written here" in said, "Traceback" in said) == (1, True, False), said

    late = await Joining.start(hub, await hub.code(), etc)
    await late.check_number()
    hub.clock.turn(LIFE_S)
    status, said = await late.end()
    assert (status, "older than 10 minutes" in said) == (1, True), said
    assert inside(etc) == set()
    assert not hub.site.bundle(PI).exists(), "nothing was signed"


def code_for(authority: Authority) -> JoinCode:
    return new_code(ssl.PEM_cert_to_DER_cert(authority.ca.read_text()), random.Random(7).choice)


@pytest.mark.parametrize("poses", ["as another site", "as ours, with our public certificate"])
def test_somebody_in_the_middle_learns_nothing(tmp_path, capsys, poses):
    ours, theirs = Authority(tmp_path / "ours"), Authority(tmp_path / "theirs")
    code = code_for(ours)
    shown = theirs.ca if poses == "as another site" else ours.ca
    with impostor(shown, *theirs.issue("127.0.0.1")) as middle:
        assert main(["join", middle.place, "--code", str(code), "--name", PI, "--etc", str(tmp_path / "etc")]) == 1
    said = capsys.readouterr().err
    assert ("is not the site that this code is of" if shown is theirs.ca else "a certificate that is not the site's") in said
    assert [(method, path) for method, path, _ in middle.heard] == [("GET", "/api/enrolment/authority")]
    sent = repr(middle.heard)
    assert not [word for word in (code.secret, code.pin, PI) if word in sent]
    assert inside(tmp_path / "etc") == set()


def test_the_right_site_under_another_name_is_not_told_anything_either(tmp_path, capsys):
    ours = Authority(tmp_path / "ours")
    with impostor(ours.ca, *ours.issue("raspberry-01")) as middle:
        argv = ["join", middle.place, "--code", str(code_for(ours)), "--name", PI, "--etc", str(tmp_path / "etc")]
        assert main(argv) == 1
    assert "not for this name" in capsys.readouterr().err
    assert len(middle.heard) == 1, "a Pi of the site that was broken into has a certificate, and is no hub"


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["hub.local", "--code", "ABCD"], "--code: 4 letters and digits, a code has 28"),
        (["hub.local", "--code", LETTERS[:28]], "--code: there is a typing mistake in it"),
        (["hub.local", "--code", "x", "--name", "Küche"], "--name: 'Küche' cannot be a device"),
        (["http://hub.local:8000", "--code", "x"], "HUB: http://hub.local:8000 would send secrets in clear"),
        (["hub.local", "--code", "x", "--etc", "/etc/my house"], "--etc: '/etc/my house': letters, digits"),
        (["ftp://hub.local", "--code", "x"], "HUB: 'ftp://hub.local' is no place of a server"),
        (["https://me@hub.local/path", "--code", "x"], "HUB: "),
        (["hub.local:port", "--code", "x"], "HUB: "),
    ],
)
def test_what_was_typed_wrongly_is_said_before_anybody_is_asked(capsys, arguments, why):
    name = [] if "--name" in arguments else ["--name", PI]
    assert main(["join", *arguments, *name]) == 2
    assert why in capsys.readouterr().err


def test_a_hub_that_is_not_there_or_no_hub_is_said(tmp_path, capsys):
    code = str(code_for(Authority(tmp_path / "ours")))
    assert main(["join", "127.0.0.1:9", "--code", code, "--name", PI, "--etc", str(tmp_path / "etc")]) == 1
    assert "no answer from 127.0.0.1:9: Connection refused" in capsys.readouterr().err


class HastyClock(FakeClock):
    """Waiting takes no time."""

    async def sleep(self, seconds: float) -> None:
        self.turn(seconds)


class AHub:
    """One that says what the test says, word for word, and then is gone."""

    def __init__(self, *answers: dict | Exception) -> None:
        self.answers = list(answers)

    def post(self, _path: str, _body: dict) -> dict:
        answer = self.answers.pop(0) if self.answers else HubSilent("no answer from hub.local: connection lost")
        if isinstance(answer, Exception):
            raise answer
        return answer


WANTED = {"device_id": PI, "camera": None, "etc": "/etc/vigie"}
LOST = HubSilent("no answer from hub.local: connection lost")


async def test_a_hub_that_is_away_for_a_moment_is_waited_for(tmp_path, capsys):
    hub = AHub(LOST, {"check_number": "012345"}, {"files": None}, LOST, LOST, {"files": {"a": "eA=="}})
    files = await _files(hub, code_for(Authority(tmp_path)), WANTED, HastyClock())
    assert files == {"a": b"x"}
    said = capsys.readouterr()
    assert "check number: 012 345" in said.out
    assert said.err.count("connection lost") == 2, "once each time"


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ([], "connection lost"),
        ([{"files": []}], "connection lost"),
        ([{"files": {"a": "%"}}], "cannot be read"),
        ([{"files": "x"}], "cannot be read"),
    ],
)
async def test_a_hub_that_stays_away_or_talks_nonsense_is_given_up(tmp_path, answers, why):
    clock = HastyClock()
    began_s = clock.monotonic()
    with pytest.raises(HubSilent, match=why):
        await _files(AHub({"check_number": "012345"}, *answers), code_for(Authority(tmp_path)), WANTED, clock)
    assert clock.monotonic() - began_s < LOST_S + 5
