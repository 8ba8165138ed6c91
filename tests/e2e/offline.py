"""`python -m tests.e2e.offline FOLDER`: a house and its page in a network of its own that has a loopback and nothing else.

Prints what was seen as JSON. For `test_without_a_network.py`, under `unshare --net`.
"""

import ctypes
import fcntl
import json
import socket
import struct
import subprocess
import sys
from pathlib import Path

from tests.e2e.browser import dashboard
from tests.house import RunningHouse
from tests.waiting import wait_until

_SIOCSIFFLAGS, _IFF_UP_RUNNING = 0x8914, 0x41
PAGES = ("/", "/events", "/alerts", "/live", "/recordings", "/devices", "/system")


def raise_loopback() -> None:
    """What `ip link set lo up` does."""
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", _IFF_UP_RUNNING))


def main(folder: Path) -> None:
    """See above."""
    raise_loopback()
    interfaces = [name for _, name in socket.if_nameindex()]
    house = RunningHouse(folder / "house", "--no-scenario")
    asked: set[str] = set()
    try:
        house.put("/api/mode", {"mode": "surveillance"})
        with dashboard(house.url) as (page, complaints):
            page.on("request", lambda request: asked.add(request.url))
            page.on("websocket", lambda websocket: asked.add(websocket.url))
            for path in PAGES:
                page.goto(house.url + path)
                page.get_by_role("main").wait_for()
            trigger = [sys.executable, "-m", "vigie", "trigger", "raspberry-01", "button", "--data", str(house.data_dir)]
            accepted = subprocess.run(trigger, capture_output=True, text=True, check=True).stdout.splitlines()
            ids = {json.loads(line)["id"] for line in accepted}
            wait_until(lambda: ids <= {event["id"] for event in house.events()}, "the event is in the history")
            wait_until(lambda: house.get("/api/alerts")["alerts"], "it alarms")
            wait_until(lambda: house.get("/api/stills")["stills"], "the alert has a still")
        said = {"interfaces": interfaces, "asked": sorted(asked), "own": house.url, "complaints": list(complaints)}
    finally:
        house.stop()
    print(json.dumps(said))


if __name__ == "__main__":
    ctypes.CDLL(None).prctl(1, 9)  # PR_SET_PDEATHSIG: it ends with the test
    main(Path(sys.argv[1]))
