"""What `vigie doctor` looks at: the folders found, the addresses configured, the clock, the root of the machine's own files."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from vigie.owner.findings import Finding
from vigie.owner.places import Places
from vigie.owner.server_access import Server
from vigie.runtime.broker_url import BrokerSettings
from vigie.runtime.clock import Clock

LIMIT_S = 5.0
"""No check takes longer: what hangs (a name server, a broken card) is told as such."""


@dataclass(frozen=True, slots=True)
class Examined:
    """One machine. `server_is_expected`: somebody has named a server, or its database is here. `broker_is_named`: the broker is
    somebody's word, not a guess. `config`: the file that was named.
    """

    places: Places
    broker: BrokerSettings
    server: Server
    server_is_expected: bool
    environ: Mapping[str, str]
    clock: Clock
    root: Path = Path("/")
    config: Path | None = None
    broker_is_named: bool = True


Check = Callable[[Examined], Iterable[Finding]]
