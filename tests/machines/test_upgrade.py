"""From the version before to this one while the house is guarded: machine by machine, with both versions at work together."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.machines.releases import built_from, changed
from tests.machines.site import SiteOfMachines

BEFORE = "c07a390"
"""The version before, of the hub: the first one with `vigie deploy`."""
BEFORE_PI = "7a5ebc1"
"""The version before, of the Pis: the last one without it."""
ONE, TWO = "raspberry-01", "raspberry-02"


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Of the hub, of the Pis."""
    return built_from(BEFORE, tmp_path_factory.mktemp("hub")), built_from(BEFORE_PI, tmp_path_factory.mktemp("pi"))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, old: tuple[Path, Path]) -> Iterator[SiteOfMachines]:
    """Everything of the version before; only the command that puts it there is of today."""
    site = SiteOfMachines(tmp_path_factory.mktemp("machines"), "vigie-u", ONE, TWO)
    try:
        site.set_up(
            "sudo apt-get install -y --no-install-recommends pipx",
            f"pipx install '{Path('/wheels') / site.wheel.name}[hub]'",
            "sudo ln -s ~/.local/bin/vigie /usr/local/sbin/vigie",  # today's, before the one that is put there
        )
        for wheel, folder in zip(old, ("hub", "pi"), strict=True):
            site.hub.run(f"mkdir /home/pi/{folder}")
            site.hub.put(wheel, f"/home/pi/{folder}/{wheel.name}")
        site.deploy("localhost", "--role", "hub", "--wheel", f"/home/pi/hub/{old[0].name}")
        for name in (ONE, TWO):
            site.take_in(name, "--wheel", f"/home/pi/pi/{old[1].name}")
        site.make_account()
        yield site
    finally:
        site.remove()


def versions(site: SiteOfMachines) -> list[str]:
    return [machine.run("readlink /opt/vigie/current").strip() for machine in site.machines]


def test_both_versions_work_together_whichever_is_first(site: SiteOfMachines):
    before = versions(site)
    accepted = [site.trip(name) for name in (ONE, TWO)]
    for upgrade in (lambda: site.take_in(ONE), lambda: site.deploy("localhost", "--role", "hub"), lambda: site.take_in(TWO)):
        upgrade()
        for name in (ONE, TWO):
            site.await_reports(name)
    assert all(now != then for now, then in zip(versions(site), before, strict=True))
    for event_id in accepted:
        site.await_event(event_id)


def test_a_server_that_migrates_and_does_not_live_leaves_a_database_for_the_one_before(site: SiteOfMachines, tmp_path: Path):
    event_id = site.trip(ONE)
    site.await_event(event_id)
    migration = (
        "from alembic import op\nimport sqlalchemy as sa\n"
        "revision, down_revision = '0099', '0006'\n"
        "def upgrade():\n    op.create_table('of_tomorrow', sa.Column('id', sa.Integer, primary_key=True))\n"
    )
    when_ready = "def notify(message):\n    if 'READY' in message:\n        raise SystemExit('dies when it is ready')\n"
    broken = {"server__migrations__versions__0099_tomorrow": migration, "runtime__sdnotify": when_ready}
    bad = changed(site.wheel, tmp_path, "0.9.0", **broken)
    site.hub.put(bad, f"/home/pi/{bad.name}")
    said = site.deploy("localhost", "--role", "hub", "--wheel", f"/home/pi/{bad.name}", check=False)
    assert "rolled back" in said
    assert "which is up" in said
    assert "dies when it is ready" in said
    revision = "select version_num from alembic_version"
    python = f"import sqlite3; print(sqlite3.connect('/var/lib/vigie/server/vigie.db').execute('{revision}').fetchone()[0])"
    assert site.hub.run(f'python3 -c "{python}"').strip() == "0099", "it was migrated"
    site.await_event(event_id)
    site.await_reports(ONE)
