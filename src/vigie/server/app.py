"""The server as a whole: which parts it has, what they do in the background, how it starts and stops."""

import asyncio
import logging
import signal
import socket
import ssl
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import socketio
import uvicorn
from fastapi import FastAPI
from sqlalchemy.exc import SQLAlchemyError
from starlette.types import ASGIApp

from vigie import __version__
from vigie.domain.keeping import Limits
from vigie.runtime import logging as logs
from vigie.runtime import memory, sdnotify
from vigie.runtime.clock import Clock, SystemClock
from vigie.runtime.mode_keys import read_key
from vigie.runtime.watchdog import feed_for_ever
from vigie.server.access.accounts import Accounts
from vigie.server.access.connections import allow_open_files, bounded
from vigie.server.access.doorkeeper import Doorkeeper, read_token_files
from vigie.server.access.first_run import SetUpLink, base_url
from vigie.server.access.gate import Gate
from vigie.server.access.guard import Guard
from vigie.server.access.needs import needs_of
from vigie.server.access.sign_in import SignIn
from vigie.server.api import accounts, alarm, cameras, devices, doctor, events, health, live_view, media, recordings, session, site
from vigie.server.api import enrolment as enrolment_api
from vigie.server.api import people as people_api
from vigie.server.api.openapi import serve_document
from vigie.server.api.parts import Parts
from vigie.server.api.problems import answer_with_problems
from vigie.server.arming import Arming
from vigie.server.bridges import Bridges
from vigie.server.dashboard import dashboard
from vigie.server.devices import Devices
from vigie.server.enrolment import EnrolmentDesk
from vigie.server.errors import AddressUnusable, CertificateUnusable, DatabaseUnusable, StartError
from vigie.server.examiner import Examiner
from vigie.server.finisher import Finisher
from vigie.server.gathered_writes import GatheringWebSockets
from vigie.server.ingest import Ingest
from vigie.server.keeper import Keeper
from vigie.server.live import LiveNews
from vigie.server.live_view import LiveView
from vigie.server.media_desk import MediaDesk
from vigie.server.media_files import MediaFiles
from vigie.server.metrics import Metrics
from vigie.server.mode import SiteMode
from vigie.server.people import People
from vigie.server.recordings import Recordings
from vigie.server.settings import ServerSettings
from vigie.server.shelf import Shelf
from vigie.server.site import SiteWatch
from vigie.server.site_alarm import AlarmWatch
from vigie.server.store.accounts import has_users
from vigie.server.store.database import Database, open_database, reason_of
from vigie.server.store.store import Store
from vigie.server.supervisor import Supervisor

log = logging.getLogger(__name__)

RESTART_DELAY_S = 1.0
STOP_TIMEOUT_S = 1.5
PING_S = 10
"""A page or a bridge knows within twice this that the server, or the way to it, is dead: a lookout must not look alive."""
MAX_UNSENT_BYTES = 128 * 1024
KEEP_ALIVE_S = 75
"""Longer than any bridge waits between two uploads: a connection that is closed under a POST costs a retry."""

ROUTERS = [
    subject.router
    for subject in (
        events,
        devices,
        cameras,
        live_view,
        recordings,
        media,
        site,
        alarm,
        people_api,
        session,
        accounts,
        enrolment_api,
        health,
        doctor,
    )
]


def run(settings: ServerSettings) -> int:
    """Serves until SIGTERM or SIGINT; the exit status. What keeps it from starting is one line on stderr."""
    logs.setup("server", level=settings.log_level)
    try:
        allow_open_files()
        listener = listen(settings)
        app, parts = assemble(settings, SystemClock())
        config = configured(app, settings)
        memory.settle()
    except StartError as error:
        sys.stderr.write(f"vigie server: {error}\n")
        return 1
    asyncio.run(_serve(config, listener, parts.live_view.close))
    return 0


def create_app(settings: ServerSettings, clock: Clock) -> ASGIApp:
    """The ASGI application on an opened and migrated database; raises `StartError`."""
    return assemble(settings, clock)[0]


def assemble(settings: ServerSettings, clock: Clock) -> tuple[ASGIApp, Parts]:
    """The application and its parts; raises `StartError`."""
    sio = socketio.AsyncServer(async_mode="asgi", ping_interval=PING_S, ping_timeout=PING_S)
    database = open_database(settings.store_url)
    parts = _wire(Store(database), sio, clock, settings)
    _recall(parts, database, on_loopback=settings.on_loopback)
    api = build_api(lambda: _at_work(parts))
    api.state.parts = parts
    gate = Gate(socketio.ASGIApp(sio, api), parts.door, needs_of(ROUTERS))
    return Guard(gate, loopback_only=settings.on_loopback), parts


def build_api(at_work: Callable[[], "AsyncIterator[None]"] | None = None) -> FastAPI:
    """The HTTP routes; `at_work` is what runs around them. Without it the document can be made, nothing be served."""
    api = FastAPI(
        title="Vigie",
        version=__version__,
        summary="Events, devices, commands, mode and alerts of a site.",
        openapi_url=None,
        lifespan=None if at_work is None else asynccontextmanager(lambda _api: at_work()),
    )
    answer_with_problems(api)
    for router in ROUTERS:
        api.include_router(router)
    serve_document(api)
    api.mount("/", dashboard())
    return api


def _wire(store: Store, sio: socketio.AsyncServer, clock: Clock, settings: ServerSettings) -> Parts:
    door = Doorkeeper(store, clock, on_loopback=settings.on_loopback, file_tokens=read_token_files(settings.token_files))
    link = SetUpLink(settings.data_dir, base_url(settings.host, settings.port, tls=settings.tls_certificate is not None))
    live = LiveNews(sio, clock, door)
    known = Devices(store, live, clock)
    mode = SiteMode(store, live, clock, read_key(settings.mode_key_file))
    metrics = Metrics()
    bridges = Bridges(sio, known, mode, clock, door)
    people = People(store, live, clock)
    faults: dict[str, str] = {}
    shelf = Shelf(store, MediaFiles(settings.data_dir), live, clock)
    keeper = Keeper(shelf, Limits(**settings.recordings.model_dump()))
    work = asyncio.Event()
    desk = MediaDesk(shelf, keeper, work)
    ingest = Ingest(store, known, live, metrics, clock)
    ingest.on_clips = desk.take_changes
    live_view = LiveView(bridges, known, clock)
    return Parts(
        clock=clock,
        store=store,
        live=live,
        devices=known,
        bridges=bridges,
        mode=mode,
        people=people,
        door=door,
        link=link,
        sign_in=SignIn(store, clock, door, link),
        accounts=Accounts(store, clock, door),
        enrolment=EnrolmentDesk(store, clock, settings),
        arming=Arming(mode, people, known, bridges),
        site=SiteWatch(store, bridges, live, clock, faults),
        alarm=AlarmWatch(known, bridges, mode, live, clock),
        supervisor=Supervisor(store, live, clock, devices=known, bridges=bridges, mode=mode),
        metrics=metrics,
        ingest=ingest,
        shelf=shelf,
        keeper=keeper,
        media=desk,
        finisher=Finisher(shelf, keeper, work),
        live_view=live_view,
        recordings=Recordings(shelf, keeper, known, live_view),
        examiner=Examiner(settings, door, clock),
        started_at=clock.monotonic(),
        faults=faults,
    )


def _recall(parts: Parts, database: Database, *, on_loopback: bool) -> None:
    """Takes up what was known before the restart; raises `DatabaseUnusable`."""
    try:
        with database.reading.connect() as connection:
            parts.devices.load(connection)
            parts.mode.load(connection)
            knows_anybody = has_users(connection)
    except SQLAlchemyError as error:
        raise DatabaseUnusable(database.where, reason_of(error)) from error
    if knows_anybody:
        parts.link.withdraw()
    elif not on_loopback:
        parts.link.publish()


async def _at_work(parts: Parts) -> AsyncIterator[None]:
    """The background work, around the time in which requests are served."""
    async with asyncio.TaskGroup() as tasks:
        running = [
            tasks.create_task(_supervised(parts, name, work), name=name)
            for name, work in (
                ("emit what cannot wait", parts.live.emit_first_for_ever),
                ("emit what can wait", parts.live.emit_for_ever),
                ("tell of devices", parts.devices.tell_for_ever),
                ("keep devices", parts.devices.save_for_ever),
                ("watch for silence", parts.devices.watch_for_ever),
                ("keep the mode", parts.mode.keep_for_ever),
                ("watch the door", parts.door.watch_for_ever),
                ("watch the site", parts.site.watch_for_ever),
                ("watch the alarm", parts.alarm.watch_for_ever),
                ("watch for absences", parts.supervisor.watch_for_ever),
                ("finish recordings", parts.finisher.finish_for_ever),
                ("keep recordings", parts.keeper.keep_for_ever),
                ("watch uploads", parts.media.watch_for_ever),
                ("ask for live pictures", parts.live_view.ask_for_ever),
                ("feed the watchdog", lambda: feed_for_ever(parts.store.prove_alive, parts.clock)),
                ("probe the database", lambda: parts.store.probe_for_ever(parts.clock)),
            )
        ]
        yield
        for task in running:
            task.cancel()
    parts.shelf.close()
    await parts.devices.save()
    await parts.store.close()


async def _supervised(parts: Parts, name: str, work: Callable[[], Awaitable[None]]) -> None:
    """The task boundary: a task that fails is logged, shown in `/healthz`, and started again. One that ends has ended."""
    while True:
        try:
            await work()
        except Exception:
            log.exception("a background task failed task=%s", name)
            parts.faults[name] = "failed"
            await parts.clock.sleep(RESTART_DELAY_S)
        else:
            return


def listen(settings: ServerSettings) -> socket.socket:
    """The bound socket; raises `AddressUnusable`. Bound before anything else, so that a second server touches no data."""
    try:
        family, kind, proto, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        # With `proto` named, asyncio sets TCP_NODELAY on each connection; without it every answer waits 40 ms for an ACK.
        listener = socket.socket(family, kind, proto)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Live pictures: to who reads slowly, what waits in the kernel is old. Each accepted connection inherits it.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, MAX_UNSENT_BYTES)
        listener.bind(address)
    except OSError as error:
        raise AddressUnusable(settings.host, settings.port, error.strerror or str(error)) from error
    return listener


class _Uvicorn(uvicorn.Server):
    """uvicorn that says when it listens, and leaves signals to us: it would die of them after its clean stop."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        host, port, *_ = sockets[0].getsockname() if sockets else ("", 0)
        scheme = "https" if self.config.is_ssl else "http"
        log.info("listening url=%s://%s:%d", scheme, f"[{host}]" if ":" in host else host, port)
        sdnotify.notify("READY=1")


def configured(app: ASGIApp, settings: ServerSettings) -> uvicorn.Config:
    """How uvicorn serves the application. Raises `CertificateUnusable`."""
    config = uvicorn.Config(
        app,
        http=bounded(),
        proxy_headers=False,  # else whoever is on this machine says where they come from
        ssl_certfile=settings.tls_certificate,
        ssl_keyfile=settings.tls_key,
        log_config=None,
        access_log=False,
        server_header=False,
        ws=GatheringWebSockets,
        ws_max_size=2**20,
        ws_per_message_deflate=False,  # 300 KB a browser, for messages of 400 bytes on a local network
        timeout_keep_alive=KEEP_ALIVE_S,
        lifespan="on",
        timeout_graceful_shutdown=STOP_TIMEOUT_S,  # type: ignore[arg-type]  # it goes to asyncio.wait_for
    )
    try:
        config.load()
    except (OSError, ssl.SSLError) as error:
        raise CertificateUnusable(settings.tls_certificate or Path(), str(error)) from error
    if isinstance(config.ssl, ssl.SSLContext):
        config.ssl.minimum_version = ssl.TLSVersion.TLSv1_2
    return config


async def _serve(config: uvicorn.Config, listener: socket.socket, on_stop: Callable[[], None]) -> None:
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    server = _Uvicorn(config)

    def stop() -> None:
        sdnotify.notify("STOPPING=1")
        server.should_exit = True
        on_stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop)
    await server._serve([listener])
