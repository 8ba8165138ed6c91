"""The way to the machine that is deployed to: this one, or another by the owner's own `ssh` with its keys, agent, jump hosts
and known hosts. There as here the machine's own Python is all that is asked of it.
"""

import getpass
import json
import os
import pwd
import re
import shlex
import subprocess
import sys
import tarfile
import tempfile
from contextlib import ExitStack
from importlib import resources
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Protocol, Self

from vigie.deploy.target.probe import MARK

_PYTHON = "/usr/bin/python3"
_DESTINATION = re.compile(r"(ssh://)?([A-Za-z0-9_][\w.-]*@)?[A-Za-z0-9\[][\w.:\[\]%-]*")
_BOOTSTRAP = """\
import os, shutil, signal, subprocess, sys, tarfile, tempfile
for name in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
    signal.signal(name, signal.SIG_IGN)
os.umask(0o022)
folder = tempfile.mkdtemp(prefix="vigie-deploy-", dir="/run")
try:
    with tarfile.open(fileobj=sys.stdin.buffer, mode="r|") as sent:
        sent.extractall(folder)
    command = [sys.executable, "-B", "-m", "vigie.deploy.target", folder]
    tool = os.path.join(folder, "tool.zip")
    status = subprocess.run(command, env={**os.environ, "PYTHONPATH": tool}, cwd="/").returncode
finally:
    shutil.rmtree(folder, ignore_errors=True)
sys.exit(status)
"""


class NoWay(Exception):
    """The machine cannot be reached, or lets us do nothing."""


class Transport(Protocol):
    """To one machine."""

    name: str
    is_here: bool

    def probe(self) -> dict[str, Any]:
        """What `target/probe.py` found. Raises `NoWay`."""
        ...

    def perform(self, folder: Path) -> int:
        """Does there what the order in `folder` says, and prints what is said; its exit status. Raises `NoWay`."""
        ...


class Here:
    """The machine that runs this."""

    name = "localhost"
    is_here = True

    def probe(self) -> dict[str, Any]:
        """See `Transport`."""
        if os.geteuid() != 0:
            raise NoWay("only root can set this machine up; begin with sudo")
        return _facts(subprocess.run([_PYTHON, "-I", "-"], input=_probe(), capture_output=True, check=False))

    def perform(self, folder: Path) -> int:
        """See `Transport`."""
        command = [_PYTHON, "-I", "-W", "ignore", "-c", _BOOTSTRAP]
        with _packed(folder) as sent, subprocess.Popen(command, stdin=sent, start_new_session=True) as work:
            while True:
                try:
                    return work.wait()
                except KeyboardInterrupt:
                    print("it ends what it has begun, or goes back: wait", flush=True)


class Ssh:
    """Another machine. Its connection is kept open between the steps, so that a password is asked for once."""

    is_here = False

    def __init__(self, destination: str, configuration: Path | None = None) -> None:
        """`destination` as `ssh` takes it: [user@]host or ssh://[user@]host:port. Raises `NoWay` for anything else."""
        if not _DESTINATION.fullmatch(destination):
            raise NoWay(f"{destination!r} is no machine; expected e.g. pi@raspberry-01.local or ssh://pi@192.168.1.21:2222")
        self.name = destination.removeprefix("ssh://").rpartition("@")[2].partition(":")[0]
        self._destination = destination
        self._configuration = ["-F", str(configuration.absolute())] if configuration else []
        self._open = ExitStack()
        self._sudo = ["sudo", "-n"]
        self._password = b""

    def __enter__(self) -> Self:
        self._sockets = Path(self._open.enter_context(tempfile.TemporaryDirectory(prefix="vigie-ssh-")))
        if user := _who_called_sudo():
            os.chown(self._sockets, user.pw_uid, user.pw_gid)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        subprocess.run(self._ssh(options=("-O", "exit")), capture_output=True, check=False)
        self._open.close()

    def probe(self) -> dict[str, Any]:
        """See `Transport`; asks for the password that `sudo` wants there, where it wants one."""
        if self._call("true", errors=None).returncode:
            raise NoWay(f"no way to {self._destination}: what ssh says is above; try `ssh {self._destination}`")
        if (tried := self._call(self._as_root("true"))).returncode:
            said = tried.stderr.decode(errors="replace").strip()
            if "password" not in said:
                raise NoWay(f"nobody becomes root on {self.name}: {said or 'sudo fails'}")
            self._ask_password()
        return _facts(self._call(self._as_root(_PYTHON, "-I", "-"), _probe()))

    def perform(self, folder: Path) -> int:
        """See `Transport`."""
        command = self._as_root(_PYTHON, "-I", "-W", "ignore", "-c", _BOOTSTRAP)
        with _packed(folder, self._password) as sent:
            status = subprocess.run(self._ssh(command), stdin=sent, check=False).returncode
        if status == 255:
            raise NoWay(f"the connection to {self._destination} broke; the work there goes on or goes back by itself: deploy again")
        return status

    def _ask_password(self) -> None:
        if not sys.stdin.isatty():
            raise NoWay(f"sudo wants a password on {self.name}; call this from a terminal, or let the user do it without one")
        self._sudo = ["sudo", "-k", "-S", "-p", ""]
        self._password = getpass.getpass(f"sudo's password on {self.name}: ").encode() + b"\n"
        if self._call(self._as_root("true")).returncode:
            raise NoWay(f"sudo on {self.name} does not take that password")

    def _as_root(self, *command: str) -> str:
        """For any login shell: what is peculiar to a shell is said to `sh`."""
        sudo = shlex.join(self._sudo)
        become = f'if [ "$(id -u)" = 0 ]; then exec "$@"; else exec env LC_ALL=C {sudo} "$@"; fi'
        return shlex.join(["exec", "sh", "-c", become, "sh", *command])

    def _call(self, command: str, stdin: bytes = b"", errors: int | None = subprocess.PIPE) -> subprocess.CompletedProcess[bytes]:
        sent = self._password + stdin
        return subprocess.run(self._ssh(command), input=sent, stdout=subprocess.PIPE, stderr=errors, check=False)

    def _ssh(self, *command: str, options: tuple[str, ...] = ()) -> list[str]:
        shared = ["-o", "ControlMaster=auto", "-o", f"ControlPath={self._sockets}/%C", "-o", "ControlPersist=60"]
        # No terminal and no command of the owner's own configuration: bytes have to arrive as they are.
        plain = ["-T", "-o", "RemoteCommand=none", "-o", "ConnectTimeout=15", "-o", "ServerAliveInterval=5"]
        user = _who_called_sudo()  # the keys and known hosts are that person's, not root's
        before = ["sudo", "-H", "--preserve-env=SSH_AUTH_SOCK", "-u", user.pw_name, "--"] if user else []
        return [*before, "ssh", *self._configuration, *shared, *plain, *options, self._destination, *command]


def _who_called_sudo() -> pwd.struct_passwd | None:
    name = os.environ.get("SUDO_USER", "")
    return pwd.getpwnam(name) if os.geteuid() == 0 and name not in ("", "root") else None


def _probe() -> bytes:
    return (resources.files("vigie.deploy.target") / "probe.py").read_bytes()


def _facts(done: subprocess.CompletedProcess[bytes]) -> dict[str, Any]:
    """Out of whatever else a login has said. Raises `NoWay`."""
    _, mark, text = done.stdout.decode(errors="replace").partition(MARK)
    if not mark:
        said = (done.stderr or b"").decode(errors="replace").strip()
        raise NoWay(f"no Python 3 answers there: {said or 'sudo apt install python3'}")
    facts: dict[str, Any] = json.loads(text.splitlines()[0])
    return facts


def _packed(folder: Path, before: bytes = b"") -> IO[bytes]:
    """The folder as one stream, in a file that has no name: there are secrets in it."""
    packed: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    packed.write(before)
    with tarfile.open(fileobj=packed, mode="w|") as sent:
        for path in sorted(folder.iterdir()):
            sent.add(path, arcname=path.name)
    packed.seek(0)
    return packed
