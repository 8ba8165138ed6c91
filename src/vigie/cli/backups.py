"""`vigie backup` and `vigie restore`. Their work is imported when they are called."""

import argparse
import os
from pathlib import Path

from vigie.cli.arguments import Commands


def add_backups(commands: "Commands[argparse.ArgumentParser]") -> None:
    """`backup`, `restore`."""
    _add_backup(commands)
    _add_restore(commands)


def _add_backup(commands: "Commands[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("backup", help="all that cannot be made anew into one file, while everything runs")
    parser.add_argument("file", type=Path, metavar="FILE", help="the file to make, for its owner alone to read")
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="folder of `vigie up`, or of one program (default: VIGIE_DATA, else ./vigie-data)"
    )
    parser.add_argument(
        "--config",
        type=Path,
        nargs="+",
        action="extend",
        default=[],
        metavar="PATH",
        help="configuration files, or their folders",
    )
    parser.add_argument("--with-recordings", action="store_true", help="clips and stills too, not only their hashes")
    secret = parser.add_mutually_exclusive_group()
    secret.add_argument("--passphrase", action="store_true", help="ask for a passphrase: secrets too, and all of it encrypted")
    secret.add_argument("--passphrase-stdin", action="store_true", help="read the passphrase from the first line instead")
    parser.add_argument("--force", action="store_true", help="write over FILE")
    parser.set_defaults(run=_backup, extra="agent")


def _backup(options: argparse.Namespace) -> int:
    from vigie.owner.backup import making, passphrase
    from vigie.owner.backup.errors import BackupError
    from vigie.runtime.clock import SystemClock

    try:
        is_sealed = options.passphrase or options.passphrase_stdin
        secret = passphrase.new_passphrase(from_stdin=options.passphrase_stdin) if is_sealed else None
    except BackupError as error:
        return making.refused(error)
    os.nice(10)  # behind the programs that guard
    wanted = making.Wanted(
        target=options.file,
        data=options.data,
        configs=options.config,
        with_recordings=options.with_recordings,
        force=options.force,
        passphrase=secret,
    )
    return making.run(wanted, os.environ, SystemClock())


def _add_restore(commands: "Commands[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("restore", help="put a backup in place of a folder; what was there is moved aside")
    parser.add_argument("file", type=Path, metavar="FILE", help="what `vigie backup` has made")
    parser.add_argument("--data", type=Path, metavar="DIR", help="the folder to restore (default: VIGIE_DATA, else ./vigie-data)")
    parser.add_argument("--only", metavar="DEVICE", help="of this Pi its configuration and keys, for a new card or a new Pi")
    parser.add_argument("--dry-run", action="store_true", help="check all of it, say what would be done, change nothing")
    parser.add_argument("--passphrase-stdin", action="store_true", help="read the passphrase from the first line instead of asking")
    parser.set_defaults(run=_restore, extra="agent")


def _restore(options: argparse.Namespace) -> int:
    from functools import partial

    from vigie.owner.backup import passphrase, restoring
    from vigie.runtime.clock import SystemClock

    wanted = restoring.Wanted(
        file=options.file,
        folder=options.data or Path(os.environ.get("VIGIE_DATA") or "vigie-data"),
        dry_run=options.dry_run,
        only=options.only,
        ask=partial(passphrase.known_passphrase, from_stdin=options.passphrase_stdin),
    )
    return restoring.run(wanted, SystemClock())
