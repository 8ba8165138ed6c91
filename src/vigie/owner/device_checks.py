"""What the server's list of devices tells: versions that differ, and how long news takes from a pin to the server. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from vigie.owner.findings import Finding, ok, warning
from vigie.protocol.states import HEARTBEAT_INTERVAL_S

SLOW_ANSWER_S = 1.0
SLOW_NEWS_S = 3.0
HEARD_WITHIN_S = 2.5 * HEARTBEAT_INTERVAL_S
_APART_S = 1.0
"""So far two clocks that are kept right may be from each other."""

Devices = Sequence[Mapping[str, Any]]


def versions(devices: Devices, server_version: str) -> Iterator[Finding]:
    """Each device that is of another version than the server; nothing where no device says its own."""
    told = {device["device_id"]: version for device in devices if (version := (device.get("status") or {}).get("version"))}
    others = {device_id: version for device_id, version in told.items() if version != server_version}
    for device_id, version in others.items():
        yield warning("versions", f"{device_id} is version {version}, the server {server_version}", "bring both to the same")
    if told and not others:
        yield ok("versions", f"every device that tells its own is version {server_version}, as the server")


def delays(devices: Devices, answer_s: float) -> Iterator[Finding]:
    """From a pin to whoever asks the server: by the last heartbeat, the last event, and the answer itself."""
    answered = f"the server answers in {max(1, round(answer_s * 1000))} ms"
    if answer_s > SLOW_ANSWER_S:
        yield warning("delay", answered, "what else runs on its machine? is its disk slow, the network weak?")
    else:
        yield ok("delay", answered)
    for device in devices:
        if device.get("state") == "online" and device.get("heartbeat_age_s") is not None:
            yield _delay(device["device_id"], float(device["heartbeat_age_s"]), _travel_s(device.get("last_event")))


def _delay(device_id: str, age_s: float, travel_s: float | None) -> Finding:
    """A heartbeat comes every 10 s: its age alone says only that the way is open."""
    seen = f"{device_id} was heard {age_s:.0f} s ago"
    if travel_s is not None:
        seen += f"; its last event took {max(0.0, travel_s):.1f} s to the server"
    if age_s > HEARD_WITHIN_S:
        return warning("delay", seen, "a weak network, or a bridge that is busy: the next heartbeat tells")
    if travel_s is not None and travel_s > SLOW_NEWS_S:
        return warning("delay", seen, "a weak network, or clocks that differ: `timedatectl` on both")
    if travel_s is not None and travel_s < -_APART_S:
        seen = f"{device_id}: its last event came {-travel_s:.1f} s before it happened, by the two clocks"
        return warning("delay", seen, "`timedatectl` on both says which is synchronised")
    return ok("delay", seen)


def _travel_s(event: Mapping[str, Any] | None) -> float | None:
    """How long an event was under way; None for one that had waited, or whose Pi did not know the time."""
    if event is None or event.get("late") or event.get("clock") != "synced":
        return None
    try:
        return (datetime.fromisoformat(event["received_at"]) - datetime.fromisoformat(event["occurred_at"])).total_seconds()
    except (KeyError, TypeError, ValueError):
        return None
