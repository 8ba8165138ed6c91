"""`vigie up` on what cannot be used: one clear line, exit status 1 or 2, nothing started."""

from pathlib import Path

import pytest

from vigie.cli import USAGE, main
from vigie.deploy.broker import free_port
from vigie.deploy.house import HouseOptions, run


@pytest.mark.parametrize("part", ["logs", "broker", "agents"])
def test_a_folder_that_cannot_be_used_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str], part: str):
    (tmp_path / part).write_text("in the way", encoding="utf-8")
    assert run(HouseOptions(data_dir=tmp_path, port=free_port(), broker="mosquitto")) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"vigie up: {tmp_path} cannot be used: ")
    assert line.endswith("choose another with --data DIR")


def test_an_unknown_broker_is_a_mistake_of_usage(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as end:
        main(["up", "--broker", "rabbit"])
    assert end.value.code == USAGE
    assert "'rabbit' is none of auto, mosquitto, embedded, mqtt://HOST:PORT" in capsys.readouterr().err
