"""The commands that the documents tell people to type exist, with these options; their payloads are taken."""

import re
import shlex
import subprocess
import tomllib
from contextlib import nullcontext

import pytest

from tests.docs.documents import ROOT, Block, all_blocks, pages
from vigie.cli import _parser
from vigie.protocol import topics
from vigie.protocol.codec import decode_object
from vigie.protocol.commands import parse_command
from vigie.protocol.events import from_sensor_payload
from vigie.protocol.states import ModeRecord
from vigie.protocol.times import from_unix_ms
from vigie.protocol.topics import DeviceTopic, ModeTopic
from vigie.server.app import build_api

ALIASES = {"sensor-publisher": "agent", "mqtt-bridge": "bridge"}


def commands(block: Block) -> list[list[str]]:
    """Each command of a block as words; assignments, `sudo` and paths in front are taken off."""
    found = []
    for line in block.text.replace("\\\n", " ").splitlines():
        for part in re.split(r"\s&&\s|\s\|\s", line):
            words = shlex.split(part, comments=True)
            while words and (words[0] == "sudo" or re.fullmatch(r"[A-Z_]+=.*", words[0])):
                words = words[3:] if words[:2] == ["sudo", "-u"] else words[1:]
            if words:
                found.append([words[0].rpartition("/")[2], *words[1:]])
    return found


def inline() -> list[list[str]]:
    """Commands in the running text: `vigie …`, `make …`, `mosquitto_pub …`."""
    fences = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
    texts = [fences.sub("", page.read_text(encoding="utf-8")) for page in pages()]
    spans = [span for text in texts for span in re.findall(r"`([^`\n]+)`", text)]
    return [
        [words[0].rpartition("/")[2], *words[1:]]
        for span in spans
        if re.match(r"(\.venv/bin/)?(vigie|make|mosquitto_pub|sensor-publisher|mqtt-bridge) \S", span) and "…" not in span
        for words in [shlex.split(span)]
    ]


ALL = [words for block in all_blocks("sh") for words in commands(block)] + inline()


def of(*programs: str) -> list[list[str]]:
    found = [words for words in ALL if words[0] in programs]
    assert found
    return found


def test_make_lists_its_targets():
    listed = subprocess.run(["make", "-C", str(ROOT)], capture_output=True, text=True, check=True).stdout
    assert {"up", "test", "lint", "fmt", "web", "bench", "docs"} <= set(re.findall(r"make (\w+)", listed))


@pytest.mark.parametrize("words", of("make"), ids=" ".join)
def test_every_make_target_exists(words):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = [word for word in words[1:] if "=" not in word]
    assert [target for target in targets if f"\n.PHONY: {target}\n" not in makefile] == []


@pytest.mark.parametrize("words", of("vigie", *ALIASES), ids=" ".join)
def test_every_vigie_command_is_understood(words):
    arguments = words[1:] if words[0] == "vigie" else [ALIASES[words[0]], *words[1:]]
    is_only_named = len(arguments) == 1 or "[MODE]" in arguments
    with pytest.raises(SystemExit) if is_only_named or "--version" in arguments else nullcontext() as ended:
        _parser().parse_args([arguments[0], "--help"] if is_only_named else arguments)
    assert ended is None or ended.value.code == 0


def test_the_names_of_the_reference_are_installed():
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
    assert {"vigie", *ALIASES} <= scripts.keys()


@pytest.mark.parametrize("words", of("mosquitto_pub"), ids=" ".join)
def test_every_published_example_is_taken(words):
    topic = topics.parse(words[words.index("-t") + 1].replace("DEVICE", "raspberry-01"))
    if "-n" in words:  # an empty payload: removes what is retained there
        assert "-r" in words
        return
    payload = words[words.index("-m") + 1].encode()
    if isinstance(topic, ModeTopic):
        assert "-r" in words
        ModeRecord.model_validate_json(payload)
    elif topic.branch == "commands":
        parse_command(str(topic.part), decode_object(payload))
    else:
        assert topic.branch == "sensors"
        from_sensor_payload(topic, decode_object(payload), received_at=from_unix_ms(0), new_id="0")


@pytest.mark.parametrize("words", of("mosquitto_sub"), ids=" ".join)
def test_every_subscription_is_to_topics_of_ours(words):
    branch = words[words.index("-t") + 1].partition("/")[0]
    assert branch in {"#", "site", *topics._BRANCHES}


@pytest.mark.parametrize("words", of("curl"), ids=" ".join)
def test_every_curl_line_fits_a_route(words):
    url = next(word for word in words if word.startswith("http"))
    path = "/" + url.split("/", 3)[3].partition("?")[0]
    method = words[words.index("-X") + 1].lower() if "-X" in words else "get"
    routes = build_api().openapi()["paths"]
    fitting = [route for route in routes if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", route), path)]
    assert fitting, f"no route for {path}"
    assert method in routes[fitting[0]]
    if "-d" in words and "/cameras/" in path:
        parse_command(path.rpartition("/")[2], decode_object(words[words.index("-d") + 1].encode()))


def test_the_three_tests_of_the_reference_are_in_both_readmes_as_written():
    lines = (
        'mosquitto_pub -h localhost -t "sensors/raspberry-01/motion" \\\n  -m \'{"confidence": 0.95, "location": "entrance"}\'',
        'mosquitto_pub -h localhost -t "sensors/raspberry-01/button" \\\n  -m \'{"pressure": "high", "duration_ms": 500}\'',
        'mosquitto_sub -h localhost -t "sensors/#" -v',
        'mosquitto_pub -h localhost -t "commands/raspberry-01/servo" \\\n  -m \'{"direction": "left"}\'',
        "curl -X POST http://localhost:8000/api/cameras/raspberry-01/servo",
        '-H "Content-Type: application/json" \\\n  -d \'{"direction": "left"}\'',
    )
    for name in ("README.md", "README.fr.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert [line for line in lines if line not in text] == []


def test_both_readmes_show_the_same_commands():
    english, french = (
        [words for block in all_blocks("sh") if block.path.name == name for words in commands(block) if words[0] != "git"]
        for name in ("README.md", "README.fr.md")
    )
    assert english == french


def test_every_topic_in_the_examples_belongs_to_a_device():
    for block in all_blocks("json"):
        if block.subject.startswith("sensors/"):
            assert isinstance(topics.parse(block.subject), DeviceTopic)
