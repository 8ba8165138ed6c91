"""The sealed container: a stream of bytes, encrypted so that whatever is changed, cut off, doubled or moved in it is noticed.

Format 1. The head: `VIGIE-SEALED-1` and a line feed, argon2id's opslimit and memlimit in KiB (two big-endian 32-bit numbers),
its salt (16 bytes), the stream's header (24 bytes). Then chunks of libsodium's secretstream (XChaCha20-Poly1305), 65536 bytes
of content and 17 more each; the last one may be shorter and alone bears the tag FINAL. The head is the first chunk's
additional data. The key: argon2id of the passphrase in UTF-8, 32 bytes.
"""

import os
import struct
from dataclasses import dataclass
from typing import BinaryIO

from nacl import bindings
from nacl.exceptions import CryptoError
from nacl.pwhash import argon2id

from vigie.owner.backup.archive import SEALED
from vigie.owner.backup.errors import NoBackup, WrongPassphrase

CHUNK = 64 * 1024
_NUMBERS = struct.Struct(">II")
_OVERHEAD = bindings.crypto_secretstream_xchacha20poly1305_ABYTES
_FINAL = bindings.crypto_secretstream_xchacha20poly1305_TAG_FINAL
_MESSAGE = bindings.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE
_HEAD = len(SEALED) + _NUMBERS.size + argon2id.SALTBYTES + bindings.crypto_secretstream_xchacha20poly1305_HEADERBYTES
_MAX_OPS, _MAX_KIB = 16, 256 * 1024


@dataclass(frozen=True, slots=True)
class Costs:
    """Of a guess at the passphrase: passes over so much memory. A head that asks for more than a Pi has is refused."""

    ops: int
    kib: int


COSTS = Costs(ops=4, kib=64 * 1024)


class SealedWriter:
    """Seals what is written into `sink`. Without `close` it is no whole container."""

    def __init__(self, sink: BinaryIO, passphrase: str) -> None:
        costs, salt = COSTS, os.urandom(argon2id.SALTBYTES)
        self._state = bindings.crypto_secretstream_xchacha20poly1305_state()
        header = bindings.crypto_secretstream_xchacha20poly1305_init_push(self._state, _key(passphrase, salt, costs))
        self._bound: bytes | None = SEALED + _NUMBERS.pack(costs.ops, costs.kib) + salt + header
        self._sink = sink
        self._waiting = bytearray()
        sink.write(self._bound)

    def write(self, data: bytes) -> int:
        """Keeps back the last chunk: only `close` knows that it is the last."""
        self._waiting += data
        start = 0
        while len(self._waiting) - start > CHUNK:
            self._push(bytes(self._waiting[start : start + CHUNK]), _MESSAGE)
            start += CHUNK
        del self._waiting[:start]
        return len(data)

    def close(self) -> None:
        """Writes the last chunk; the sink stays open."""
        self._push(bytes(self._waiting), _FINAL)

    def _push(self, chunk: bytes, tag: int) -> None:
        self._sink.write(bindings.crypto_secretstream_xchacha20poly1305_push(self._state, chunk, self._bound, tag))
        self._bound = None


class SealedReader:
    """What is in a sealed container, once each chunk has proved itself. Raises `NoBackup`."""

    def __init__(self, source: BinaryIO, passphrase: str) -> None:
        head = source.read(_HEAD)
        if len(head) < _HEAD or not head.startswith(SEALED):
            raise NoBackup("it was cut off in its first bytes")
        costs = Costs(*_NUMBERS.unpack_from(head, len(SEALED)))
        if not (0 < costs.ops <= _MAX_OPS and 8 <= costs.kib <= _MAX_KIB):
            raise NoBackup("its head asks for more memory or time than any backup does: it was changed")
        rest = head[len(SEALED) + _NUMBERS.size :]
        salt, header = rest[: argon2id.SALTBYTES], rest[argon2id.SALTBYTES :]
        self._state = bindings.crypto_secretstream_xchacha20poly1305_state()
        bindings.crypto_secretstream_xchacha20poly1305_init_pull(self._state, header, _key(passphrase, salt, costs))
        self._source = source
        self._bound: bytes | None = head
        self._ready = b""
        self._is_over = False

    def read(self, count: int) -> bytes:
        """At most `count` bytes; none at the end, which was proved to be the end."""
        while not self._ready and not self._is_over:
            self._pull()
        given, self._ready = self._ready[:count], self._ready[count:]
        return given

    def _pull(self) -> None:
        chunk = self._source.read(CHUNK + _OVERHEAD)
        if len(chunk) < _OVERHEAD:
            raise NoBackup("it was cut off")
        try:
            self._ready, tag = bindings.crypto_secretstream_xchacha20poly1305_pull(self._state, chunk, self._bound)
        except CryptoError as error:
            raise (NoBackup("it was changed, or cut off") if self._bound is None else WrongPassphrase()) from error
        self._bound = None
        if tag == _FINAL:
            self._is_over = True
            if self._source.read(1):
                raise NoBackup("something was written behind its end")


def _key(passphrase: str, salt: bytes, costs: Costs) -> bytes:
    size = bindings.crypto_secretstream_xchacha20poly1305_KEYBYTES
    return bytes(argon2id.kdf(size, passphrase.encode(), salt, opslimit=costs.ops, memlimit=costs.kib * 1024))
