"""What a key is called whose value is a secret: for the doctor's bundle and for backups, which must not differ in it."""

SECRET_WORDS = "password|passwd|passphrase|token|secret|api_key|mode_key"  # noqa: S105 - a pattern
"""As a regular expression knows alternatives. Whether a key has to end with one of them is for who uses it."""
