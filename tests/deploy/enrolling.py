"""What a new Pi meets: systemd's socket as inetd would serve it, a hub that can take Pis in, and somebody who poses as it."""

import asyncio
import json
import socketserver
import ssl
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.deploy.sites import ASite
from tests.house import clean_environment
from tests.server.access import Site, peopled
from tests.server.running import Server
from vigie.testing.fake_clock import FakeClock

PI = "raspberry-03"


@contextmanager
def inetd(path: Path, site: Path) -> Iterator[None]:
    """`vigie-enrol.socket` and its service: a process for each connection, which is its stdin and stdout."""

    class Connection(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            argv = [sys.executable, "-m", "vigie", "enrol", "--site", str(site)]
            with path.with_suffix(".log").open("ab") as journal:
                subprocess.run(argv, stdin=self.request, stdout=self.request, stderr=journal, check=False, timeout=30)

    with socketserver.ThreadingUnixStreamServer(str(path), Connection) as server:
        serving = threading.Thread(target=server.serve_forever, args=(0.02,))
        serving.start()
        try:
            yield
        finally:
            server.shutdown()
            serving.join()


class Hub:
    """A provisioned site with its server, which speaks HTTPS, and `anna` in a browser."""

    def __init__(self, site: ASite, server: Site, clock: FakeClock) -> None:
        self.site = site
        self.clock = clock
        self.anna: Server = server.people["anna"]
        self.place = server.server.url.removeprefix("https://")

    async def code(self) -> str:
        status, made = await self.anna.post("/api/enrolment")
        assert status == 201, made
        return str(made["code"])

    async def shown(self) -> dict[str, Any]:
        """The page Devices."""
        return (await self.anna.get("/api/enrolment"))[1]

    async def confirm(self, **more: Any) -> tuple[int, Any]:
        number = (await self.shown())["request"]["check_number"]
        return await self.anna.post("/api/enrolment/confirm", {"check_number": number, **more})


@asynccontextmanager
async def hub_with(folder: Path, clock: FakeClock) -> AsyncIterator[Hub]:
    """All of it, with real programs; the server's clock is the test's."""
    site = ASite(folder / "site")
    of_hub = site.folder / "hub"
    settings: dict[str, Any] = {"tls_certificate": of_hub / "web.crt", "tls_key": of_hub / "web.key"}
    settings |= {"enrol_socket": folder / "enrol.sock", "enrol_authority": site.ca}
    with inetd(folder / "enrol.sock", site.folder):
        async with peopled(folder / "server", clock, tls=site.tls, **settings) as server:
            try:
                yield Hub(site, server, clock)
            finally:
                site.stop_broker()


class Joining:
    """`vigie join` as a process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    @classmethod
    async def start(cls, hub: Hub, code: str, etc: Path, *more: str) -> "Joining":
        argv = [sys.executable, "-m", "vigie", "join", hub.place, "--code", code, "--name", PI, "--etc", str(etc), *more]
        pipe = asyncio.subprocess.PIPE
        return cls(await asyncio.create_subprocess_exec(*argv, stdout=pipe, stderr=pipe, env=clean_environment()))

    async def check_number(self) -> str:
        """What it shows, once it has asked."""
        assert self.process.stdout is not None
        async with asyncio.timeout(20):
            while line := (await self.process.stdout.readline()).decode():
                if line.startswith("check number: "):
                    return line.removeprefix("check number: ").strip().replace(" ", "")
        raise AssertionError(await self.end())

    async def end(self) -> tuple[int | None, str]:
        """Its status, and what it has said last."""
        async with asyncio.timeout(20):
            out, errors = await self.process.communicate()
        return self.process.returncode, out.decode() + errors.decode()


class Impostor:
    """Answers like a hub, and keeps every byte that it was told after TLS was up."""

    def __init__(self, authority: Path) -> None:
        self.authority = authority.read_text()
        self.heard: list[tuple[str, str, bytes]] = []
        self.place = ""


@contextmanager
def impostor(authority: Path, certificate: Path, key: Path) -> Iterator[Impostor]:
    """Shows `authority` to whoever asks, and speaks with a certificate of its own."""
    found = Impostor(authority)

    class Connection(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._hear()

        def do_POST(self) -> None:
            self._hear()

        def _hear(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            found.heard.append((self.command, self.path, bytes(self.headers) + body))
            self._answer({"certificate": found.authority} if self.command == "GET" else {"check_number": "123456"})

        def _answer(self, body: dict[str, str]) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_arguments: object) -> None:
            pass

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    with ThreadingHTTPServer(("127.0.0.1", 0), Connection) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.handle_error = lambda *_: None  # type: ignore[method-assign]  # of those who do not trust it
        found.place = f"127.0.0.1:{server.server_address[1]}"
        serving = threading.Thread(target=server.serve_forever, args=(0.02,))
        serving.start()
        try:
            yield found
        finally:
            server.shutdown()
            serving.join()
