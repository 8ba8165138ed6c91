"""Why a backup cannot be made, read or put back, in words for whoever typed the command."""


class BackupError(Exception):
    """What keeps the command from being done. Nothing of what was there is changed."""


class NoBackup(BackupError):
    """The file is none of ours, was cut off, changed, or made to do harm."""


class WrongPassphrase(NoBackup):
    """It does not open with this passphrase."""

    def __init__(self) -> None:
        super().__init__("this passphrase does not open it; or its beginning was changed")
