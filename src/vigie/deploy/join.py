"""`vigie join`: a new Pi asks to be let in, waits until somebody has confirmed it on the page, puts its files in their place."""

import asyncio
import base64
import binascii
import re
import secrets
import socket
import sys
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vigie.deploy import own_agent
from vigie.deploy.device_files import CannotInstall, install_files, require_room
from vigie.deploy.hub import Hub, HubRefused, HubSilent, NotTheHub, Place, fetch_authority, place_of
from vigie.deploy.target.roles import ETC
from vigie.domain.enrolment import ETC_PATTERN
from vigie.domain.join_code import JoinCode, NoCode, parse_code
from vigie.protocol.topics import is_device_id
from vigie.runtime.clock import Clock
from vigie.runtime.config_error import ConfigError

POLL_S = 1.0
LOST_S = 60.0
"""So long is a hub waited for that does not answer any more."""
_REQUEST, _ANSWER = "/api/enrolment/request", "/api/enrolment/answer"
_NOTHING = "nothing was written here"


@dataclass(frozen=True, slots=True)
class Asking:
    """What the owner has typed. None: what this machine says, or what is asked for."""

    hub: str
    code: str | None
    name: str | None
    camera: str | None
    etc: Path
    files_only: bool = False
    simulate: bool = False


def run(asking: Asking, clock: Clock) -> int:
    """Does it; 1 with one line where it could not. Raises `ConfigError` for what was typed wrongly."""
    try:
        name, place, etc = _name(asking), place_of(asking.hub), _etc(asking)
        code = _code(asking)
        require_room(asking.etc)
        wanted = {"device_id": name, "camera": asking.camera, "etc": etc}
        with closing(_found(place, code)) as hub:
            files = asyncio.run(_files(hub, code, wanted, clock))
        install_files(files, asking.etc)
    except (HubSilent, NotTheHub, HubRefused) as error:
        return _failed(f"{error}; {_NOTHING}")
    except CannotInstall as error:
        return _failed(str(error))
    except KeyboardInterrupt:
        return _failed(f"given up; {_NOTHING}. Refuse the request on the page, if it is there")
    print(f"{name} is in: {', '.join(sorted(files))} in {asking.etc}", flush=True)
    if asking.files_only or asking.etc != ETC:
        print(f"to start it: vigie agent --config {asking.etc / 'agent.toml'}")
        return 0
    if status := own_agent.install(simulate=asking.simulate):
        print("its files are there, so no new code is needed: mend that, then `sudo vigie deploy localhost --role agent`")
    return status


def _found(place: Place, code: JoinCode) -> Hub:
    """The server there, if it is of the site that the code is of. Raises `HubSilent`, `NotTheHub`."""
    authority = fetch_authority(place)
    if not code.is_of(authority):
        raise NotTheHub(f"{place} is not the site that this code is of: another one's, or somebody who poses as it")
    return Hub(place, authority)


async def _files(hub: Hub, code: JoinCode, wanted: Mapping[str, str | None], clock: Clock) -> dict[str, bytes]:
    """What this Pi is given, once it was confirmed. Raises `HubSilent`, `NotTheHub`, `HubRefused`."""
    ticket = secrets.token_urlsafe(32)
    asked = await _patiently(hub, _REQUEST, {"secret": code.secret, "ticket": ticket, **wanted}, clock)
    number = str(asked.get("check_number", ""))
    print(f"asked to be let in as {wanted['device_id']}")
    print(f"check number: {number[:3]} {number[3:]}")
    print("Confirm it on the page if it shows the same number. Waiting (Ctrl-C gives up) …", flush=True)
    answer: dict[str, Any] = {}
    while not answer.get("files"):
        await clock.sleep(POLL_S)
        answer = await _patiently(hub, _ANSWER, {"ticket": ticket}, clock)
    try:
        return {name: base64.b64decode(text, validate=True) for name, text in answer["files"].items()}
    except (AttributeError, TypeError, binascii.Error) as error:
        raise HubSilent("the hub's answer cannot be read: is it of another version?") from error


async def _patiently(hub: Hub, path: str, body: dict[str, object], clock: Clock) -> dict[str, Any]:
    """The answer. A hub that is away for a moment keeps what it knows, unless it was restarted: then it says so."""
    lost_at_s: float | None = None
    while True:
        try:
            return hub.post(path, body)
        except HubSilent as error:
            now_s = clock.monotonic()
            if lost_at_s is None:
                lost_at_s = now_s
                print(f"{error}; trying again for {LOST_S:g} s", file=sys.stderr)
            if now_s - lost_at_s > LOST_S:
                raise
            await clock.sleep(POLL_S)


def _name(asking: Asking) -> str:
    name = asking.name or socket.gethostname().partition(".")[0].lower()
    if not is_device_id(name):
        raise ConfigError("--name", f"{name!r} cannot be a device: expected [a-z0-9][a-z0-9-]{{0,31}}, e.g. raspberry-03")
    return name


def _etc(asking: Asking) -> str:
    etc = str(asking.etc)
    if not re.fullmatch(ETC_PATTERN, etc):
        raise ConfigError("--etc", f"{etc!r}: letters, digits, '.', '_' and '-' only, it is written into agent.toml")
    return etc


def _code(asking: Asking) -> JoinCode:
    typed = asking.code if asking.code is not None else _ask_for_it()
    try:
        return parse_code(typed)
    except NoCode as error:
        raise ConfigError("--code", str(error)) from error


def _ask_for_it() -> str:
    print("code: ", end="", flush=True)
    return sys.stdin.readline()


def _failed(text: str) -> int:
    print(f"vigie join: {text}", file=sys.stderr)
    return 1
