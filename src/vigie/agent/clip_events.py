"""What became of clips, as events: each change once, however often the camera tells it, and whoever was dead meanwhile.

An event's id says which clip and which change it is, so the log itself is the memory of what has been told: the camera
repeats a change until it hears that its event is on disk.
"""

from collections.abc import Callable

from vigie.agent.drafts import Drafts
from vigie.agent.event_log import EventLog
from vigie.agent.log_file import LoggedEvent
from vigie.protocol.camera import CLIP, ClipChange


class ClipEvents:
    """`tell` is called once a change is in the log. To be made before the log is started."""

    def __init__(self, event_log: EventLog, drafts: Drafts, tell: Callable[[ClipChange], None]) -> None:
        self._log = event_log
        self._drafts = drafts
        self._tell = tell
        self._told = event_log.recent_ids(CLIP)
        self._waiting: dict[str, ClipChange] = {}
        event_log.on_accepted.append(self._accepted)

    def hear(self, change: ClipChange) -> None:
        """The camera tells it, perhaps again."""
        id_ = f"{change.clip_id}.{change.state}"
        if id_ in self._told:
            self._tell(change)
        elif id_ not in self._waiting:
            self._waiting[id_] = change
            self._log.accept(self._drafts.make(CLIP, change.model_dump(mode="json", exclude_none=True), id_=id_))

    def _accepted(self, event: LoggedEvent) -> None:
        change = self._waiting.pop(event.draft.id, None)
        if change is not None:
            self._told.add(event.draft.id)
            self._tell(change)
