"""Which troubles the agent has been told of: each once when it begins, and once when it is over."""

from collections.abc import Collection, Mapping

from vigie.camera.reports import Reports

DISK_FULL, CLIP_FAILED, NO_PICTURES, CERTIFICATE = "disk_full", "clip_failed", "no_pictures", "certificate"


class Troubles:
    """Called in the event loop's thread."""

    def __init__(self, reports: Reports) -> None:
        self._reports = reports
        self._present: set[str] = set()

    @property
    def present(self) -> frozenset[str]:
        return frozenset(self._present)

    def begin(self, name: str, detail: str) -> None:
        if name not in self._present:
            self._present.add(name)
            self._reports.say("trouble", name=name, detail=detail)

    def end(self, name: str) -> None:
        if name in self._present:
            self._present.remove(name)
            self._reports.say("better", name=name)

    def replace(self, kinds: Collection[str], present: Mapping[str, str]) -> None:
        """Of these kinds exactly those are present."""
        for name, detail in present.items():
            self.begin(name, detail)
        for name in kinds:
            if name not in present:
                self.end(name)
