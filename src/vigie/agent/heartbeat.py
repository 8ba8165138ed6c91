"""Proof of life: heartbeats, the retained status, and the health state."""

import asyncio

from vigie import __version__
from vigie.agent.event_log import EventLog
from vigie.agent.faults import Faults
from vigie.agent.health import Machine, WallClock
from vigie.agent.states import StateBoard
from vigie.protocol import topics
from vigie.protocol.states import HEARTBEAT_INTERVAL_S, DeviceStatus, Heartbeat
from vigie.runtime.clock import Clock, wait_for_event
from vigie.runtime.mqtt import Connection

EXTRA_AFTER_S = 1.0
EAGER_FOR_S = 5.0
UNHEARD_AFTER_S = 4.0
UNHEARD_INTERVAL_S = 2.0


class Pulse:
    """The heartbeat of one device. `beat` counts the ten seconds of this boot, so it goes on across restarts of the agent,
    and "three beats ago" is half a minute however often a heartbeat is sent.
    """

    def __init__(
        self,
        device_id: str,
        boot_id: str,
        *,
        clock: Clock,
        wall: WallClock,
        machine: Machine,
        event_log: EventLog,
        faults: Faults,
        board: StateBoard,
    ) -> None:
        self._device_id = device_id
        self.boot_id = boot_id
        self._clock = clock
        self._wall = wall
        self._machine = machine
        self._log = event_log
        self._faults = faults
        self._board = board
        self._extra = asyncio.Event()
        self._throttled = machine.throttled()

    @property
    def beat(self) -> int:
        """The present beat."""
        return int(self._clock.monotonic() // HEARTBEAT_INTERVAL_S)

    def status(self, state: str, capabilities: tuple[str, ...]) -> bytes:
        """The body of `status/{device}`, `online` or `offline`."""
        body = {"state": state, "boot_id": self.boot_id, "version": __version__, "capabilities": capabilities}
        return DeviceStatus.model_validate(body).model_dump_json().encode()

    def hurry(self) -> None:
        """Asks for a heartbeat within a second: there is something new to acknowledge."""
        self._extra.set()

    def heartbeat(self) -> Heartbeat:
        """The device as it is now; also puts the health state."""
        self._throttled = self._machine.throttled()
        heartbeat = Heartbeat(
            boot_id=self.boot_id,
            beat=self.beat,
            mono_ms=round(self._clock.monotonic() * 1000),
            stream_id=self._log.stream_id,
            last_seq=self._log.last_seq,
            log_depth=max(0, self._log.last_seq - self._log.acked_through),
            temp_c=self._machine.temp_c(),
            disk_free_bytes=self._machine.disk_free_bytes(),
            throttled=self._throttled,
            clock=self._wall.quality(),
            faults=self._faults.names(),
        )
        self.publish_health()
        return heartbeat

    def publish_health(self) -> None:
        """Puts `states/{device}/health`: what only changes when something happens; `throttled` as in the last heartbeat."""
        faults = self._faults.names()
        body = {
            "state": "trouble" if faults else "ok",
            "faults": list(faults),
            "clock": self._wall.quality().value,
            "throttled": self._throttled,
        }
        self._board.put("health", body)

    async def run(self, connection: Connection) -> None:
        """Beats at once, then at each new beat, and shortly after events that nobody has acknowledged.

        In the first seconds of a connection it beats every second: after a power cut all programs start together, and a
        bridge that connects just after us must not take us for silent until the next beat. It beats every two seconds
        while events wait and nobody acknowledges: an ack is what replays wait for, and a heartbeat is what brings it.
        """
        eager_until = self._clock.monotonic() + EAGER_FOR_S
        while True:
            self._extra.clear()
            await connection.publish(topics.heartbeat(self._device_id), self.heartbeat().model_dump_json().encode(), qos=0)
            await self._clock.sleep(EXTRA_AFTER_S)
            if self._clock.monotonic() > eager_until:
                await self._next()

    async def _next(self) -> None:
        now = self._clock.monotonic()
        wait_s = (now // HEARTBEAT_INTERVAL_S + 1) * HEARTBEAT_INTERVAL_S - now
        if self._log.last_seq > self._log.acked_through:
            unheard_at = now if self._log.acked_at is None else max(now, self._log.acked_at + UNHEARD_AFTER_S)
            wait_s = min(wait_s, unheard_at - now + UNHEARD_INTERVAL_S - EXTRA_AFTER_S)
        await wait_for_event(self._extra, wait_s, self._clock)
