"""A new Pi is taken in on the page: its command is run as the page shows it, and the numbers are compared by eye."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.deploy.enrolling import PI, inetd
from tests.deploy.sites import ASite
from tests.e2e.browser import PHONE, dashboard, serious_findings
from tests.house import clean_environment
from tests.server.program import ServerProcess

SETTINGS = 'enrol_socket = "{folder}/enrol.sock"\nenrol_authority = "{authority}"\n'


def test_a_new_pi_is_added_on_the_page(tmp_path: Path):
    site = ASite(tmp_path / "site")
    (tmp_path / "server.toml").write_text(SETTINGS.format(folder=tmp_path, authority=site.ca))
    arguments = ["--config", str(tmp_path / "server.toml")]
    with (
        inetd(tmp_path / "enrol.sock", site.folder),
        ServerProcess(tmp_path / "data", arguments=arguments).wait_until_up() as server,
        dashboard(f"{server.url}/devices", viewport=PHONE) as (page, complaints),
    ):
        page.get_by_test_id("join-add").click()
        with _typed_on_the_pi(page, tmp_path / "etc") as joining:
            _is_confirmed(page, joining)
            assert joining.wait(20) == 0
        expect(page.get_by_test_id("join-taken")).to_contain_text(f"{PI} is in.")
        assert (tmp_path / "etc" / "agent.toml").exists()
        page.get_by_test_id("join-done").click()
        expect(page.get_by_test_id("join-dialog")).to_have_count(0)
        assert complaints == []


def _typed_on_the_pi(page: Page, etc: Path) -> subprocess.Popen[str]:
    expect(page.get_by_test_id("join-code")).to_be_visible()
    expect(page.get_by_test_id("join-only-here")).to_be_visible()
    assert serious_findings(page) == []
    command = shlex.split(page.get_by_test_id("join-dialog").get_by_test_id("snippet").inner_text())
    assert command[:3] == ["sudo", "~/.local/bin/vigie", "join"]
    argv = [sys.executable, "-m", "vigie", *command[2:], "--name", PI, "--etc", str(etc)]
    return subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, env=clean_environment())


def _is_confirmed(page: Page, joining: subprocess.Popen[str]) -> None:
    assert joining.stdout is not None
    said = "".join(joining.stdout.readline() for _ in range(3))
    number = re.search(r"check number: (\d{3} \d{3})", said)
    assert number, said
    expect(page.get_by_test_id("join-number")).to_have_text(number[1])
    expect(page.get_by_test_id("join-name")).to_have_text(PI)
    assert serious_findings(page) == []
    page.get_by_test_id("join-confirm").click()
