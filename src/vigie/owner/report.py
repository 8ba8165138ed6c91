"""`--bundle FILE` of doctor and self-test: what who helps wants to see, in one file, without what is nobody's business."""

import json
import os
import platform
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from vigie import __version__
from vigie.owner.examined import Examined
from vigie.owner.findings import Finding
from vigie.owner.secret_words import SECRET_WORDS
from vigie.owner.unit_checks import UNITS
from vigie.runtime.config_error import ConfigError
from vigie.runtime.tokens import PREFIX

LEFT_OUT = "(left out)"
_ETC = Path("etc/vigie")
_TAIL_BYTES = 200_000
_JOURNAL_S = 10.0
_JOURNAL_LINES = "2000"

_SECRETS = (
    # A key that says so, in TOML, JSON, an environment file or a log's `name=value`; where it names a file, the name is none.
    (
        re.compile(
            rf"""(?ix) (["']? [\w.-]* (?:{SECRET_WORDS}) (?!\w*_file) \w* ["']? \s*[:=]\s* )
                ("[^"\n]*" | '[^'\n]*' | [^\s,}}]+)"""
        ),
        rf"\1{LEFT_OUT}",
    ),
    (re.compile(r"(\w+://[^/\s:@]+:)[^@\s/]+(@)"), rf"\1{LEFT_OUT}\2"),
    (re.compile(rf"{PREFIX}[A-Za-z0-9_-]{{43}}"), LEFT_OUT),
    (re.compile(r"\$(?:argon2\w*|7)\$[^\s\"']+"), LEFT_OUT),
    (re.compile(r"(?i)(bearer )[A-Za-z0-9._~+/=-]+"), rf"\1{LEFT_OUT}"),
    (re.compile(r"(/set-up#)\S+"), rf"\1{LEFT_OUT}"),
)


def without_secrets(text: str) -> str:
    """The text with every password, token, key and hash of ours, and whatever calls itself one, left out."""
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text


def write_bundle(path: Path, examined: Examined, findings: Iterable[Finding], *, command: str = "doctor") -> list[str]:
    """Writes a new ZIP for its owner's eyes; the names in it. Raises `ConfigError` where it cannot be written."""
    found = json.dumps([finding.as_object() for finding in findings], indent=1, ensure_ascii=False)
    parts = {f"{command}.json": found, **dict(_parts(examined))}
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as bundle:
            for name, text in parts.items():
                bundle.writestr(name, without_secrets(text))
    except OSError as error:
        raise ConfigError("--bundle", f"cannot write {path}: {error.strerror}") from error
    return list(parts)


def _parts(examined: Examined) -> Iterator[tuple[str, str]]:
    yield "machine.json", json.dumps(_machine(examined.root), indent=1)
    for file in _configurations(examined):
        yield f"configuration/{str(file).strip('/').replace('/', '_')}", _text(file)
    for file in sorted((examined.places.root / "logs").glob("*.log")):
        yield f"logs/{file.name}", _tail(file)
    if journal := _journal():
        yield "logs/journal.log", journal


def _machine(root: Path) -> dict[str, str]:
    return {
        "vigie": __version__,
        "python": sys.version.split()[0],
        "machine": platform.machine(),
        "kernel": platform.release(),
        "system": _text(root / "etc" / "os-release"),
        "model": _text(root / "proc" / "device-tree" / "model").strip("\0"),
    }


def _configurations(examined: Examined) -> list[Path]:
    root, etc = examined.places.root, examined.root / _ETC
    found = [*root.glob("*.toml"), *root.glob("agents/*/agent.toml"), *etc.glob("*.toml"), *etc.glob("site/hub/*.toml")]
    return sorted({*found, *([examined.config] if examined.config is not None else [])})


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        return f"(cannot be read: {error.strerror})"


def _tail(file: Path) -> str:
    try:
        with file.open("rb") as log:
            begin = max(0, file.stat().st_size - _TAIL_BYTES)
            log.seek(begin)
            text = log.read().decode("utf-8", "replace")
    except OSError as error:
        return f"(cannot be read: {error.strerror})"
    # Of the first line only the end may be here: a secret without its name would not be known as one.
    return text.partition("\n")[2] if begin else text


def _journal() -> str:
    """What systemd has heard of our units; empty where there is none."""
    units = [argument for unit in UNITS for argument in ("-u", unit)]
    command = ["journalctl", "--no-pager", "--quiet", "-n", _JOURNAL_LINES, *units]
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=_JOURNAL_S, check=False).stdout  # noqa: S603 - ours
    except (OSError, subprocess.TimeoutExpired):
        return ""
