"""How old a message of another device is, told without trusting anybody's wall clock.

Each message of an agent bears its own monotonic time and boot. The least difference ever seen between our clock and
theirs is that of the fastest message; what a later one is above it, it has spent on the way: in a frozen broker, or in our
own buffers while we were frozen. Cf. the clock filter of NTP (RFC 5905, section 10). Clocks drift by some 50 ppm, so
the least difference is let go up by that.
"""

from dataclasses import dataclass, field

FRESH_FOR_S = 10.0
_DRIFT = 100e-6
_MAX_PEERS = 1000


@dataclass(slots=True)
class _Peer:
    boot_id: str
    offset_s: float
    heard_at: float


@dataclass(slots=True)
class PeerClocks:
    """The clocks of the other devices, as far as we have heard them. Times are our monotonic seconds, theirs are `mono_s`."""

    _peers: dict[str, _Peer] = field(default_factory=dict)

    def hear(self, device_id: str, boot_id: str, mono_s: float, now: float) -> float:
        """Takes a message in; its age in seconds, 0 for the first one of a boot."""
        offset_s = now - mono_s
        peer = self._peers.get(device_id)
        if peer is None or peer.boot_id != boot_id:
            if peer is None and len(self._peers) >= _MAX_PEERS:
                del self._peers[next(iter(self._peers))]
            self._peers[device_id] = _Peer(boot_id, offset_s, now)
            return 0.0
        least_s = peer.offset_s + (now - peer.heard_at) * _DRIFT
        if offset_s <= least_s:
            peer.offset_s, peer.heard_at = offset_s, now
            return 0.0
        return offset_s - least_s
