"""The newest rows are in memory as well: whoever reads on gets what the disk has, wherever the bound of that memory lies."""

from contextlib import closing

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vigie.bridge import spool_file
from vigie.bridge.intake import Row
from vigie.bridge.spool_file import ROW_BYTES, Received, SpooledRow, SpoolFile

kinds = st.sampled_from(["add", "add live", "delete", "park"])
steps = st.lists(st.tuples(kinds, st.integers(1, 6), st.integers(0, 30)), min_size=1, max_size=20)


def rows(count: int) -> list[Row]:
    return [Row("pi", b'{"id":"x"}') for _ in range(count)]


def read(file: SpoolFile, position: int) -> list[SpooledRow]:
    return file.after(position, 1000, 1 << 20)


@pytest.fixture
def folder(tmp_path_factory):
    return tmp_path_factory


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(steps=steps, bound_rows=st.integers(0, 12))
def test_memory_and_disk_say_the_same(folder, steps, bound_rows):
    with pytest.MonkeyPatch.context() as patch, closing(SpoolFile(folder.mktemp("spool") / "spool.db")) as file:
        patch.setattr(spool_file, "_TAIL_BYTES", bound_rows * (ROW_BYTES + len(b'{"id":"x"}')))
        for what, count, position in steps:
            there = read(file, 0)
            if what == "delete":
                file.delete([row.id for row in there[position : position + count]])
            elif what == "park" and there:
                file.park(there[position % len(there)], "no")
            elif what.startswith("add"):
                file.insert([Received(rows(count), is_live=what == "add live")], "boot", 5)
            for behind in (0, position, max([row.id for row in there], default=0)):
                assert read(file, behind) == list(file._on_disk(behind))
