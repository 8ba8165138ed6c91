"""How old a message of another device is, told without trusting anybody's wall clock.

Each message of an agent bears its own monotonic time and boot. The least difference ever seen between our clock and
theirs is that of the fastest message; what a later one is above it, it has spent on the way: in a frozen broker, or in our
own buffers while we were frozen. Cf. the clock filter of NTP (RFC 5905, section 10). Clocks drift by some 50 ppm, so
the least difference is let go up by that.

A clock may also be slewed by seconds, or its machine be stopped: then all that comes looks late, for ever. So the least
difference of the last minutes takes the place of an older one, once there are enough messages over enough time to be sure
that this is no burst of old news.

A device whose every message so far may have waited (`promptness.py`) has shown no such difference yet: then nobody knows.
"""

from dataclasses import dataclass, field

FRESH_FOR_S = 10.0
_DRIFT = 100e-6
_MAX_PEERS = 1000
LEARNED_AFTER_S = 300.0
LEARNED_FROM = 20
"""What a clock has become is learned from so many messages over so long."""


@dataclass(slots=True)
class _Peer:
    """`offset_s` is the least difference, seen at `heard_at`; `lately_s` that of the `count` messages since `began_at`. It
    `is_known` once a message was among them that had not waited.
    """

    boot_id: str
    offset_s: float
    heard_at: float
    lately_s: float
    began_at: float
    is_known: bool
    count: int = 1

    def learn(self, offset_s: float, now: float) -> None:
        """Takes a difference in; gives up the older ones when the newer ones are enough."""
        if self.count >= LEARNED_FROM and now - self.began_at >= LEARNED_AFTER_S:
            self.offset_s, self.heard_at = self.lately_s, now
            self.lately_s, self.began_at, self.count = offset_s, now, 0
        self.count += 1
        self.lately_s = min(self.lately_s, offset_s)


@dataclass(slots=True)
class PeerClocks:
    """The clocks of the other devices, as far as we have heard them. Times are our monotonic seconds, theirs are `mono_s`."""

    _peers: dict[str, _Peer] = field(default_factory=dict)

    def hear(self, device_id: str, boot_id: str, mono_s: float, now: float, *, is_prompt: bool = True) -> float | None:
        """Takes a message in; its age in seconds, 0 for the first one of a boot. `is_prompt`: it has not waited on its way. None
        while no such message has come: nobody knows how old this one is.
        """
        offset_s = now - mono_s
        peer = self._peers.get(device_id)
        if peer is None or peer.boot_id != boot_id:
            if peer is None and len(self._peers) >= _MAX_PEERS:
                del self._peers[next(iter(self._peers))]
            self._peers[device_id] = _Peer(boot_id, offset_s, now, lately_s=offset_s, began_at=now, is_known=is_prompt)
            return 0.0 if is_prompt else None
        peer.learn(offset_s, now)
        peer.is_known = peer.is_known or is_prompt
        least_s = peer.offset_s + (now - peer.heard_at) * _DRIFT
        if offset_s <= least_s:
            peer.offset_s, peer.heard_at = offset_s, now
            least_s = offset_s
        return offset_s - least_s if peer.is_known else None
