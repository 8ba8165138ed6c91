"""Where a passphrase comes from: the first line of stdin, or a terminal. Never an argument: every program may read those."""

import getpass
import sys

from vigie.owner.backup.errors import BackupError

MIN_LETTERS = 12


def new_passphrase(*, from_stdin: bool) -> str:
    """For a new backup: asked for twice on a terminal. Raises `BackupError` where it is too short."""
    passphrase = known_passphrase(from_stdin=from_stdin)
    if len(passphrase) < MIN_LETTERS:
        raise BackupError(
            f"a passphrase of {len(passphrase)} letters is soon guessed by whoever has the file: {MIN_LETTERS} at least"
        )
    if not from_stdin and getpass.getpass("the same again: ") != passphrase:
        raise BackupError("these were two different ones; no backup was made")
    return passphrase


def known_passphrase(*, from_stdin: bool) -> str:
    """Of a backup that there is. Raises `BackupError` where there is nobody to ask."""
    if from_stdin:
        return sys.stdin.readline().strip("\r\n")
    if not sys.stdin.isatty():
        raise BackupError("no terminal to ask for the passphrase on; give it on the first line with --passphrase-stdin")
    return getpass.getpass("passphrase: ")
