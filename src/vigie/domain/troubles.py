"""When a trouble is told to have begun and to be over: at once when it begins, and over when it has stayed away for a while,
so that one that flickers is one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from vigie.protocol.alarm import TroubleChange

OVER_AFTER_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A trouble whose begin has been told. Times are monotonic; `began_at` is None for one that is older than this start."""

    detail: str
    began_at: float | None
    gone_at: float | None = None


def compare(told: Mapping[str, Told], present: Mapping[str, str], now: float) -> tuple[dict[str, Told], list[TroubleChange]]:
    """What there is to tell now that these troubles (name -> detail) are present."""
    after: dict[str, Told] = {}
    changes = []
    for name, detail in present.items():
        known = told.get(name)
        if known is None:
            changes.append(TroubleChange(name=name, state="began", detail=detail))
        after[name] = Told(detail=detail, began_at=now) if known is None else replace(known, gone_at=None)
    for name in sorted(told.keys() - present.keys()):
        known = told[name]
        gone_at = now if known.gone_at is None else known.gone_at
        if now - gone_at < OVER_AFTER_S:
            after[name] = replace(known, gone_at=gone_at)
            continue
        lasted_s = None if known.began_at is None else round(gone_at - known.began_at, 1)
        changes.append(TroubleChange(name=name, state="ended", detail=known.detail, lasted_s=lasted_s))
    return after, changes
