"""What somebody asks who wants files that are not his: names that climb out of a folder, foreign ids, ranges that are none."""

import socket
from collections.abc import Iterator
from itertools import product

_CLIMBS = ("..", "../..", "..%2f", "%2e%2e%2f", "..%5c", "..\\", "%252e%252e%252f", "%c0%ae%c0%ae/", "....//", "%2e%2e;/", ".%00./")
_TARGETS = ("etc/passwd", "camera.token", "events.sqlite", "{known}.json", "{known}")
_NAMES = (
    *("", ".", "..", "~", "~root", "*", "?", "%", "%00", "%zz", "-", "null", "undefined", "0", "-1", "NaN", "CON", "[]", "{}"),
    *("/etc/passwd", "//etc/passwd", "%2fetc%2fpasswd", "file:%2f%2f%2fetc%2fpasswd", "C:%5cWindows", "\\\\host\\share"),
    *("{known}%00", "{known}%00.jpg", "{known}.ts", "{known}.ts.part", "{known}.json", "{known}.mp4", "{known}/", "{known}/x"),
    *("{known}%20", "%20{known}", "{known}%0d%0aX-Rude:%20yes", "{known};id", "{known}'", "{known}%22", "{known}%2f..%2f{known}"),
    *("{known},{known}", "{upper}", "x{known}", "'%20OR%201=1--", "%3Cscript%3E", "%F0%9F%98%80", "%ff%fe", "a" * 65, "a" * 5_000),
    *("0193f5a0c0de7000800000000000ffff", "ffffffffffffffffffffffffffffffff", "deleted-long-ago"),
)
RANGES = (
    *("bytes=", "bytes=-", "bytes=--1", "bytes=-0", "bytes=a-b", "bytes=1-0", "bytes=20-10", "bytes=0x0-0xff", "bytes=1.5-2"),
    *("bytes=0-0-0", "bytes= ", "bytes=,", "bytes=-1-", "bytes=+1-2", "bytes=0;1", "bytes=\u0661-\u0662", "bytes=٣-"),
    *(f"bytes={'9' * count}-" for count in (12, 18, 19, 40, 400, 4_000)),
    *(f"bytes={'9' * count}-{'9' * count}" for count in (12, 18, 19, 40, 400, 4_000)),
    *("bytes=999999999-", "bytes=999999999-9999999999", "bytes=-99999999999999999999x", "bytes=%00-", "bytes=0-%ff"),
)
"""None of them is a range of a file of less than a gigabyte."""


def ids(known: str) -> Iterator[str]:
    """Names that are not `known`, an id that there is, whatever they decode to."""
    for name in (*_NAMES, *(climb + target for climb, target in product(_CLIMBS, _TARGETS))):
        yield name.replace("{known}", known).replace("{upper}", known.upper())


def status_of(port: int, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> tuple[int, bytes]:
    """What is answered to these very bytes; no client tidies them up before they are sent."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", "Connection: close", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
    return int(answer.split(b" ", 2)[1]), answer.partition(b"\r\n\r\n")[2]
