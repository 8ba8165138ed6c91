"""What the spool holds, in figures: how many rows of whom, how many bytes, and whether that is all it may hold."""

from collections import Counter
from collections.abc import Collection, Mapping

from vigie.bridge.spool_file import SpooledRow, size_of
from vigie.domain.spool_bound import SpoolBound


class Holdings:
    """Kept beside the file, so that nobody has to ask the disk."""

    def __init__(self, max_bytes: int) -> None:
        self._rows: Counter[str] = Counter()
        self._bound = SpoolBound(max_bytes)
        self.size_bytes = 0

    @property
    def depth(self) -> int:
        """How many items wait for the server."""
        return self._rows.total()

    @property
    def are_full(self) -> bool:
        """Whether nothing more may be kept."""
        return self._bound.is_full

    def count_of(self, device_id: str) -> int:
        """How many items of this device wait."""
        return self._rows[device_id]

    def add(self, rows: Collection[SpooledRow]) -> None:
        """These rows have come."""
        self._rows.update(row.device_id for row in rows)
        self.size_bytes += size_of(rows)
        self._bound = self._bound.at(self.size_bytes)

    def remove(self, rows: Collection[SpooledRow]) -> None:
        """These rows have gone up."""
        for device_id, count in Counter(row.device_id for row in rows).items():
            self._rows[device_id] -= count
            if self._rows[device_id] <= 0:
                del self._rows[device_id]
        self.size_bytes -= size_of(rows)
        self._bound = self._bound.at(self.size_bytes)

    def recount(self, by_device: Mapping[str, tuple[int, int]]) -> None:
        """What the file says: device -> rows, bytes."""
        self._rows = Counter({device_id: count for device_id, (count, _) in by_device.items()})
        self.size_bytes = sum(size for _, size in by_device.values())
        self._bound = self._bound.at(self.size_bytes)
