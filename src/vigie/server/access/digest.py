"""What is kept of the secrets of cookies and tokens."""

import hashlib


def digest(secret: str) -> str:
    """SHA-256 in hex: of 256 random bits, which nobody can guess, no slow hash is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()
