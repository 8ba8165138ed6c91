"""A whole site with what `vigie provision` gives to each: real agent over TLS, bridge and server on loopback, signed modes."""

import asyncio
import http.client
import json
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.agent.running import RunningAgent
from tests.deploy.raw_mqtt import Login, RawClient
from tests.deploy.sites import ASite
from tests.house import clean_environment
from tests.waiting import wait_until
from vigie.deploy.broker import free_port

PI, EVIL = "raspberry-01", "raspberry-02"


class ProvisionedHouse:
    """Every program with its own files, and nothing else told but where its data and the server are."""

    def __init__(self, folder: Path) -> None:
        self.site = ASite(folder / "site", EVIL)
        self.site.provision(device_id=PI, camera="synthetic")
        configuration = self.site.bundle(PI) / "agent.toml"
        configuration.write_text(configuration.read_text() + "width = 320\nheight = 180\nfps = 5\n")
        self.site.start_broker()
        port = free_port()
        self.url = f"https://127.0.0.1:{port}"
        hub = self.site.folder / "hub"
        self.tls = ssl.create_default_context(cafile=hub / "ca.crt")
        self._folder = folder
        self._programs = [
            self._start(folder, "server", "--config", str(hub / "server.toml"), "--port", str(port)),
            self._start(folder, "bridge", "--config", str(hub / "bridge.toml")),
        ]
        self._token = self._lock_the_server()
        self.agent = RunningAgent(folder / "agent", "", PI, config=configuration)
        wait_until(lambda: self.device().get("state") == "online", "the Pi is online", within_s=20)

    def _start(self, folder: Path, name: str, *arguments: str) -> subprocess.Popen[bytes]:
        environment = {**clean_environment(), "BACKEND_URL": self.url, "VIGIE_DATA": str(folder / name)}
        with (folder / f"{name}.log").open("ab") as log:
            return subprocess.Popen([sys.executable, "-m", "vigie", name, *arguments], env=environment, stdout=log, stderr=log)

    def _lock_the_server(self) -> str:
        """Makes an account, so that nobody is let in as somebody who tries out; a token for the tests."""
        wait_until((self._folder / "server" / "vigie.db").exists, "the server has a database")
        data = ("--data", str(self._folder / "server"))
        vigie = [sys.executable, "-m", "vigie"]
        add = [*vigie, "user", "add", "anna", "--role", "admin", "--password-stdin", *data]
        wait_until(lambda: subprocess.run(add, input=b"the owner's long one\n", check=False).returncode == 0, "anna has an account")
        made = subprocess.run([*vigie, "token", "add", "tests", "--scope", "operator", *data], capture_output=True, check=True)
        return made.stdout.decode().strip()

    def ask(self, method: str, path: str, body: object = None) -> dict:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self._token}"}
        request = urllib.request.Request(self.url + path, data=data, method=method, headers=headers)
        with urllib.request.urlopen(request, timeout=10, context=self.tls) as answer:
            return json.load(answer)

    def device(self) -> dict:
        try:
            return next((one for one in self.ask("GET", "/api/devices")["devices"] if one["device_id"] == PI), {})
        except OSError:
            return {}

    def history(self) -> set[str]:
        return {event["id"] for event in self.ask("GET", "/api/events")["events"]}

    def recordings(self) -> list[str]:
        return [one["state"] for one in self.ask("GET", "/api/recordings")["recordings"]]

    def kept(self, user: str, topic: str) -> dict:
        """What the broker has retained there, as this user sees it."""
        client = RawClient.connect(self.site.tls_port, Login(user, self.site.password(user)), self.site.tls)
        client.subscribe(topic)
        client.is_through()
        client.close()
        return json.loads(client.messages[0][1]) if client.messages else {}

    def publish(self, user: str, topic: str, body: object) -> None:
        """Retained."""
        client = RawClient.connect(self.site.tls_port, Login(user, self.site.password(user)), self.site.tls)
        client.publish(topic, json.dumps(body).encode(), retain=True)
        assert client.is_through()
        client.close()

    def stop(self) -> None:
        self.agent.stop()
        for program in reversed(self._programs):
            program.terminate()
            program.wait(10)
        self.site.stop_broker()


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    found = ProvisionedHouse(tmp_path_factory.mktemp("house"))
    yield found
    found.stop()


def test_the_server_is_locked_and_speaks_nothing_but_https(house):
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(f"{house.url}/api/events", timeout=5, context=house.tls)
    with pytest.raises((urllib.error.URLError, http.client.RemoteDisconnected, ConnectionResetError)):
        urllib.request.urlopen(house.url.replace("https", "http"), timeout=5)
    with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
        urllib.request.urlopen(house.url, timeout=5)


def test_the_owners_commands_find_the_server_with_the_hubs_files(house):
    hub = house.site.folder / "hub"
    environment = dict(line.split("=", 1) for line in (hub / "operator.env").read_text().splitlines() if line[0] != "#")
    asked = [sys.executable, "-m", "vigie", "audit", "--json", "--server", house.url]
    done = subprocess.run(asked, env={**clean_environment(), **environment}, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_an_event_gets_from_the_pin_to_the_history(house):
    events = asyncio.run(house.agent.trigger())
    wait_until(lambda: {event["id"] for event in events} <= house.history(), "the event is in the history")


def test_a_clip_gets_from_the_pi_to_the_server_encrypted(house):
    assert house.kept("provision", f"states/{PI}/media")["url"].startswith("https://")
    wait_until(lambda: house.kept("operator", f"states/{PI}/camera").get("state") == "ok", "the camera has pictures")
    house.ask("POST", f"/api/cameras/{PI}/record", {"action": "start", "duration_s": 1})
    wait_until(lambda: "finished" in house.recordings(), "the clip is on the server", within_s=15)


def test_the_pages_mode_is_signed_and_a_pi_that_forges_one_changes_nothing(house):
    house.ask("PUT", "/api/mode", {"mode": "surveillance"})

    def mode() -> dict:
        return house.kept("operator", "site/mode")

    def alarm() -> str:
        return house.kept("operator", f"states/{PI}/alarm")["mode"]

    wait_until(lambda: alarm() == "surveillance", "the Pi guards")
    good = mode()
    assert good["signature"]
    newer = [int(time.time() * 1000) + 1000, 0, "server"]
    for forged in ({**good, "mode": "active", "stamp": newer}, {**good, "mode": "active", "stamp": newer, "signature": None}):
        house.publish(EVIL, "site/mode", forged)
        wait_until(lambda: mode() == good, "the good one is put back")
    house.publish(EVIL, "site/mode", {"mode": "active"})
    wait_until(lambda: mode() == good, "the good one is put back")
    assert alarm() == house.ask("GET", "/api/mode")["mode"] == "surveillance"


def test_a_retained_command_is_refused_even_from_who_may_command(house):
    before = house.kept("operator", f"states/{PI}/servo")
    house.publish("operator", f"commands/{PI}/servo", {"angle_deg": 40, "command_id": "kept"})
    client = RawClient.connect(house.site.tls_port, Login("operator", house.site.password("operator")), house.site.tls)
    client.subscribe(f"results/{PI}/servo")
    client.publish(f"commands/{PI}/servo", b'{"angle_deg": 0, "command_id": "live"}')
    wait_until(lambda: client.is_through() and client.messages, "the Pi answers")
    client.close()
    assert [json.loads(body)["command_id"] for _, body in client.messages] == ["live"]
    assert house.kept("operator", f"states/{PI}/servo")["target_deg"] == before["target_deg"] == 0.0


def test_a_revoked_agent_is_cut_off_and_guards_on_alone(tmp_path):
    site = ASite(tmp_path / "site", PI)
    site.start_broker()
    agent = RunningAgent(tmp_path / "agent", "", PI, config=site.bundle(PI) / "agent.toml")
    wait_until(lambda: "connected to broker" in agent.log, "it is connected")
    began = time.monotonic()
    site.provision(device_id=PI, revoke=True)
    wait_until(lambda: "Client raspberry-01 disconnected" in site.log, "it is cut off", within_s=5)
    assert time.monotonic() - began < 5
    wait_until(lambda: "refused us" in agent.log or "cannot be read" in agent.log, "it is not let in again")
    assert asyncio.run(agent.trigger())[0]["type"] == "motion_detected"
    agent.stop()
    site.stop_broker()
