"""Carries clips and stills from the Pis to the server: in pieces, resuming where the server is, never in the way of events."""

import asyncio
import logging
import ssl
from collections import Counter
from collections.abc import Callable

import aiohttp
from pydantic import ValidationError

from vigie.bridge.media_http import MediaApi, PiLost, PiMedia, PiRefused, PiUntrusted, ServerLost, ServerRefused, WrongHash
from vigie.protocol.camera import Media, MediaAddress, MediaKind
from vigie.protocol.codec import decode_object
from vigie.protocol.errors import BadPayload
from vigie.protocol.events import explain
from vigie.protocol.topics import DeviceTopic, Topic
from vigie.runtime.backoff import Backoff
from vigie.runtime.clock import Clock, wait_for_event
from vigie.runtime.mqtt import Message

log = logging.getLogger(__name__)

ASK_EVERY_S = 30.0
FOLLOW_EVERY_S = 1.0
"""A clip that is being recorded is fetched along: what has left the Pi cannot be taken with it."""
AT_A_TIME = 3
"""Pis that are fetched from at a time; each piece is in memory once."""
PIECES_A_ROUND = 8
MAX_PIS = 200
MAX_TRIES = 3
ASIDE_S = 3600.0
"""What cannot be carried is let be for so long, for the sake of the others."""


class Couriers:
    """One courier per Pi; `tls` checks its certificate. Also tells the live view where a Pi is; the server learns nothing of it."""

    def __init__(self, pis: aiohttp.ClientSession, api: MediaApi, clock: Clock, *, tls: ssl.SSLContext | None = None) -> None:
        self._pis = pis
        self._tls = tls
        self._api = api
        self._clock = clock
        self._turns = asyncio.Semaphore(AT_A_TIME)
        self._couriers: dict[str, _Courier] = {}
        self._changed = asyncio.Event()

    def on_message(self, topic: Topic, message: Message) -> None:
        """Takes `states/{device}/media`; raises `BadPayload`. An empty one: there is no camera any more."""
        if not isinstance(topic, DeviceTopic):
            return
        device_id = topic.device_id
        self._changed.set()
        if not message.payload:
            self._couriers.pop(device_id, None)
            return
        try:
            address = MediaAddress.model_validate(decode_object(message.payload))
        except ValidationError as error:
            raise BadPayload(explain(error)) from error
        if not address.url.startswith(("http://", "https://")):
            raise BadPayload("the address of a media server is http://HOST:PORT")
        courier = self._couriers.get(device_id)
        if courier is None:
            if len(self._couriers) >= MAX_PIS:
                raise BadPayload(f"more than {MAX_PIS} devices with media")
            courier = self._couriers[device_id] = _Courier(device_id, self._api, self._turns, self._clock)
        courier.is_at(PiMedia(self._pis, address, device_id, self._tls))

    def pi(self, device_id: str) -> PiMedia | None:
        """Where its media are."""
        courier = self._couriers.get(device_id)
        return None if courier is None else courier.pi

    @property
    def faults(self) -> tuple[str, ...]:
        """What needs a hand, in words."""
        return tuple(fault for courier in self._couriers.values() for fault in courier.faults)[:20]

    async def run(self) -> None:
        """For ever: a task for each Pi that is known."""
        running: dict[str, tuple[_Courier, asyncio.Task[None]]] = {}
        async with asyncio.TaskGroup() as group:
            while True:
                self._changed.clear()
                for device_id, (courier, task) in list(running.items()):
                    if self._couriers.get(device_id) is not courier:
                        task.cancel()
                        del running[device_id]
                for device_id, courier in self._couriers.items():
                    if device_id not in running:
                        running[device_id] = (courier, group.create_task(courier.run(), name=f"media of {device_id}"))
                await self._changed.wait()


class _Courier:
    """Carries one Pi's clips and stills, one piece at a time."""

    def __init__(self, device_id: str, api: MediaApi, turns: asyncio.Semaphore, clock: Clock) -> None:
        self._device_id = device_id
        self._api = api
        self._turns = turns
        self._clock = clock
        self._news = asyncio.Event()
        self._tries: Counter[str] = Counter()
        self._aside: dict[str, tuple[float, str]] = {}
        self._trouble: str | None = None
        self.pi: PiMedia | None = None

    def is_at(self, pi: PiMedia) -> None:
        """There is news of this Pi, or it has another address."""
        self.pi = pi
        self._news.set()

    @property
    def faults(self) -> list[str]:
        """What was set aside, and why the server takes nothing."""
        return [why for _, why in self._aside.values()] + ([self._trouble] if self._trouble else [])

    async def run(self) -> None:
        """For ever."""
        backoff = Backoff(base_s=1.0, cap_s=ASK_EVERY_S)
        while True:
            self._news.clear()
            try:
                async with self._turns:
                    wait_s = await self._round()
                backoff.reset()
                self._complain(None)
            except PiUntrusted as untrusted:
                self._complain(f"clips of {self._device_id} wait on the Pi: {untrusted}")
                wait_s = backoff.next_delay_s()
            except PiLost as lost:
                log.debug("media of a Pi cannot be had device_id=%s reason=%s", self._device_id, lost)
                self._complain(None)
                wait_s = backoff.next_delay_s()
            except ServerLost as lost:
                self._complain(f"clips of {self._device_id} wait on the Pi: {lost}")
                wait_s = backoff.next_delay_s()
            if wait_s:
                await wait_for_event(self._news, wait_s, self._clock)

    async def _round(self) -> float:
        """Stills, then what a clip that is being recorded has grown by, then some pieces of the oldest clip; how long to wait.

        Not the oldest clip alone: after an outage the one of now would wait for all of them.
        """
        pi = self.pi
        assert pi is not None
        now_s = self._clock.monotonic()
        self._aside = {media_id: why for media_id, why in self._aside.items() if why[0] > now_s}
        listed = [one for one in (await pi.list()).media if one.device_id == self._device_id and one.id not in self._aside]
        self._tries = Counter({one.id: self._tries[one.id] for one in listed if one.id in self._tries})
        stills = [one for one in listed if one.kind is MediaKind.STILL]
        growing = [one for one in listed if one.kind is MediaKind.CLIP and not one.complete]
        waiting = [one for one in listed if one.kind is MediaKind.CLIP and one.complete]
        for one in (*stills, *growing):
            await self._carry(pi, one, lambda: True)
        if waiting:
            pieces = iter(range(PIECES_A_ROUND))
            await self._carry(pi, waiting[0], lambda: next(pieces, None) is not None and not self._news.is_set())
            return 0.0
        return FOLLOW_EVERY_S if growing or stills else ASK_EVERY_S

    async def _carry(self, pi: PiMedia, media: Media, may_go_on: Callable[[], bool]) -> None:
        """As far as it may; what makes no sense of it is set aside. Raises `PiLost`, `ServerLost`."""
        try:
            await self._carry_on(pi, media, may_go_on)
        except PiRefused as refused:
            self._set_aside(media, f"the Pi does not give {media.kind} {media.id} of {self._device_id}: {refused}")
        except ServerRefused as refused:
            self._set_aside(media, f"the server does not take {media.kind} {media.id} of {self._device_id}: {refused}")
        except WrongHash as wrong:
            log.warning("%s", wrong)
            if self._tries[media.id] >= MAX_TRIES:
                why = f"{MAX_TRIES} times, its SHA-256 was not that of the Pi: is its card failing?"
                self._set_aside(media, f"{media.kind} {media.id} of {self._device_id} was sent {why}")
        if self._tries[media.id] > MAX_TRIES:
            self._set_aside(media, f"the Pi goes on to offer {media.kind} {media.id} of {self._device_id}, which is on the server")

    async def _carry_on(self, pi: PiMedia, media: Media, may_go_on: Callable[[], bool]) -> None:
        at = await self._api.announce(media)
        while at.state in {"recording", "uploading"} and at.offset < media.size_bytes:
            if not may_go_on():
                return
            data = await pi.piece(media, at.offset)
            if not data:
                if media.complete:
                    raise PiRefused(f"there is no byte {at.offset}, it said that there are {media.size_bytes}")
                return
            at = await self._api.append(media, at.offset, data)
        if not media.complete:
            return
        if media.sha256 is None:
            raise PiRefused("it says that it is complete, and not which SHA-256 it has")
        self._tries[media.id] += 1
        if at.state in {"recording", "uploading"}:
            at = await self._api.complete(media)
            if at.state != "finished":
                return  # the server has less than we thought: the next round sees
        await pi.stored(media)

    def _set_aside(self, media: Media, why: str) -> None:
        log.warning("%s; let be for an hour", why)
        self._aside[media.id] = (self._clock.monotonic() + ASIDE_S, why)

    def _complain(self, trouble: str | None) -> None:
        if trouble is not None and self._trouble is None:
            log.warning("%s", trouble)
        self._trouble = trouble
