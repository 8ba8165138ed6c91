"""Machines: a whole Debian with its systemd as process 1, each in a network namespace of its own on one wire.

Real: systemd, its sandbox and its watchdog, apt, users, SSH, sockets. Not real: the kernel is the host's, so there are no pins, no
clock to set, no power to cut; `MemoryMax=` is not enforced.
"""

import os
import signal
import subprocess
from pathlib import Path

from tests.machines.base import base
from tests.waiting import wait_until

NET = "10.203.7"


def can_run() -> str:
    """Why no machine can be booted here; nothing where one can."""
    if os.geteuid() != 0:
        return "only root can boot machines"
    for program in ("mmdebstrap", "systemd-nspawn", "nsenter", "ip"):
        if not any((Path(folder) / program).exists() for folder in ("/usr/bin", "/usr/sbin", "/sbin", "/bin")):
            return f"{program} is not installed"
    return ""


class Wire:
    """A switch in a network namespace of its own: nothing on it reaches anything else."""

    def __init__(self, name: str) -> None:
        self.name = name
        _forget(name)
        _sh(f"ip netns add {name}", f"ip -n {name} link add sw type bridge", f"ip -n {name} link set sw up")

    def plug_in(self, namespace: str, address: str) -> None:
        """One more machine."""
        port = f"p{address.rpartition('.')[2]}"
        _forget(namespace)
        _sh(
            f"ip netns add {namespace}",
            f"ip -n {self.name} link add {port} type veth peer name host0 netns {namespace}",
            f"ip -n {self.name} link set {port} master sw up",
            f"ip -n {namespace} addr add {address}/24 dev host0",
            f"ip -n {namespace} link set host0 up",
            f"ip -n {namespace} link set lo up",
        )

    def remove(self) -> None:
        _sh(f"ip netns del {self.name}")


class Machine:
    """Boots at once; `run` works when `__init__` has returned."""

    def __init__(self, wire: Wire, hostname: str, number: int, folder: Path, wheels: Path) -> None:
        self.hostname = hostname
        self.address = f"{NET}.{number}"
        self._namespace = f"{wire.name}-{hostname}"
        self._folder = folder
        self._wheels = wheels
        wire.plug_in(self._namespace, self.address)
        for name in ("upper", "work", "root"):
            (folder / name).mkdir(parents=True)
        layers = f"lowerdir={base()},upperdir={folder / 'upper'},workdir={folder / 'work'}"
        subprocess.run(["mount", "-t", "overlay", "vigie", "-o", layers, str(folder / "root")], check=True)
        (folder / "root" / "etc" / "hostname").write_text(f"{hostname}\n")
        (folder / "root" / "etc" / "hosts").write_text(f"127.0.0.1 localhost\n127.0.1.1 {hostname}\n")
        self._boot()

    def run(self, command: str, *, user: str = "root", check: bool = True, within_s: float = 180) -> str:
        """What a shell there printed, errors too."""
        shell = ["bash", "-lc", command] if user == "root" else ["su", "-", user, "-c", command]
        enter = ["nsenter", "--target", str(self._leader), "--all", "--"]
        done = subprocess.run(
            [*enter, *shell],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=within_s,
        )
        if check and done.returncode:
            raise AssertionError(f"{self.hostname}: `{command}`: status {done.returncode}\n{done.stdout}\n{self.journal()}")
        return done.stdout

    def put(self, source: Path, path: str) -> None:
        """Copies a file to it."""
        (self._folder / "root" / path.lstrip("/")).write_bytes(source.read_bytes())

    def status(self, command: str, **options: object) -> int:
        """The exit status of a command there."""
        return int(self.run(f"{command} >/dev/null 2>&1; echo $?", check=False, **options).split()[-1])  # type: ignore[arg-type]

    def journal(self, lines: int = 40) -> str:
        """The end of its log, for a failure's message."""
        return self.run(f"journalctl --no-pager --quiet --lines {lines}", check=False)

    def reboot(self) -> None:
        """In order, as `sudo reboot`."""
        self.run("systemctl reboot", check=False)
        self._nspawn.wait(timeout=60)
        self._boot()

    def cut(self) -> None:
        """All of its processes at once, as when the power goes; what its kernel had not written is written all the same."""
        os.kill(self._leader, signal.SIGKILL)
        self._nspawn.wait(timeout=60)

    def boot(self) -> None:
        """After `cut`."""
        self._boot()

    def remove(self) -> None:
        """Ends it and forgets it."""
        if self._nspawn.poll() is None:
            self.cut()
        subprocess.run(["umount", str(self._folder / "root")], check=True)
        _sh(f"ip netns del {self._namespace}")

    def _boot(self) -> None:
        options = [
            "--quiet",
            "--register=no",
            "--keep-unit",
            "--console=passive",
            f"--network-namespace-path=/run/netns/{self._namespace}",
        ]
        binds = [f"--bind-ro={self._wheels}:/wheels"]
        command = [
            "systemd-nspawn",
            *options,
            *binds,
            "--directory",
            str(self._folder / "root"),
            "--machine",
            self.hostname,
            "--boot",
        ]
        environment = {**os.environ, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"}
        with (self._folder / "console.log").open("ab") as log:
            self._nspawn = subprocess.Popen(
                [*command, "systemd.show_status=0"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment,
                start_new_session=True,
            )
        wait_until(lambda: self._leader_or_none() is not None, f"{self.hostname} boots", within_s=30)
        self._leader = self._leader_or_none() or 0
        wait_until(self._is_up, f"{self.hostname} is up", within_s=60)

    def _leader_or_none(self) -> int | None:
        """Its process 1, seen from here: a grandchild of ours whose name is systemd."""
        assert self._nspawn.poll() is None, (self._folder / "console.log").read_text(errors="replace")
        for child in _children(self._nspawn.pid):
            for leader in (child, *_children(child)):
                if _name(leader) == "systemd":
                    return leader
        return None

    def _is_up(self) -> bool:
        return self.run("systemctl is-system-running", check=False, within_s=10).strip() in ("running", "degraded")


def _children(pid: int) -> list[int]:
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def _forget(namespace: str) -> None:
    """What a run that was killed has left."""
    if Path("/run/netns", namespace).exists():
        _sh(f"ip netns del {namespace}")


def _sh(*commands: str) -> None:
    for command in commands:
        subprocess.run(command.split(), check=True)
