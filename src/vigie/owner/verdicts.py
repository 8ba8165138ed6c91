"""What the books and the rows of a device prove, in one line, and what is being done about what is missing."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from vigie.owner.findings import Finding, ago, failed, figure, ok, warning
from vigie.owner.rows import RowProof, words
from vigie.protocol.states import SILENT_AFTER_S
from vigie.server.api.schemas import Ledger


def judge(ledger: Ledger, rows: Sequence[RowProof], *, remedy: str, now: datetime | None, is_ours: bool = True) -> Finding:
    """The verdict on one device.

    `remedy`: what is being done about missing events; `now`: the server's clock; `is_ours`: it has sent a heartbeat, so it
    is an agent of ours.
    """
    name = ledger.device_id
    if duplicated := sum(proof.duplicated for proof in rows):
        return failed(name, f"{figure(duplicated, 'event')} of its log are on the server more than once", "please report it")
    missing = ledger.missing or 0
    lacking = sum(proof.missing for proof in rows)
    refused = sum(stream.quarantined for stream in ledger.streams)  # rows of a log that the server has as no event
    if missing or lacking > refused:
        named = "; ".join(text for proof in rows if (text := words(proof.missing_ranges)))
        return failed(
            name,
            f"{figure(max(missing, lacking), 'event')} missing" + (f" ({named})" if named else ""),
            _of_earlier_logs(ledger) or remedy,
        )
    proven = _proven(rows)
    has_log = bool(ledger.stream_id or ledger.streams or rows)
    if not has_log and is_ours:
        return warning(
            name, "its Pi cannot open its event log: events wait in its memory", "look at its faults; is its card full, or dying?"
        )
    if not has_log:
        stored = figure(ledger.stored, "event")
        return ok(name, f"{stored}, no event log behind them (a sensor of somebody else's): nothing to compare")
    given_up = []
    if ledger.dropped:
        given_up.append(f"{figure(ledger.dropped)} given up by the Pi for want of room, as its gap events say")
    if ledger.quarantined:
        given_up.append(f"{figure(ledger.quarantined)} in the quarantine (GET /api/quarantine says why)")
    if given_up:
        return warning(name, f"complete but for {' and '.join(given_up)}{proven}")
    if ledger.missing is None and not rows:
        return warning(name, "no heartbeat has said how far its log goes", "is the Pi on, and on the same broker as the bridge?")
    proof_age_s = None if now is None or ledger.last_proof_at is None else (now - ledger.last_proof_at).total_seconds()
    if proof_age_s is not None and proof_age_s > SILENT_AFTER_S and not rows:
        return warning(name, f"complete as of {ago(proof_age_s)}: what it may have accepted since then nobody has heard", remedy)
    return ok(name, f"complete{proven}")


def _of_earlier_logs(ledger: Ledger) -> str:
    """What to say when all that is missing was in logs that the device no longer has; else nothing."""
    earlier = {log.stream_id: log.missing or 0 for log in ledger.streams if log.stream_id != ledger.stream_id}
    if not ledger.missing or sum(earlier.values()) < ledger.missing:
        return ""
    names = ", ".join(stream_id[:8] for stream_id, missing in earlier.items() if missing)
    return f"they were in an earlier log ({names}), which the Pi no longer sends: a card replaced, or a file set aside as damaged"


def remedy(site: Mapping[str, Any], device: Mapping[str, Any]) -> str:
    """What brings missing events in, as far as the server knows: of its bridge, its broker, the Pi."""
    if site.get("bridge") == "absent":
        return "no bridge is connected to the server: start it; the Pi keeps its events and sends them again"
    if site.get("broker") == "absent":
        return "the bridge has no broker: start Mosquitto; the Pi keeps its events and sends them again"
    age_s = device.get("heartbeat_age_s")
    if device.get("state") in ("silent", "offline", "unknown"):
        heard = "was never heard" if age_s is None else f"was last heard {ago(age_s)}"
        return f"the Pi {heard}: check its power and its network; what is in its log comes when it is back"
    if ailing := "; ".join(trouble["detail"] for trouble in site.get("health", ())):
        return f"they wait until this is mended: {ailing}"
    if depth := site.get("spool_depth"):
        return f"the bridge holds {figure(depth, 'event')} and is uploading them; ask again in a minute"
    return "the Pi sends them again by itself; ask again in a minute, and look at its faults if they stay missing"


def _proven(rows: Sequence[RowProof]) -> str:
    accepted = sum(proof.accepted for proof in rows)
    if not accepted:
        return "; its log is empty" if rows else ""
    found = sum(proof.found for proof in rows)
    here = "its log" if len(rows) == 1 else f"its {len(rows)} logs"
    return f"; {figure(found)} of {figure(accepted, 'event')} in {here} compared by id: each on the server exactly once"
