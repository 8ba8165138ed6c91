"""The files of a device on its own machine: all of them or none, readable for its agent and nobody else."""

import grp
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from vigie.deploy.bundle import AGENT_FILE, DEVICE_FILES, LINE, NoLine, with_owners_part
from vigie.deploy.private_files import SECRET, SHARED, make_folder, put

_GROUPS = ("vigie-agent", "gpio")
"""Whom the agent runs as: its own user's, where the units are installed; else one that every user of pins is in."""


class CannotInstall(Exception):
    """The files cannot be put there. The text says why, and what to do."""


def require_room(etc: Path) -> None:
    """Before a code is used up for it: the folder can be written, and holds no configuration of somebody else. Raises
    `CannotInstall`.
    """
    before = _owners_file(etc)
    if before is not None and LINE not in before:
        raise CannotInstall(f"{etc / AGENT_FILE} is not one of a site's; move it away, and take its sensors over afterwards")
    try:
        _make(etc)
        put(etc / ".room", b"x")
        (etc / ".room").unlink()
    except OSError as error:
        raise CannotInstall(f"{etc} cannot be written: {error.strerror}; run it with sudo, or name another --etc") from error


def install_files(files: Mapping[str, bytes], etc: Path) -> None:
    """Puts them there, `agent.toml` last, which names the others; what the owner has written below its line stays.

    All are on the disk before the first one is in its place. Raises `CannotInstall`.
    """
    strange = sorted(files.keys() - DEVICE_FILES)
    if strange or AGENT_FILE not in files:
        raise CannotInstall(f"these are not a device's files: {', '.join(strange or files)}")
    wanted, before = dict(files), _owners_file(etc)
    if before is not None:
        try:
            wanted[AGENT_FILE] = with_owners_part(files[AGENT_FILE].decode(), before).encode()
        except NoLine as error:
            raise CannotInstall(f"{etc / AGENT_FILE}: {error}") from error
    group = _group()
    mode = SECRET if group is None else SHARED
    staged = {name: etc / f".{name}.join" for name in sorted(wanted, key=lambda name: (name == AGENT_FILE, name))}
    try:
        _make(etc)
        for name, path in staged.items():
            put(path, wanted[name], mode, group)
        for name, path in staged.items():
            path.replace(etc / name)
    except OSError as error:
        raise CannotInstall(f"{error.filename or etc} cannot be written: {error.strerror}") from error
    finally:
        for path in staged.values():
            with suppress(OSError):
                path.unlink(missing_ok=True)


def _owners_file(etc: Path) -> str | None:
    try:
        return (etc / AGENT_FILE).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise CannotInstall(f"{etc / AGENT_FILE} cannot be read: {error}") from error


def _group() -> int | None:
    """None where there is no such group, or we may not give files to it."""
    for name in _GROUPS:
        with suppress(KeyError):
            group = grp.getgrnam(name).gr_gid
            if os.geteuid() == 0 or group in {os.getegid(), *os.getgroups()}:
                return group
    return None


def _make(etc: Path) -> None:
    """One that is there stays as it is: on a hub, server and bridge have their files in it too."""
    if not etc.is_dir():
        group = _group()
        make_folder(etc, 0o700 if group is None else 0o750, group)
