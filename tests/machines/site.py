"""A site on machines: an empty hub and empty Pis, set up by the owner's own commands."""

import json
import shlex
from pathlib import Path
from typing import Any

from tests.machines.base import wheels
from tests.machines.machine import Machine, Wire
from tests.waiting import wait_until

HUB_UNITS = ("mosquitto", "mqtt-bridge", "vigie-server")
PI_UNITS = ("sensor-publisher",)
_PASSWORD = "the owner's long one"


class SiteOfMachines:
    """`hub` and the Pis, empty; `set_up` and `take_in` do what the guide says."""

    def __init__(self, folder: Path, wire_name: str, *pis: str) -> None:
        self.wheels = wheels()
        self.wheel = next(self.wheels.glob("vigie-*.whl"))
        self._wire = Wire(wire_name)
        self.hub = Machine(self._wire, "hub", 10, folder / "hub", self.wheels)
        self.pis = {name: Machine(self._wire, name, 11 + number, folder / name, self.wheels) for number, name in enumerate(pis)}
        self._token = ""
        self._server = self.hub

    @property
    def machines(self) -> tuple[Machine, ...]:
        return (self.hub, *self.pis.values())

    def set_up(self, *commands: str) -> str:
        """The hub, by these commands of its user; what the last one printed."""
        return [self.hub.run(command, user="pi", within_s=400) for command in commands][-1]

    def deploy(self, target: str, *options: str, check: bool = True) -> str:
        """`vigie deploy` on the hub."""
        command = shlex.join(["sudo", "vigie", "deploy", target, *options])
        return self.hub.run(command, user="pi", check=check, within_s=400)

    def take_in(self, name: str, *options: str) -> str:
        """A Pi with mock pins."""
        return self.deploy(f"pi@{name}.local", "--role", "agent", "--simulate", *options)

    def server_on(self, machine: Machine) -> None:
        """From now on the server of that machine is asked."""
        self._server = machine

    def make_account(self) -> None:
        """And a token for the tests."""
        vigie = "sudo -u vigie-server /opt/vigie/current/bin/vigie"
        config = "--config /etc/vigie/server.toml"
        self._server.run(f'echo "{_PASSWORD}" | {vigie} user add anna --role admin --password-stdin {config}')
        self._token = self._server.run(f"{vigie} token add tests --scope operator {config} 2>/dev/null").split()[-1]

    def ask(self, path: str) -> Any:
        """What the server answers to a program, by its name and by TLS. Raises `AssertionError`."""
        return self._curl(path, f"-H 'Authorization: Bearer {self._token}'")

    def as_anna(self, method: str, path: str, body: object = None) -> Any:
        """The same for somebody at the page."""
        jar = "--cookie /root/jar --cookie-jar /root/jar -H 'Content-Type: application/json' -H 'Origin: https://hub.local:8000'"
        if self.hub.status("test -e /root/jar") != 0:
            self._curl("/api/session", jar, "--data", shlex.quote(json.dumps({"name": "anna", "password": _PASSWORD})))
        sent = () if body is None else ("--data", shlex.quote(json.dumps(body)))
        return self._curl(path, jar, "--request", method, *sent)

    def _curl(self, path: str, *options: str) -> Any:
        authority = "--cacert /etc/vigie/site/hub/ca.crt"
        said = self.hub.run(
            f"curl -sS --fail-with-body --max-time 20 {authority} {' '.join(options)} https://{self._server.hostname}.local:8000{path}"
        )
        return json.loads(said) if said.strip() else None

    def trip(self, name: str) -> str:
        """Somebody walks by a Pi: the id of the event that its agent has accepted."""
        said = self.pis[name].run(
            f"sudo -u vigie-agent /opt/vigie/current/bin/vigie trigger {name} motion --data /var/lib/vigie/agent 2>/dev/null"
        )
        return str(json.loads(said.splitlines()[0])["id"])

    def await_event(self, event_id: str, within_s: float = 60) -> None:
        """It is in the server's history."""
        wait_until(lambda: event_id in self._history(), f"{event_id} is on the server", within_s=within_s)

    def await_reports(self, name: str, within_s: float = 60) -> None:
        """From a trip of the Pi to the server."""
        wait_until(lambda: self._is_online(name), f"{name} is online", within_s=within_s)
        self.await_event(self.trip(name), within_s)

    def await_up(self, within_s: float = 60) -> None:
        """Every unit, on every machine."""
        for machine, units in ((self.hub, HUB_UNITS), *((pi, PI_UNITS) for pi in self.pis.values())):
            wait_until(
                lambda m=machine, u=units: m.status(f"systemctl is-active {' '.join(u)}") == 0, f"{units} run", within_s=within_s
            )

    def remove(self) -> None:
        """Ends every machine."""
        for machine in self.machines:
            machine.remove()
        self._wire.remove()

    def _history(self) -> set[str]:
        try:
            return {event["id"] for event in self.ask("/api/events")["events"]}
        except AssertionError:  # not up yet
            return set()

    def _is_online(self, name: str) -> bool:
        try:
            devices = self.ask("/api/devices")["devices"]
        except AssertionError:
            return False
        return any(one["device_id"] == name and one["state"] == "online" for one in devices)
