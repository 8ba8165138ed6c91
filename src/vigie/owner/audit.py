"""`vigie audit`: proves per device that every event that it has accepted is on the server, or says which are not."""

import asyncio
import json
import sqlite3
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import AwareDatetime, TypeAdapter, ValidationError

from vigie.owner import places, verdicts
from vigie.owner.findings import Finding, Mark, ago, figure, printable, say
from vigie.owner.places import AgentLog
from vigie.owner.rows import Comparison, RowProof
from vigie.owner.server_access import Server, ServerSilent, server_of
from vigie.runtime.clock import Clock
from vigie.server.api.schemas import Ledger, LedgerList, StreamLedger

SETTLE_S = 5.0
"""What is on its way is not missing: the server is asked again for this long."""
_POLL_S = 0.5
_HEADINGS = ("DEVICE", "LOG", "ACCEPTED", "STORED", "DROPPED", "QUARANTINED", "MISSING", "LATE", "LAST PROOF")


@dataclass(frozen=True, slots=True)
class Account:
    """One device: what the server's books say, what the rows say, and the verdict."""

    ledger: Ledger
    rows: tuple[RowProof, ...]
    verdict: Finding


def run(data: Path | None, environ: Mapping[str, str], clock: Clock, *, server: str | None, as_json: bool) -> int:
    """Prints the account of every device; 1 when something is missing, duplicated, or cannot be asked. Raises `ConfigError`."""
    found = places.find(data, environ)
    asked = server_of(places.house_environment(found.root, environ), server)
    try:
        accounts, now = asyncio.run(_account(asked, found.logs, clock))
    except (ServerSilent, _Unreadable) as error:
        print(f"vigie audit: {error}", file=sys.stderr)
        return 1
    finally:
        asked.close()
    is_complete = all(account.verdict.mark is not Mark.FAILED for account in accounts)
    if as_json:
        say(json.dumps({"server": asked.url, "complete": is_complete, "devices": [_as_object(one) for one in accounts]}))
    else:
        _print(asked, accounts, now)
    return 0 if is_complete else 1


class _Unreadable(Exception):
    """A log at hand that cannot be compared: an account without it would prove less than it says."""

    def __init__(self, log: AgentLog, error: Exception) -> None:
        super().__init__(f"{log.path} cannot be read: {error}; is this the agent's user? Else try `vigie doctor`")


async def _account(server: Server, logs: tuple[AgentLog, ...], clock: Clock) -> tuple[list[Account], datetime | None]:
    comparisons = [(log, _compare(log)) for log in logs]  # first: what the server has later than this is not counted against it
    ledgers = _ledgers(server)
    deadline = clock.monotonic() + SETTLE_S
    owners = {log.path: _owner(log, comparison, ledgers) for log, comparison in comparisons}
    while True:
        for log, comparison in comparisons:
            if not comparison.is_complete:
                comparison.read_server(server, owners[log.path])
        is_settled = all(comparison.is_complete for _, comparison in comparisons) and not any(one.missing for one in ledgers)
        if is_settled or clock.monotonic() >= deadline:
            break
        await clock.sleep(_POLL_S)
        ledgers = _ledgers(server)
    rows: dict[str, list[RowProof]] = {}
    for log, comparison in comparisons:
        rows.setdefault(owners[log.path] or log.device_id, []).append(_proof(log, comparison))
    site = server.get("/api/site")
    now = _moment(site.get("now"))
    states = {device["device_id"]: device for device in server.get("/api/devices")["devices"]}
    known = {ledger.device_id: ledger for ledger in ledgers}
    for device_id in rows:
        known.setdefault(device_id, Ledger(device_id=device_id, stored=0, through_seq=0))
    accounts = []
    for device_id, ledger in sorted(known.items()):
        proofs = tuple(rows.get(device_id, ()))
        device = states.get(device_id, {})
        is_ours = device.get("heartbeat") is not None
        verdict = verdicts.judge(ledger, proofs, remedy=verdicts.remedy(site, device), now=now, is_ours=is_ours)
        accounts.append(Account(ledger, proofs, verdict))
    return accounts, now


def _ledgers(server: Server) -> list[Ledger]:
    try:
        return LedgerList.model_validate(server.get("/api/ledger")).devices
    except ValidationError as error:
        raise ServerSilent(
            server.url, f"its ledger cannot be read ({error.error_count()} faults): is it of another version?"
        ) from error


def _compare(log: AgentLog) -> Comparison:
    try:
        return Comparison(log.path)
    except (sqlite3.Error, ValueError) as error:
        raise _Unreadable(log, error) from error


def _proof(log: AgentLog, comparison: Comparison) -> RowProof:
    try:
        return comparison.proof()
    except (sqlite3.Error, ValueError) as error:
        raise _Unreadable(log, error) from error


def _owner(log: AgentLog, comparison: Comparison, ledgers: list[Ledger]) -> str | None:
    """The device that the server knows this log under: by the log's own mark, else by name; None: look through all events."""
    for ledger in ledgers:
        if comparison.stream_ids & {ledger.stream_id, *(stream.stream_id for stream in ledger.streams)}:
            return ledger.device_id
    return log.device_id if log.is_named else None


def _moment(text: object) -> datetime | None:
    try:
        return TypeAdapter(AwareDatetime).validate_python(text)
    except ValidationError:
        return None


def _as_object(account: Account) -> dict[str, Any]:
    return {
        **account.ledger.model_dump(mode="json"),
        "rows": [proof.as_object() for proof in account.rows],
        "verdict": {"mark": account.verdict.mark.value, "text": account.verdict.seen, "mend": account.verdict.mend},
    }


def _print(server: Server, accounts: list[Account], now: datetime | None) -> None:
    if not accounts:
        say(f"{server.url} knows of no device yet, and there is no event log here: nothing to prove")
        return
    lines = [_HEADINGS, *(line for account in accounts for line in _lines(account.ledger, now))]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_HEADINGS))]
    for line in lines:
        cells = [
            cell.ljust(width) if column in (0, 1, 8) else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        say("  ".join(cells).rstrip())
    say("")
    for account in accounts:
        say(account.verdict.line())


def _lines(ledger: Ledger, now: datetime | None) -> list[tuple[str, ...]]:
    logs = ledger.streams or [_as_stream(ledger)]
    found = []
    for number, log in enumerate(logs):
        counts = (log.accepted, log.stored, log.dropped, log.quarantined, log.missing, log.late)
        proof = (
            "never"
            if log.last_proof_at is None
            else str(log.last_proof_at)
            if now is None
            else ago((now - log.last_proof_at).total_seconds())
        )
        cells = ("–" if count is None else figure(count) for count in counts)
        found.append((printable(ledger.device_id) if number == 0 else "", printable(log.stream_id[:8]) or "none", *cells, proof))
    return found


def _as_stream(ledger: Ledger) -> StreamLedger:
    """The only log of a device whose server does not tell them apart, or which has none."""
    return StreamLedger(
        stream_id=ledger.stream_id or "",
        accepted=ledger.accepted,
        stored=ledger.stored,
        dropped=ledger.dropped,
        quarantined=ledger.quarantined,
        missing=ledger.missing,
        late=ledger.late,
        through_seq=ledger.through_seq,
        last_proof_at=ledger.last_proof_at,
    )
