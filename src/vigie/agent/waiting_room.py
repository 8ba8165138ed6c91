"""Events that wait in memory for the disk: bounded, in order, the least important first to go."""

from collections import deque
from collections.abc import Iterable

from vigie.agent.log_file import Draft
from vigie.domain.retention import Importance, importance


class WaitingRoom:
    """At most `limit` drafts. Not thread-safe: its owner has the lock."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._count = 0
        self._followed: set[int] = set()
        self._queues: dict[Importance, deque[tuple[int, Draft]]] = {rank: deque() for rank in Importance}
        self.given_up = 0

    def __len__(self) -> int:
        return sum(len(queue) for queue in self._queues.values())

    def add(self, draft: Draft, *, is_followed: bool = False) -> bool:
        """Puts a draft at the end. False: the least important one had to be given up for it, or was this one. `is_followed`: it
        is not taken without the next one.
        """
        self._count += 1
        if is_followed:
            self._followed.add(self._count)
        rank = importance(draft.type)
        has_room = len(self) < self._limit
        if not has_room:
            self.given_up += 1
            lowest = min(present for present, queue in self._queues.items() if queue)
            if rank < lowest:
                return False
            self._queues[lowest].popleft()
        self._queues[rank].append((self._count, draft))
        return has_room

    def take(self, limit: int) -> list[tuple[int, Draft]]:
        """The oldest ones, with their places, out of the room; a few more than `limit` where they belong together."""
        taken: list[tuple[int, Draft]] = []
        while queues := [queue for queue in self._queues.values() if queue]:
            if len(taken) >= limit and taken[-1][0] not in self._followed:
                break
            taken.append(min(queues, key=lambda queue: queue[0][0]).popleft())
        if taken:
            self._followed = {place for place in self._followed if place >= taken[0][0]}
        return taken

    def put_back(self, taken: Iterable[tuple[int, Draft]]) -> None:
        """Gives those that `take` gave their places again."""
        for place, draft in reversed(list(taken)):
            self._queues[importance(draft.type)].appendleft((place, draft))
        for queue in self._queues.values():
            while queue and len(self) > self._limit:
                queue.popleft()
                self.given_up += 1

    def count(self, rank: Importance) -> int:
        """How many of this importance wait."""
        return len(self._queues[rank])

    @property
    def places(self) -> int:
        """How many drafts were ever added."""
        return self._count

    @property
    def through(self) -> int:
        """The last place before which nothing waits."""
        first = self.first_place()
        return self._count if first is None else first - 1

    def first_place(self) -> int | None:
        """The place of the oldest one that waits."""
        return min((queue[0][0] for queue in self._queues.values() if queue), default=None)
