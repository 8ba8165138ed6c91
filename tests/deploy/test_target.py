"""The parts that run on the machine, each alone. Together they are tested on booted machines (tests/machines)."""

import ast
import grp
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie.deploy.repack import CannotRepack, repack
from vigie.deploy.target import health, order
from vigie.deploy.target.health import UnitState
from vigie.deploy.target.machine import CommandFailed, Machine
from vigie.deploy.target.order import Order, Removal, TargetFile
from vigie.deploy.target.releases import Releases
from vigie.deploy.transport import NoWay, Ssh

TARGET = Path(order.__file__).parent
UP, DOWN = "active", "activating"


class World:
    """Units that go through states, one per second."""

    def __init__(self, **units: list[UnitState]) -> None:
        self._units = units
        self.time = 0.0

    def look(self, unit: str) -> UnitState:
        states = self._units[unit]
        return states[min(int(self.time), len(states) - 1)]

    def failing(self, *must_connect: str) -> list[str]:
        return health.failing(list(self._units), must_connect, self.look, lambda: self.time, self._pass)

    def _pass(self, seconds: float) -> None:
        self.time += seconds


def unit(active: str, since_s: int = 0, restarts: int = 0, status: str = "") -> UnitState:
    return UnitState(active, since_s, restarts, status)


def test_one_that_comes_up_and_stays_is_healthy():
    world = World(agent=[unit(DOWN), unit(DOWN), unit(UP, 2)], bridge=[unit(UP, 0)])
    assert world.failing() == []
    assert health.STEADY_S <= world.time <= health.STEADY_S + 4


def test_one_that_is_up_between_two_restarts_is_not():
    restless = [unit(UP, second, second // 20) for second in range(200)]
    world = World(agent=restless, bridge=[unit(UP, 0)])
    assert world.failing() == ["agent"]
    assert world.time <= health.LIMIT_S + 1


def test_nobody_waits_for_one_that_ends_again_and_again():
    world = World(agent=[unit(DOWN, 0, 7 + second) for second in range(200)], bridge=[unit(UP, 0, 3)])
    assert world.failing() == ["agent", "bridge"], "what was not seen to be steady is not called healthy"
    assert world.time <= 10


def test_one_that_had_the_broker_has_to_have_it_again():
    deaf = [unit(UP, 0, status="cannot reach the broker")]
    assert World(agent=deaf).failing() == []
    assert World(agent=deaf).failing("agent") == ["agent"]
    assert World(agent=[*deaf * 20, unit(UP, 0, status="connected to the broker hub:8883")]).failing("agent") == []


FILES = st.builds(
    TargetFile, st.text(), st.binary(max_size=50), st.sampled_from([0o640, 0o644]), st.text(), st.sampled_from(["agent", "bridge"])
)
NAMES = st.lists(st.text(), max_size=3).map(tuple)


@given(st.builds(Order, roles=NAMES, wheel=st.text(), extras=NAMES, packages=NAMES, files=st.lists(FILES, max_size=3).map(tuple)))
def test_an_order_arrives_as_it_was_given(given_order: Order):
    assert order.read(given_order.as_json()) == given_order


def test_so_does_a_removal():
    assert order.read(Removal(purge=True).as_json()) == Removal(purge=True)


@pytest.fixture
def machine() -> tuple[Machine, list[str]]:
    said: list[str] = []
    return Machine(said.append, dry_run=False, owner=os.geteuid()), said


def test_a_file_is_written_once_and_undone(tmp_path: Path, machine: tuple[Machine, list[str]]):
    on, said = machine
    there, new = tmp_path / "there", tmp_path / "new"
    there.write_text("the owner's")
    there.chmod(0o604)
    group = grp.getgrgid(os.getegid()).gr_name
    for _ in range(2):
        on.file(there, b"ours", 0o640, group)
        on.file(new, b"secret", 0o600, group)
    assert said == [f"write {there}", f"write {new}"]
    assert (there.read_bytes(), there.stat().st_mode & 0o777, new.stat().st_mode & 0o777) == (b"ours", 0o640, 0o600)
    on.undo_files()
    assert (there.read_text(), there.stat().st_mode & 0o777) == ("the owner's", 0o604)
    assert not new.exists()


def test_a_dry_run_does_nothing(tmp_path: Path):
    said: list[str] = []
    on = Machine(said.append, dry_run=True)
    on.folder(tmp_path / "etc")
    on.folder(tmp_path / "etc")
    on.file(tmp_path / "etc" / "file", b"", group="a-group-of-tomorrow")
    on.link(tmp_path / "link", Path("/nowhere"))
    on.remove(tmp_path)
    assert list(tmp_path.iterdir()) == []
    etc = tmp_path / "etc"
    planned = (f"make {etc}", f"write {etc}/file", f"link {tmp_path}/link", f"remove {tmp_path}")
    assert said == [f"would {what}" for what in planned]


def test_a_command_that_fails_is_named_with_its_last_words(machine: tuple[Machine, list[str]]):
    with pytest.raises(CommandFailed, match=r"(?s)`sh -c .*` failed with status 3\n    no room"):
        machine[0].run("sh", "-c", "echo no room >&2; exit 3")


def test_a_release_is_found_again_switched_to_and_the_oldest_forgotten(tmp_path: Path):
    releases = Releases(tmp_path)
    assert releases.current is None
    for name in ("1-a", "2-b", "3-c"):
        (releases.path(name)).mkdir(parents=True)
    assert releases.switch("1-a") is None
    assert releases.switch("2-b") == "1-a"
    assert releases.switch("2-b") == "2-b"
    releases.forget_others()
    assert sorted(path.name for path in (tmp_path / "releases").iterdir()) == ["1-a", "2-b"]
    assert (tmp_path / "current").resolve() == releases.path("2-b")
    releases.switch("1-a")
    releases.forget_others()
    assert sorted(path.name for path in (tmp_path / "releases").iterdir()) == ["1-a", "2-b"], "back is one step, and forth again"


def test_what_runs_there_needs_nothing_but_python():
    for path in TARGET.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                is_there = name.startswith("vigie.deploy.target") or name.partition(".")[0] in sys.stdlib_module_names
                assert is_there, f"{path.name}: {name}"


def test_the_probe_runs_as_text_on_any_python():
    done = subprocess.run([sys.executable, "-I", "-"], input=(TARGET / "probe.py").read_bytes(), capture_output=True, check=True)
    assert b'"has_systemd"' in done.stdout


def test_the_constraints_are_the_lock_file():
    root = Path(__file__).parents[2]
    export = [str(root / "scripts" / "uv.sh"), "export", "--quiet", "--locked", "--offline", "--format", "requirements.txt"]
    what = "--no-hashes --all-extras --no-default-groups --no-emit-project --no-annotate --no-header"
    exported = subprocess.run([*export, *what.split()], cwd=root, capture_output=True, text=True, check=True).stdout
    assert (root / "src" / "vigie" / "deploy" / "constraints.txt").read_text() == exported, "run `make lock`"


def test_sources_cannot_be_repacked(tmp_path: Path):
    with pytest.raises(CannotRepack, match="--wheel"):
        repack(tmp_path)


@pytest.mark.parametrize("target", ["-oProxyCommand=rm", "pi@host;rm", "", "pi@", "a b", "pi@-x"])
def test_no_target_is_an_option_of_ssh(target: str):
    with pytest.raises(NoWay, match="is no machine"):
        Ssh(target)


@pytest.mark.parametrize(
    ("target", "name"),
    [("pi@raspberry-01.local", "raspberry-01.local"), ("192.168.1.21", "192.168.1.21"), ("ssh://pi@host:2222", "host")],
)
def test_a_target_is_what_ssh_takes(target: str, name: str):
    assert Ssh(target).name == name
