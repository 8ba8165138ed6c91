"""How a site is worked on, whoever asks for it: one at a time, by a clock that is set, with the broker told in the end."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vigie.deploy import broker_control
from vigie.deploy.broker_control import CannotReload
from vigie.deploy.bundle import ROOTS_SITE, NoLine
from vigie.deploy.site import Changes, FilesGone, NoDevice, Site
from vigie.deploy.site_record import SiteUnreadable
from vigie.deploy.target.roles import OPT
from vigie.domain.mode import SET_SINCE_YEAR
from vigie.runtime.claim import FolderInUse, FolderUnusable, claim
from vigie.runtime.clock import Clock
from vigie.runtime.mqtt import BrokerError


class Refused(Exception):
    """Not done, and why, in words for the owner."""


@contextmanager
def at_work(folder: Path, clock: Clock) -> Iterator[None]:
    """Keeps others out of the site meanwhile. Whatever goes wrong with the site, its files or the broker becomes `Refused`."""
    try:
        with claim(folder, "provision", mend="wait until it is done"):
            if clock.now().year < SET_SINCE_YEAR:
                raise Refused("the clock of this machine is not set: what it signed now would be over before it began")
            yield
    except (
        *(SiteUnreadable, NoDevice, FilesGone, NoLine, FolderInUse, FolderUnusable),
        *(CannotReload, BrokerError),
    ) as error:
        raise Refused(str(error)) from error
    except OSError as error:
        raise Refused(f"{error.filename or folder} cannot be written: {error.strerror}") from error


def is_deployed(site: Site) -> bool:
    """Whether bridge and server of this machine have copies of their own, which `vigie deploy` has put there."""
    return site.named == ROOTS_SITE and (OPT / "current").exists()


def bring_about(site: Site) -> tuple[Changes, bool]:
    """Writes what has changed, and tells the broker; whether it runs. Raises `CannotReload`, `NoLine`, `OSError`."""
    changes = site.write()
    # Also without a change: the last run may have been ended before it could.
    return changes, broker_control.reload(site.pid_file)
