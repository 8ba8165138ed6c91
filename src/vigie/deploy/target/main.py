"""Reads what is to be done, does it, says how it went."""

import fcntl
import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

from vigie.deploy.target.going_back import finish, finish_at_boot
from vigie.deploy.target.install import Installation, Unhealthy
from vigie.deploy.target.machine import CommandFailed, Machine
from vigie.deploy.target.order import FILE_NAME, Removal, read
from vigie.deploy.target.removal import remove

_LOCK = "/run/vigie-deploy.lock"


def main(folder: Path) -> int:
    """0 done (or nothing to do), 1 not done and everything as it was."""
    for name in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):  # nothing but its own end may leave the work half done
        signal.signal(name, signal.SIG_IGN)
    order = read((folder / FILE_NAME).read_text(encoding="utf-8"))
    machine = Machine(say, dry_run=order.dry_run)
    lock = os.open(_LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        finish(machine)
        if isinstance(order, Removal):
            remove(machine, purge=order.purge)
        elif deaf := Installation(machine, order, folder).run():
            say(f"{', '.join(deaf)}: installed and running, but without the broker; `vigie doctor` on it tells more")
            return 1
    except BlockingIOError:
        return _failed("another `vigie deploy` is at work on this machine; wait until it is done")
    except (CommandFailed, Unhealthy) as error:
        return _failed(str(error))
    except zipfile.BadZipFile as error:
        return _failed(f"the wheel is damaged: {error}")
    except OSError as error:
        return _failed(f"{error.filename or 'the disk'}: {error.strerror}")
    finally:
        os.close(lock)
    if not machine.changes and (isinstance(order, Removal) or order.roles):
        say("nothing has changed")
    return 0


def at_boot() -> int:
    """What `vigie-undo.service` runs."""
    finish_at_boot()
    subprocess.run(["systemctl", "daemon-reload"], check=True)
    say("a deployment was cut off before it was judged: back to what was before")
    return 0


def _failed(why: str) -> int:
    say(f"not done: {why}")
    return 1


def say(line: str) -> None:
    """To whoever still listens."""
    try:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
