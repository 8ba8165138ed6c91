"""Signatures of mode records (Ed25519, RFC 8032): on a site that names its writers nobody else arms or disarms it. Every Pi can
carry a signed record on, none can make one up. PyNaCl is imported where there are keys only: a Pi without them does not pay.
"""

import base64
import binascii
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from vigie.protocol.states import ModeRecord
from vigie.runtime.config import ConfigError, Settings

_FORMAT = "vigie-mode-1"
_SEED_BYTES = _KEY_BYTES = 32


def _public_key(text: str) -> str:
    try:
        is_key = len(base64.b64decode(text, validate=True)) == _KEY_BYTES
    except (binascii.Error, ValueError):
        is_key = False
    if not is_key:
        raise ValueError("no public key; `vigie mode --new-key FILE` makes a key, and prints its public half")
    return text


class SiteSettings(Settings):
    """`[site]`: who may set the mode, by any name, with their public keys (base64). None: everybody who may write on the broker."""

    mode_writers: dict[str, Annotated[str, AfterValidator(_public_key)]] = Field(default_factory=dict, max_length=100)
    mode_key_file: Path | None = None


class ModeKey:
    """The secret half of a writer's key."""

    def __init__(self, seed: bytes) -> None:
        from nacl.signing import SigningKey

        self._key = SigningKey(seed)

    @property
    def public(self) -> str:
        """The public half, for `mode_writers`."""
        return base64.b64encode(bytes(self._key.verify_key)).decode()

    def sign(self, record: ModeRecord) -> ModeRecord:
        """The same record with our signature."""
        signature = self._key.sign(_signed_part(record)).signature
        return record.model_copy(update={"signature": base64.b64encode(signature).decode()})


def read_key(path: Path | None) -> ModeKey | None:
    """The key in a file that `make_key` has written; None for no file. Raises `ConfigError`."""
    if path is None:
        return None
    try:
        seed = base64.b64decode(path.read_bytes().strip(), validate=True)
    except (OSError, binascii.Error, ValueError) as error:
        raise ConfigError(str(path), f"the mode key cannot be read: {error}") from error
    if len(seed) != _SEED_BYTES:
        raise ConfigError(str(path), "it holds no mode key; `vigie mode --new-key FILE` makes one")
    return ModeKey(seed)


def make_key(path: Path) -> ModeKey:
    """A new key in a new file that only its owner may read. Raises `OSError`, also where the file exists."""
    seed = os.urandom(_SEED_BYTES)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(base64.b64encode(seed) + b"\n")
    return ModeKey(seed)


class Writers:
    """Those who may set the mode."""

    def __init__(self, public_keys: Mapping[str, str]) -> None:
        self._keys = [base64.b64decode(key) for key in public_keys.values()]

    def allow(self, record: ModeRecord) -> bool:
        """Whether one of them has signed it; where none is named anything goes."""
        if not self._keys:
            return True
        from nacl.exceptions import BadSignatureError
        from nacl.signing import VerifyKey

        try:
            signature = base64.b64decode(record.signature or "", validate=True)
        except (binascii.Error, ValueError):
            return False
        for key in self._keys:
            try:
                VerifyKey(key).verify(_signed_part(record), signature)
            except (BadSignatureError, ValueError):
                continue
            return True
        return False


EVERYBODY = Writers({})


def _signed_part(record: ModeRecord) -> bytes:
    """Written out here, not as pydantic would: a later version with more keys must sign and read the same bytes."""
    body = record.model_dump(mode="json")
    parts = [body[key] for key in ("mode", "stamp", "changed_by", "changed_from", "changed_at", "bypass")]
    return json.dumps([_FORMAT, *parts], separators=(",", ":"), ensure_ascii=False).encode()
