"""Every relative link in the documents leads somewhere, and so does every document that the code names."""

import re

import pytest

from tests.docs.documents import ROOT, anchors, links, pages


@pytest.mark.parametrize("path", pages(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_relative_link_resolves(path):
    broken = []
    for link in links(path):
        if re.match(r"[a-z]+:", link):
            continue
        target, _, anchor = link.partition("#")
        file = (path.parent / target).resolve() if target else path
        if not file.exists() or (anchor and anchor not in anchors(file)):
            broken.append(link)
    assert broken == []


def test_every_document_that_the_code_names_exists():
    sources = [*(ROOT / "src").rglob("*.py"), *(ROOT / "tests").rglob("*.py"), ROOT / "pyproject.toml", ROOT / "Makefile"]
    named = {
        (match, source.name)
        for source in sources
        for match in re.findall(r"docs/[\w/-]+\.(?:md|json)", source.read_text(encoding="utf-8"))
    }
    assert named
    assert sorted((name, source) for name, source in named if not (ROOT / name).exists()) == []


def test_screenshots_are_light():
    images = list((ROOT / "docs").rglob("*.png"))
    assert images
    assert [image.name for image in images if image.stat().st_size > 300_000] == []
