"""The pictures of the guide show the wiring that the agent has, and are what the program draws today."""

import re
from xml.etree import ElementTree as ET

import pytest
from gpiozero.pins.mock import MockFactory

from scripts.wiring.pictures import PICTURES, files
from tests.docs.documents import ROOT, all_blocks, pages
from vigie.agent.settings import AgentSettings
from vigie.protocol.sensors import SENSOR_KINDS
from vigie.runtime.config import load

FOLDER = ROOT / "docs" / "guide" / "pictures"
HEADER = MockFactory().board_info.headers["J8"].pins
SVG = "{http://www.w3.org/2000/svg}"
DRAWN = sorted(files())
DEFAULT = dict(AgentSettings(device_id="raspberry-01").pins())


def pins_of(name: str) -> list[dict[str, str]]:
    """The `data-…` of each pin of the header on a picture."""
    root = ET.fromstring((FOLDER / name).read_text(encoding="utf-8"))
    return [group.attrib for group in root.iter(f"{SVG}g") if "data-pin" in group.attrib]


def signals_of(name: str) -> dict[str, int]:
    """BCM number by part."""
    return {pin["data-part"]: int(pin["data-bcm"]) for pin in pins_of(name) if "data-part" in pin and "data-bcm" in pin}


def test_the_pictures_are_those_that_the_program_draws():
    assert {path.name: path.read_text(encoding="utf-8") for path in FOLDER.iterdir()} == files()


@pytest.mark.parametrize("name", DRAWN)
def test_every_place_on_the_header_bears_its_own_name(name):
    pins = pins_of(name)
    assert [pin for pin in pins if HEADER[int(pin["data-pin"])].name != pin["data-name"]] == []
    assert [pin for pin in pins if "data-bcm" in pin and pin["data-name"] != f"GPIO{pin['data-bcm']}"] == []
    assert len(pins) in {0, 40}


@pytest.mark.parametrize("name", DRAWN)
def test_every_signal_is_on_the_pin_of_the_default_wiring(name):
    signals = signals_of(name)
    assert {part: bcm for part, bcm in signals.items() if part != "arming"} == {
        part: bcm for part, bcm in DEFAULT.items() if part in signals
    }
    assert signals.get("arming") not in DEFAULT.values()


def test_the_overview_shows_every_part_that_is_wired_by_default():
    assert signals_of("overview.svg").keys() == {*DEFAULT, "arming"}


@pytest.mark.parametrize("name", DRAWN)
def test_every_part_has_its_ground_and_the_motion_sensor_its_5_volts(name):
    supplies = [(pin["data-part"], pin["data-name"]) for pin in pins_of(name) if "data-part" in pin and "data-bcm" not in pin]
    assert {part for part, supply in supplies if supply == "GND"} == signals_of(name).keys()
    assert {part for part, supply in supplies if supply != "GND"} <= {"sensors.motion"}


def test_contacts_are_drawn_to_ground_because_their_pins_are_pulled_up():
    assert (SENSOR_KINDS["button"].pull, SENSOR_KINDS["button"].active_high) == ("up", False)
    assert (SENSOR_KINDS["motion"].pull, SENSOR_KINDS["motion"].active_high) == ("down", True)


def test_the_key_switch_of_the_guide_is_on_the_pin_of_its_picture(tmp_path):
    examples = [block for block in all_blocks("toml") if block.path.parent.name == "guide" and "[arming]" in block.text]
    assert examples
    for block in examples:
        (tmp_path / "agent.toml").write_text(block.text, encoding="utf-8")
        settings = load(AgentSettings, tmp_path / "agent.toml", {"DEVICE_ID": "raspberry-01"}, {"DEVICE_ID": "device_id"})
        assert settings.arming is not None
        assert settings.arming.pin == signals_of("key.svg")["arming"]


@pytest.mark.parametrize("page", ["wiring.md", "cablage.fr.md"])
def test_the_table_beside_the_overview_says_the_same(page):
    text = (ROOT / "docs" / "guide" / page).read_text(encoding="utf-8")
    wires = [pin for pin in pins_of("overview.svg") if "data-part" in pin]
    for part, bcm in signals_of("overview.svg").items():
        row = next(line for line in text.splitlines() if line.startswith("|") and f"`[{part}]`" in line)
        assert f"`pin = {bcm}`" in row
        assert set(re.findall(r"\d+", row.split("|")[3])) == {pin["data-pin"] for pin in wires if pin["data-part"] == part}


def test_both_languages_show_the_same_pins_in_other_words():
    for name in PICTURES:
        english, french = f"{name}.svg", f"{name}.fr.svg"
        assert pins_of(english) == pins_of(french)
        assert ET.parse(FOLDER / english).findtext(f"{SVG}title") != ET.parse(FOLDER / french).findtext(f"{SVG}title")


@pytest.mark.parametrize("name", DRAWN)
def test_every_picture_is_on_a_page_of_its_language(name):
    shown = [page.name for page in pages() if f"(pictures/{name})" in page.read_text(encoding="utf-8")]
    assert shown
    assert {page.endswith(".fr.md") for page in shown} == {name.endswith(".fr.svg")}


@pytest.mark.parametrize("name", DRAWN)
def test_no_picture_needs_anything_from_elsewhere(name):
    text = (FOLDER / name).read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
    assert re.findall(r"https?:|<script|<image|<style|@import|url\(", text) == []
