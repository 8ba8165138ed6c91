"""The Markdown of this repository, taken apart: files, headings, links, fenced blocks."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"

_FENCE = re.compile(r"^```(?P<info>[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[(?:[^\]\[]|\[[^\]]*\])*\]\(([^)\s]+)\)|<img src=\"([^\"]+)\"")
_HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: `language` and what follows it on the fence (`json Heartbeat` names the model of the example)."""

    path: Path
    line: int
    language: str
    subject: str
    text: str

    def __str__(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.line}"


def pages() -> list[Path]:
    """Every page that people read: the root's and `docs`."""
    found = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
    assert len(found) > 15
    return found


def blocks(path: Path) -> Iterator[Block]:
    """The fenced blocks of a page."""
    text = path.read_text(encoding="utf-8")
    for match in _FENCE.finditer(text):
        language, _, subject = match["info"].strip().partition(" ")
        yield Block(path, text.count("\n", 0, match.start()) + 1, language, subject.strip(), match["text"])


def all_blocks(language: str) -> list[Block]:
    """The blocks of one language on all pages."""
    return [block for path in pages() for block in blocks(path) if block.language == language]


def links(path: Path) -> list[str]:
    """The targets of the links and images of a page, but for those inside fenced blocks."""
    text = _FENCE.sub("", path.read_text(encoding="utf-8"))
    return [target or image for target, image in _LINK.findall(text)]


def anchors(path: Path) -> set[str]:
    """The headings of a page as the hosting sites write them in addresses."""
    text = _FENCE.sub("", path.read_text(encoding="utf-8"))
    return {_slug(heading) for heading in _HEADING.findall(text)}


def reference_text() -> str:
    """All of `docs/reference` in one text."""
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(REFERENCE.glob("*.md")))


def _slug(heading: str) -> str:
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    return re.sub(r"[^\w\- ]", "", plain.strip().lower()).replace(" ", "-")
