"""Who floods: a token bucket per device. A device above its rate keeps its place in the backlog, not in front of others."""

from collections import OrderedDict
from dataclasses import dataclass, field


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_at_s: float
    is_flooding: bool = False


@dataclass(slots=True)
class FloodGate:
    """`rate_per_s` events a second for ever, `burst` at once.

    A device that has used up its burst floods until half of it has come back, so that what it sends meanwhile stays in
    order. More than `max_devices` names are not remembered: the one that was silent longest is forgotten.
    """

    rate_per_s: float = 200.0
    burst: float = 1000.0
    max_devices: int = 1000
    _buckets: OrderedDict[str, _Bucket] = field(default_factory=OrderedDict)

    def passes(self, device: str, now_s: float) -> bool:
        """Whether one more event of this device is within its rate. `now_s` is monotonic."""
        bucket = self._buckets.get(device)
        if bucket is None:
            bucket = self._buckets[device] = _Bucket(self.burst, now_s)
            if len(self._buckets) > self.max_devices:
                self._buckets.popitem(last=False)
        else:
            self._buckets.move_to_end(device)
        passed_s = max(0.0, now_s - bucket.filled_at_s)
        bucket.tokens = min(self.burst, bucket.tokens + passed_s * self.rate_per_s)
        bucket.filled_at_s = now_s
        if bucket.is_flooding and bucket.tokens >= self.burst / 2:
            bucket.is_flooding = False
        if not bucket.is_flooding and bucket.tokens < 1.0:
            bucket.is_flooding = True
        bucket.tokens = max(0.0, bucket.tokens - 1.0)  # also of what does not pass: only quiet ends a flood
        return not bucket.is_flooding
