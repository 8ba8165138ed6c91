"""A change of the mode that somebody asks for over HTTP: open zones and the PIN stand before it."""

from vigie.domain.arming import needs_pin, open_zones, without
from vigie.domain.guard import read_alarm
from vigie.domain.mode import bypass_after
from vigie.protocol.alarm import ALARM
from vigie.protocol.states import ModeRecord
from vigie.server.api.schemas import ModeChange, ModeState
from vigie.server.bridges import Bridges
from vigie.server.devices import Devices
from vigie.server.errors import PinRequired, ZonesOpen
from vigie.server.mode import SiteMode, Wish
from vigie.server.people import People
from vigie.server.store.audit import Author


class Arming:
    """Who may change the mode, and what must be closed for it."""

    def __init__(self, mode: SiteMode, people: People, devices: Devices, bridges: Bridges) -> None:
        self._mode = mode
        self._people = people
        self._devices = devices
        self._bridges = bridges

    async def change(self, asked: ModeChange, by: Author) -> ModeState:
        """Changes the mode; returns when the broker has it.

        Raises `ZonesOpen`, what `People.identify` raises, and `NoBridge`; then nothing has changed. A PIN that is given is
        tried, also where none is needed: it says who it was, and whether under duress.
        """
        self._require_closed(asked)
        person = None if asked.pin is None else await self._people.identify(asked.pin, by)
        asks_for_pins = person is None and await self._people.are_any()

        def permit(current: ModeRecord) -> None:
            bypasses_more = not set(asked.bypass) <= set(current.bypass)
            if asks_for_pins and needs_pin(current.mode, asked.mode, bypasses_more=bypasses_more):
                raise PinRequired

        wish = Wish(asked.mode, person.name if person else by.name, by.origin, asked.bypass)
        return await self._mode.change(wish, self._bridges, permit)

    def _require_closed(self, asked: ModeChange) -> None:
        bypass = bypass_after(self._mode.state, asked.mode, asked.bypass)
        said = {device_id: read_alarm(body) for device_id, body in self._devices.states_of(ALARM).items()}
        # One that makes no sense must not keep the others from being armed.
        zones = open_zones({device_id: alarm for device_id, alarm in said.items() if alarm is not None}, asked.mode)
        if in_the_way := without(zones, bypass):
            raise ZonesOpen(in_the_way)
