"""Configuration: one TOML file per program into one frozen model, environment on top, errors that name the place.

An unknown key, a wrong type or an unreadable file is a `ConfigError` with file, line, key and the nearest valid key.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from vigie.runtime.config_error import ConfigError

__all__ = ["ConfigError", "Settings", "WrongValue", "hint", "load"]

M = TypeVar("M", bound=BaseModel)


class WrongValue(ValueError):
    """For validators that look at several keys: the message is the whole reason, `key` is where the fault is."""

    def __init__(self, key: tuple[str, ...], reason: str) -> None:
        super().__init__(reason)
        self.key = key


class Settings(BaseModel):
    """Base of every settings model: frozen, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def load(model: type[M], path: Path | None, environ: Mapping[str, str], env_keys: Mapping[str, str]) -> M:
    """The settings in `path` (none: defaults), overruled by the environment.

    `env_keys` maps a variable to its dotted key, e.g. `{"MQTT_BROKER": "broker.url"}`. An empty variable is an unset one.
    """
    text, values = _read(path)
    origin: dict[tuple[str, ...], str] = {}
    for variable, dotted in env_keys.items():
        if environ.get(variable):
            key = tuple(dotted.split("."))
            _put(values, key, environ[variable])
            origin[key] = f"environment variable {variable}"
    try:
        return model.model_validate(values)
    except ValidationError as error:
        # A misspelt key is also a missing one: the misspelling says more.
        fault = min(error.errors(include_url=False), key=lambda fault: fault["type"] != "extra_forbidden")
        key = tuple(str(part) for part in fault["loc"] if part != "[key]")  # which pydantic says of a key that is itself wrong
        if isinstance(cause := fault.get("ctx", {}).get("error"), WrongValue):
            raise ConfigError(_where(path, text, (*key, *cause.key), origin), str(cause)) from error
        raise ConfigError(_where(path, text, key, origin), _reason(model, key, fault, env_keys)) from error


def hint(name: str, known: Collection[str], otherwise: str) -> str:
    """The nearest of the names that are known; where none is near all of them, after `otherwise`."""
    import difflib  # for who has misspelt something: all others need not pay for it

    near = difflib.get_close_matches(name, sorted(known), n=1)
    return f"did you mean {near[0]!r}?" if near else f"{otherwise} {', '.join(sorted(known)) or 'none'}"


def _read(path: Path | None) -> tuple[str, dict[str, Any]]:
    if path is None:
        return "", {}
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ConfigError(str(path), "no such file; check --config") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(str(path), f"cannot be read: {error}") from error
    try:
        return text, tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        raise ConfigError(f"{path}:{line[1]}" if line else str(path), f"not TOML: {error}") from error


def _put(values: dict[str, Any], key: tuple[str, ...], value: str) -> None:
    for part in key[:-1]:
        child = values.setdefault(part, {})
        if not isinstance(child, dict):  # left to the model, which names the place
            return
        values = child
    values[key[-1]] = value


def _where(path: Path | None, text: str, key: tuple[str, ...], origin: Mapping[tuple[str, ...], str]) -> str:
    for length in range(len(key), 0, -1):
        if key[:length] in origin:
            return origin[key[:length]]
    if path is None:
        return "configuration"
    line = _line_of(text, key)
    return f"{path}:{line}" if line else str(path)


def _line_of(text: str, key: tuple[str, ...]) -> int | None:
    """The line of the longest part of `key` that the file holds. tomllib keeps no positions, so the text is read again."""
    best: tuple[int, int] | None = None
    for number, found in _keys_by_line(text):
        depth = len(found)
        if found == key[:depth] and (best is None or depth > best[0]):
            best = (depth, number)
    return best[1] if best else None


def _keys_by_line(text: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Tables of an array (`[[rules]]`) are told apart by their place in it, as pydantic does."""
    table: tuple[str, ...] = ()
    places: Counter[tuple[str, ...]] = Counter()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := re.match(r"\s*(\[\[?)([^\]]+)\]", line):
            table = _in_place(_dotted(header[2]), places)
            if header[1] == "[[":
                places[table] += 1
                table = (*table, str(places[table] - 1))
            yield number, table
        elif assignment := re.match(r"\s*((?:[\w\"'-]+\s*\.\s*)*[\w\"'-]+)\s*=", line):
            yield number, table + _dotted(assignment[1])


def _in_place(key: tuple[str, ...], places: Mapping[tuple[str, ...], int]) -> tuple[str, ...]:
    """`[[rules.then]]` is in the last of the `[[rules]]` before it."""
    found: tuple[str, ...] = ()
    for part in key[:-1]:
        found = (*found, part)
        if found in places:
            found = (*found, str(places[found] - 1))
    return (*found, key[-1])


def _dotted(text: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in text.split("."))


def _reason(model: type[BaseModel], key: tuple[str, ...], fault: Any, env_keys: Mapping[str, str]) -> str:
    name = ".".join(key)
    if fault["type"] == "extra_forbidden":
        return f"unknown key {name!r}; {hint(key[-1], _known_keys(model, key[:-1]), 'known keys:')}"
    if fault["type"] == "missing":
        variable = next((variable for variable, dotted in env_keys.items() if dotted == name), None)
        return f"{name!r} is missing" + (f"; set it there or by the environment variable {variable}" if variable else "")
    message = fault["msg"].removeprefix("Value error, ").replace("a valid tuple", "an array")
    if isinstance(fault["input"], dict):  # about several keys at once, which the message names
        return f"{name!r}: {message}" if name else message
    return f"{name!r}: {message} (got {fault['input']!r})"


def _known_keys(model: type[BaseModel], path: tuple[str, ...]) -> set[str]:
    for part in path:
        field = model.model_fields.get(part)
        annotation: Any = field.annotation if field else model
        if _is_model(annotation):
            model = annotation
            continue
        inner = next((arg for arg in get_args(annotation) if _is_model(arg)), None)
        if inner is not None:
            model = inner
    return set(model.model_fields)


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
