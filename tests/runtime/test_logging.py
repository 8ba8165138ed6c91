"""A log line is one line, whatever a device calls itself."""

import logging

import pytest

from vigie.runtime.logging import setup


@pytest.fixture(autouse=True)
def _restore():
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = before, level


def test_a_hostile_value_stays_within_its_line(capsys):
    setup("agent")
    logging.getLogger("test").info("mode=%s", "active\nERROR   agent the house burns\x1b[2J\u2028\x85é")
    assert capsys.readouterr().err == "INFO    agent mode=active\\nERROR   agent the house burns\\x1b[2J\\u2028\\x85é\n"


def test_a_traceback_keeps_its_lines(capsys):
    setup("agent")
    try:
        int("broken")
    except ValueError:
        logging.getLogger("test").exception("task failed")
    assert capsys.readouterr().err.splitlines()[1] == "Traceback (most recent call last):"
