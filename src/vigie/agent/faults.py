"""What is wrong with this device right now, by name: shown in each heartbeat and in `states/{device}/health`."""

import logging
from collections.abc import Callable, Mapping

log = logging.getLogger(__name__)


class Faults:
    """The set of present faults, e.g. `stuck:motion`. `on_change` is called when it changes. Event loop only."""

    def __init__(self, on_change: Callable[[], None] = lambda: None) -> None:
        self._present: dict[str, str] = {}
        self.on_change = on_change

    def report(self, name: str, what: str) -> None:
        """The fault is there; `what` goes to the log, once."""
        if name not in self._present:
            self._present[name] = what
            log.warning("fault=%s %s", name, what)
            self.on_change()

    def clear(self, name: str) -> None:
        """The fault is over."""
        if self._present.pop(name, None) is not None:
            log.info("fault=%s is over", name)
            self.on_change()

    @property
    def present(self) -> Mapping[str, str]:
        """The present faults, with what was said of each."""
        return self._present

    def names(self) -> tuple[str, ...]:
        """The present faults, sorted."""
        return tuple(sorted(self._present))

    def __contains__(self, name: object) -> bool:
        return name in self._present
