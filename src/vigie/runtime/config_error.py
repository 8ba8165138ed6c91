"""The error of a bad configuration, apart: the command line must know it without paying for pydantic."""


class ConfigError(Exception):
    """A configuration that cannot be used. The text says where, what, and how to mend it."""

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(f"{where}: {reason}")
        self.where = where
        self.reason = reason
