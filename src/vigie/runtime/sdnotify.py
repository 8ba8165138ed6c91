"""systemd's readiness and watchdog protocol (sd_notify(3)): a datagram to the socket in NOTIFY_SOCKET."""

import os
import socket


def notify(message: str) -> None:
    """Sends e.g. `READY=1`, `WATCHDOG=1`, `STATUS=…`; does nothing where systemd did not start us."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
        try:
            channel.sendto(message.encode(), address)
        except OSError:  # a restarting systemd must not take the house's guard down
            return
