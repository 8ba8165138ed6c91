"""What the pages of troubleshooting quote is really said: by the programs, on the dashboard, or by what they stand on."""

import json
import re
from functools import cache

import pytest

from tests.docs.documents import ROOT, anchors, links

PAGES = {"troubleshooting.md": "en", "depannage.fr.md": "fr"}
QUOTED = {"en": re.compile(r"“([^”\n]+)”"), "fr": re.compile(r"« ([^»\n]+) »")}
COMMANDS = re.compile(
    r"(vigie|make|curl|sudo|export|mosquitto_\w+|journalctl|ssh|ping|ss|mount|systemctl|timedatectl|rpicam-\w+) "
    r'|"|\w+ = '  # keys of JSON and of a file
)
# Seen by making each happen: OpenSSL, the C library, Mosquitto, the kernel.
OF_OTHERS = {
    "Connection refused",
    "Name or service not known",
    "CERTIFICATE_VERIFY_FAILED",
    "refused us: Not authorized",
    "self-signed certificate in certificate chain",
    "Hostname mismatch",
    "certificate has expired",
}


def text_of(page: str) -> str:
    return (ROOT / "docs" / "guide" / page).read_text(encoding="utf-8")


@cache
def said_by_programs() -> str:
    programs = [*(ROOT / "src").rglob("*.py"), *(ROOT / "scripts").glob("*.sh")]
    texts = "\n".join(path.read_text(encoding="utf-8") for path in programs)
    return re.sub(r'"\n\s+f?"', "", texts)  # a message that is written in two pieces


def leaves(tree: object) -> list[str]:
    if isinstance(tree, dict):
        return [leaf for branch in tree.values() for leaf in leaves(branch)]
    return [str(tree)]


@cache
def said_on_the_page(language: str) -> tuple[str, ...]:
    files = (ROOT / "web" / "src" / "i18n" / language).glob("*.json")
    return tuple(text for file in files for text in leaves(json.loads(file.read_text(encoding="utf-8"))))


def is_said_on_the_page(quote: str, language: str) -> bool:
    """With `…` for what is left out, and any word where the page has a name."""
    pieces = [piece.strip() for piece in quote.split("…") if piece.strip()]
    for text in said_on_the_page(language):
        pattern = re.sub(r"\\\{\\\{\w+\\\}\\\}", ".+", re.escape(text))
        if re.fullmatch(pattern, quote) or all(piece in text for piece in pieces):
            return True
    return False


@pytest.mark.parametrize("page", PAGES)
def test_every_message_that_troubleshooting_quotes_is_said_by_the_programs(page):
    spans = re.findall(r"`([^`\n]+)`", text_of(page))
    quotes = [span for span in spans if span.count(" ") > 1 and not COMMANDS.match(span) and span not in OF_OTHERS]
    assert len(quotes) > 10
    pieces = {piece.strip(" ;:?") for quote in quotes for piece in quote.split("…")}
    assert sorted(piece for piece in pieces if piece not in said_by_programs()) == []


@pytest.mark.parametrize(("page", "language"), PAGES.items())
def test_every_word_of_the_dashboard_that_troubleshooting_quotes_is_on_it(page, language):
    quotes = QUOTED[language].findall(text_of(page))
    assert len(quotes) > 30
    assert sorted({quote for quote in quotes if not is_said_on_the_page(quote, language)}) == []


@pytest.mark.parametrize("page", PAGES)
def test_every_symptom_is_in_the_list_at_the_top(page):
    path = ROOT / "docs" / "guide" / page
    listed = {link.removeprefix("#") for link in links(path) if link.startswith("#")}
    title, how_to_find = list(re.findall(r"^#{1,2} (.+)$", text_of(page), re.MULTILINE))[:2]
    symptoms = anchors(path) - {re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-") for words in (title, how_to_find)}
    assert len(symptoms) > 25
    assert sorted(symptoms - listed) == []


def test_both_languages_have_the_same_symptoms():
    english, french = (re.findall(r"^(#+) ", text_of(page), re.MULTILINE) for page in PAGES)
    assert english == french
