"""The bridge program: which tasks run, how it starts, how it stops."""

import asyncio
import logging
import signal
import sys
from dataclasses import dataclass

import aiohttp

from vigie.bridge.acks import Acks
from vigie.bridge.broker import Broker
from vigie.bridge.commands import CommandRelay
from vigie.bridge.downlink import Handler, ServerLink
from vigie.bridge.events_api import EventsApi
from vigie.bridge.inlet import Inlet, Listener
from vigie.bridge.live_relay import LiveRelay
from vigie.bridge.media import Couriers
from vigie.bridge.media_http import MediaApi
from vigie.bridge.mode import ModeRegister
from vigie.bridge.presence import Presence
from vigie.bridge.reports import Reports, Site
from vigie.bridge.settings import BridgeSettings
from vigie.bridge.spool import Spool
from vigie.bridge.spool_file import SpoolError
from vigie.bridge.uplink import Uplink
from vigie.protocol.camera import MEDIA
from vigie.protocol.topics import DeviceTopic, Topic
from vigie.runtime import logging as vigie_logging
from vigie.runtime import memory
from vigie.runtime.claim import FolderInUse, FolderUnusable, claim
from vigie.runtime.clock import Clock, SystemClock
from vigie.runtime.ids import boot_id
from vigie.runtime.mode_keys import Writers
from vigie.runtime.mqtt import Identity, Message, keep_connected
from vigie.runtime.sdnotify import notify
from vigie.runtime.watchdog import feed_for_ever

log = logging.getLogger(__name__)


def run(settings: BridgeSettings) -> int:
    """Runs until SIGTERM or SIGINT (exit status 0); 1 when it cannot start or a part of it failed."""
    vigie_logging.setup("bridge", level=settings.log_level)
    memory.use_one_arena()
    settings = settings.model_copy(update={"backend_token": settings.token()})
    settings.pis_tls()
    settings.backend_tls()
    try:
        with claim(settings.data_dir, "bridge"):
            asyncio.run(_until_told_to_stop(settings))
            return 0
    except (FolderUnusable, FolderInUse, SpoolError) as error:
        sys.stderr.write(f"vigie bridge: {error}\n")
        return 1
    except Exception:  # the one task boundary of this process: a broken part ends it loudly, and it is started again
        log.exception("a part of the bridge has failed")
        return 1


async def _until_told_to_stop(settings: BridgeSettings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await serve(settings, SystemClock(), stop)


async def serve(settings: BridgeSettings, clock: Clock, stop: asyncio.Event) -> None:
    """The bridge until `stop` is set. Raises `SpoolError` where the data folder cannot be used."""
    path, max_bytes = settings.data_dir / "spool.db", settings.spool_max_bytes
    spool = await Spool.open(path, boot_id=boot_id(), clock=clock, max_bytes=max_bytes)
    try:
        async with (
            _to_server(settings) as http,
            _to_server(settings) as media,
            aiohttp.ClientSession() as pis,  # without our token: it is the server's business alone
        ):
            await _run_tasks(settings, spool, _Sessions(http, media, pis), clock, stop)
    finally:
        await spool.close()


def _to_server(settings: BridgeSettings) -> aiohttp.ClientSession:
    headers = {"Authorization": f"Bearer {settings.backend_token}"} if settings.backend_token else {}
    return aiohttp.ClientSession(headers=headers, connector=aiohttp.TCPConnector(ssl=settings.backend_tls() or True))


@dataclass(frozen=True, slots=True)
class _Sessions:
    """Each way has its own connections: a clip that crawls is in nobody's way."""

    events: aiohttp.ClientSession
    media: aiohttp.ClientSession
    pis: aiohttp.ClientSession


async def _run_tasks(settings: BridgeSettings, spool: Spool, http: _Sessions, clock: Clock, stop: asyncio.Event) -> None:
    broker = Broker(clock)
    acks = Acks(broker, clock)
    uplink = Uplink(spool, EventsApi(http.events, settings.backend_url), settings, clock, on_cursor=acks.offer)
    presence = Presence(clock)
    relay = CommandRelay(broker, presence)
    writers = Writers(settings.site.mode_writers)
    mode = ModeRegister(settings.data_dir / "bridge-mode.json", broker, clock, writer=settings.bridge_id[:64], writers=writers)
    media_api = MediaApi(http.media, settings.backend_url)
    couriers = Couriers(http.pis, media_api, clock, tls=settings.pis_tls())
    live = LiveRelay(media_api, couriers.pi, clock)
    listeners: dict[str, Listener] = {
        "status": presence.on_message,
        "states": _states(presence.on_message, couriers.on_message),
        "heartbeats": presence.on_message,
        "results": relay.on_message,
        "site": mode.on_message,
    }
    inlet = Inlet(spool, uplink, broker, listeners, clock)
    handlers: dict[str, Handler] = {"command": relay.on_request, "set_mode": mode.on_request, "live": live.on_request}
    link = ServerLink(settings.backend_url, settings.backend_token, handlers, clock, tls=settings.backend_tls())
    site = Site(broker, presence, mode, spool, acks, lambda: (*_faults(spool, uplink, mode), *couriers.faults))
    reports = Reports(site, clock, bridge_id=settings.bridge_id, on_linked=uplink.server_is_back)
    identity = Identity(settings.bridge_id, persistent=True, manual_ack=True)
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(
                keep_connected(settings.broker, identity, inlet.session, clock=clock, on_lost=broker.lost), name="broker"
            ),
            group.create_task(inlet.commit(), name="intake"),
            group.create_task(spool.keep(), name="spool"),
            group.create_task(uplink.run_live(), name="live uploads"),
            group.create_task(uplink.run_backlog(), name="backlog uploads"),
            group.create_task(acks.run(), name="acks"),
            group.create_task(mode.run(), name="mode"),
            group.create_task(link.keep(reports.session), name="server link"),
            group.create_task(couriers.run(), name="media"),
            group.create_task(live.run(), name="live views"),
            group.create_task(memory.keep_small(clock), name="memory"),
            group.create_task(feed_for_ever(spool.disk.prove_alive, clock), name="watchdog"),
        ]
        log.info("bridging broker=%s:%d server=%s", settings.broker.host, settings.broker.port, settings.backend_url)
        notify("READY=1")
        await stop.wait()
        notify("STOPPING=1")
        for task in tasks:
            task.cancel()


def _states(presence: Listener, media: Listener) -> Listener:
    """Where a Pi's media are, and the token that opens them, is for nobody but us."""

    def on_message(topic: Topic, message: Message) -> None:
        is_media = isinstance(topic, DeviceTopic) and topic.part == MEDIA
        (media if is_media else presence)(topic, message)

    return on_message


def _faults(spool: Spool, uplink: Uplink, mode: ModeRegister) -> tuple[str, ...]:
    """What needs a hand, in words, for the server's page of devices."""
    faults = [fault for fault in (spool.disk.fault, uplink.fault, mode.fault) if fault]
    if spool.holdings.are_full:
        faults.append("the spool is full (spool_max_bytes): what comes is not kept, devices with a log send it again")
    faults += [f"spool file was damaged, set aside as {path.name}" for path in spool.disk.damaged_files]
    if spool.parked:
        faults.append(f"{spool.parked} items that the server takes in no form are parked in the spool file")
    return tuple(faults)
