"""Wall time on the wire: RFC 3339, UTC, milliseconds, `Z`."""

import math
from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, PlainSerializer

_NO_OFFSET = timedelta(0)


def to_utc_ms(moment: datetime) -> datetime:
    """The same moment in UTC, cut to milliseconds: what the wire can carry. `ValueError` outside the years 1 to 9999."""
    microsecond = moment.microsecond // 1000 * 1000
    if moment.utcoffset() == _NO_OFFSET:
        return moment.replace(microsecond=microsecond, tzinfo=UTC)
    try:
        utc = moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("a time whose UTC lies outside the years 1 to 9999") from error
    return utc.replace(microsecond=microsecond)


def iso_ms(moment: datetime) -> str:
    """`2026-11-23T19:14:12.123Z`."""
    utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return f"{utc.isoformat('T', 'milliseconds')[:-6]}Z"


def from_unix_ms(unix_ms: int) -> datetime:
    """The moment `unix_ms` milliseconds after 1970."""
    return datetime.fromtimestamp(unix_ms // 1000, UTC).replace(microsecond=unix_ms % 1000 * 1000)


def to_unix_ms(moment: datetime) -> int:
    """Milliseconds since 1970, whole."""
    return math.floor(moment.timestamp()) * 1000 + moment.microsecond // 1000


Timestamp = Annotated[AwareDatetime, AfterValidator(to_utc_ms), PlainSerializer(iso_ms, return_type=str, when_used="json")]
