"""The server on a machine of its own: broker and bridge stay on the hub."""

from pathlib import Path

import pytest

from tests.machines.site import SiteOfMachines

PI, BOX = "raspberry-01", "box"


@pytest.fixture
def site(tmp_path: Path):
    site = SiteOfMachines(tmp_path, "vigie-e", PI, BOX)
    try:
        site.set_up(
            "sudo apt-get install -y --no-install-recommends pipx",
            f"pipx install '{Path('/wheels') / site.wheel.name}[hub]'",
            "sudo ~/.local/bin/vigie deploy localhost --role hub",
        )
        yield site
    finally:
        site.remove()


def test_the_server_moves_to_a_machine_of_its_own(site: SiteOfMachines):
    said = site.deploy(f"pi@{BOX}.local", "--role", "server")
    assert f"page: https://{BOX}.local:8000" in said
    assert "hub: it has to know of that" in said
    assert f"page: https://{BOX}.local:8000" in site.deploy("localhost", "--role", "hub")
    site.take_in(PI)
    site.server_on(site.pis[BOX])
    site.make_account()
    site.await_reports(PI)
    assert "nothing has changed" in site.deploy(f"pi@{BOX}.local", "--role", "server")
