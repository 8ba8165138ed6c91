"""The shapes of `POST /api/doctor`: those of `vigie doctor --json`, with when and how long."""

from typing import Literal

from pydantic import BaseModel, Field

from vigie.protocol.times import Timestamp


class Finding(BaseModel):
    """One thing that was looked at. `unseen`: the server's user may not look at it, or nobody has named it."""

    mark: Literal["ok", "warning", "failed", "unseen"]
    subject: str
    seen: str = Field(description="What was seen, in English.")
    mend: str = Field(description="How to mend it, in English; empty where nothing has to be done.")


class Examination(BaseModel):
    """What the doctor found on the server's machine. `ok`: nothing has failed."""

    at: Timestamp
    took_s: float
    ok: bool
    findings: list[Finding]
