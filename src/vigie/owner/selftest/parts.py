"""Which parts there are to try, by name, and the configuration with only those in it."""

from collections.abc import Collection

from vigie.agent.arming import NAME as ARMING
from vigie.agent.settings import AgentSettings
from vigie.runtime.config import hint
from vigie.runtime.config_error import ConfigError

MACHINE = "machine"
"""Power, clock, disk and the speed of the card."""
_OUTPUTS = ("siren", "servo", "camera")


def of(settings: AgentSettings) -> list[str]:
    """In the order in which they are tried."""
    inputs = [*settings.sensors, *([ARMING] if settings.arming is not None else [])]
    return [MACHINE, *inputs, *(name for name in _OUTPUTS if getattr(settings, name) is not None)]


def chosen(settings: AgentSettings, wanted: Collection[str]) -> list[str]:
    """Those that were asked for, all where none was. Raises `ConfigError` for one that this Pi does not have."""
    known = of(settings)
    for name in wanted:
        if name not in known:
            raise ConfigError("--part", f"this Pi has no part {name!r}; {hint(name, known, 'it has')}")
    return [name for name in known if name in wanted or not wanted]


def only(settings: AgentSettings, names: Collection[str]) -> AgentSettings:
    """The same Pi with nothing else wired: of the other parts no pin is claimed."""
    absent = {name: None for name in (*_OUTPUTS, ARMING) if name not in names}
    sensors = {name: sensor for name, sensor in settings.sensors.items() if name in names}
    return settings.model_copy(update={**absent, "sensors": sensors})
