"""A provisioned site for tests, and its Mosquitto on free ports of loopback."""

import getpass
import shutil
import signal
import socket
import ssl
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.waiting import wait_until
from vigie.deploy.broker import free_port
from vigie.deploy.provision import Wish, run
from vigie.runtime.clock import SystemClock

HUB = "localhost"


class ASite:
    """In `folder`, with `vigie provision` as the only one who writes there."""

    def __init__(self, folder: Path, *devices: str) -> None:
        self.folder = folder
        self.tls_port, self.local_port = free_port(), free_port()
        self._process: subprocess.Popen[bytes] | None = None
        # Not Debian's user: it may not look into a test's folder.
        self.provision(
            hub=(HUB,),
            tls_port=self.tls_port,
            local_port=self.local_port,
            listen="127.0.0.1",
            broker_user=getpass.getuser(),
        )
        for device_id in devices:
            self.provision(device_id=device_id)

    def provision(self, **wish: Any) -> int:
        """`vigie provision` with what is given; a device's files are for where they lie."""
        wanted = Wish(self.folder, **wish)
        if wanted.device_id is not None and not wanted.revoke and wanted.etc is None:
            wanted = replace(wanted, etc=self.bundle(wanted.device_id).absolute())
        return run(wanted, SystemClock())

    def bundle(self, device_id: str) -> Path:
        return self.folder / "devices" / device_id

    def password(self, user: str) -> str:
        """Of a device, or of one of the hub's users."""
        user = user.removeprefix("tool.")
        own = self.bundle(user) / "broker.password"
        path = own if own.exists() else self.folder / "hub" / f"{user}.password"
        return path.read_text().strip()

    @property
    def ca(self) -> Path:
        return self.folder / "hub" / "ca.crt"

    @property
    def tls(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.ca)

    @property
    def configuration(self) -> Path:
        return self.folder / "broker" / "mosquitto.conf"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def log(self) -> str:
        return (self.folder / "broker.log").read_text()

    def start_broker(self, configuration: Path | None = None) -> None:
        program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/local/sbin:/usr/sbin")
        assert program is not None, "Mosquitto is not installed: `make tools`"
        with (self.folder / "broker.log").open("ab") as log:
            self._process = subprocess.Popen([program, "-c", str(configuration or self.configuration)], stdout=log, stderr=log)
        wait_until(lambda: self._answers() or self._has_ended(), "the broker listens")
        assert not self._has_ended(), self.log

    def stop_broker(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(10)
            self._process = None

    def _has_ended(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def _answers(self) -> bool:
        try:
            for port in (self.local_port, self.tls_port):
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            return False
        return True
