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
from vigie.deploy.target import applied, health, order
from vigie.deploy.target.health import UnitState
from vigie.deploy.target.machine import CommandFailed, Machine
from vigie.deploy.target.order import Order, Removal, TargetFile
from vigie.deploy.target.releases import Releases
from vigie.deploy.target.undo import Undo, forget
from vigie.deploy.transport import NoWay, Ssh

TARGET = Path(order.__file__).parent
UP, DOWN = "active", "activating"
OWN_GROUP = grp.getgrgid(os.getegid()).gr_name


class World:
    """Units that go through states, one per second."""

    def __init__(self, **units: list[UnitState]) -> None:
        self._units = units
        self.time = 0.0

    def look(self, unit: str) -> UnitState:
        states = self._units[unit]
        return states[min(int(self.time), len(states) - 1)]

    def failing(self, *must_connect: str) -> list[str]:
        before = dict.fromkeys(self._units, unit("inactive"))
        return health.failing(before, must_connect, self.look, lambda: self.time, self._pass)

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


def test_a_count_that_begins_anew_hides_no_restarts():
    world = World(agent=[unit(DOWN, 0, count) for count in (100, 101, 0, 1, 2, 3, 4, 5, 6)])
    assert world.failing() == ["agent"]
    assert world.time <= 10


def test_the_one_that_is_still_up_from_before_is_not_the_new_one():
    old, new = unit(UP, 1), unit(UP, 30)
    world = World(server=[*[old] * 30, new])
    assert health.failing({"server": old}, (), world.look, lambda: world.time, world._pass) == []
    assert world.time >= 30 + health.STEADY_S
    assert health.failing({"server": new}, (), world.look, lambda: world.time, world._pass) == ["server"], "it was never restarted"


def test_one_that_had_the_broker_has_to_have_it_again():
    deaf = [unit(UP, 0, status="cannot reach the broker")]
    assert World(agent=deaf).failing() == []
    assert World(agent=deaf).failing("agent") == ["agent"]
    assert World(agent=[*deaf * 20, unit(UP, 0, status="connected to the broker hub:8883")]).failing("agent") == []


FILES = st.builds(
    TargetFile,
    st.text(),
    st.none() | st.binary(max_size=50),
    st.sampled_from([0o640, 0o644]),
    st.text(),
    st.sampled_from(["a.service", "b.service"]),
    st.booleans(),
)
NAMES = st.lists(st.text(), max_size=3).map(tuple)


@given(
    st.builds(
        Order,
        roles=NAMES,
        wheel=st.text(),
        extras=st.dictionaries(st.text(), NAMES, max_size=2),
        packages=NAMES,
        files=st.lists(FILES, max_size=3).map(tuple),
    )
)
def test_an_order_arrives_as_it_was_given(given_order: Order):
    assert order.read(given_order.as_json()) == given_order


def test_so_does_a_removal():
    assert order.read(Removal(purge=True).as_json()) == Removal(purge=True)


@pytest.fixture
def machine() -> tuple[Machine, list[str]]:
    said: list[str] = []
    return Machine(said.append, dry_run=False, owner=os.geteuid()), said


def test_a_file_is_written_once(tmp_path: Path, machine: tuple[Machine, list[str]]):
    on, said = machine
    there, new = tmp_path / "there", tmp_path / "new"
    there.write_text("the owner's")
    for _ in range(2):
        on.file(there, b"ours", 0o640, OWN_GROUP)
        on.file(new, b"secret", 0o600, OWN_GROUP)
    assert said == [f"write {there}", f"write {new}"]
    assert (there.read_bytes(), there.stat().st_mode & 0o777, new.stat().st_mode & 0o777) == (b"ours", 0o640, 0o600)
    on.file(new, None)
    on.file(new, None)
    assert said[2:] == [f"remove {new}"]
    assert not new.exists()


def test_what_is_anothers_is_not_linked_over(tmp_path: Path, machine: tuple[Machine, list[str]]):
    (tmp_path / "vigie").write_text("pipx's")
    machine[0].link(tmp_path / "vigie", tmp_path / "elsewhere")
    assert (tmp_path / "vigie").read_text() == "pipx's"
    assert "is not ours and stays" in machine[1][0]


@pytest.mark.parametrize("is_cut_off", [False, True], ids=["at once", "by the next run"])
def test_the_way_back_is_the_state_before(tmp_path: Path, machine: tuple[Machine, list[str]], is_cut_off: bool):
    there, gone, new = (tmp_path / name for name in ("there", "gone", "new"))
    there.write_text("the owner's")
    there.chmod(0o604)
    gone.write_text("a drop-in")
    record = tmp_path / "undo.json"
    undo = Undo.begin(record, "1-a", (there, gone, new))
    assert record.stat().st_mode & 0o777 == 0o600, "there are secrets in it"
    for path, content in ((there, b"ours"), (gone, None), (new, b"ours")):
        machine[0].file(path, content, 0o640, OWN_GROUP)
    found = Undo.left(record) if is_cut_off else undo
    assert found == undo
    assert (found.is_new(new), found.is_new(there)) == (True, False)
    found.restore_files()
    assert (there.read_text(), there.stat().st_mode & 0o777, gone.read_text()) == ("the owner's", 0o604, "a drop-in")
    assert not new.exists()
    forget(record)
    assert Undo.left(record) is None


def test_what_a_unit_runs_with_is_known_by_release_and_files(tmp_path: Path):
    files = [("/etc/vigie/agent.toml", b"1"), ("/etc/systemd/system/agent.service.d/simulate.conf", None)]
    first = applied.digest("1-a", files)
    assert first == applied.digest("1-a", reversed(files))
    others = [
        applied.digest("2-b", files),
        applied.digest("1-a", files[:1]),
        applied.digest("1-a", [*files[:1], (files[1][0], b"")]),
    ]
    assert len({first, *others}) == 4
    assert applied.read(tmp_path / "applied.json") == {}
    applied.save(tmp_path / "applied.json", {"agent.service": first})
    assert applied.read(tmp_path / "applied.json") == {"agent.service": first}
    (tmp_path / "applied.json").write_text("{")
    assert applied.read(tmp_path / "applied.json") == {}, "then all is started again"


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
    for name in ("1-a", "2-b", "2-b"):
        releases.switch(name)
        assert releases.current == name
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
    assert done.stdout.startswith(b"vigie-facts:{")
    for version in ((3, 7), (3, 9)):
        ast.parse((TARGET / "probe.py").read_text(encoding="utf-8"), feature_version=version)


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
