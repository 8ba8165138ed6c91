"""From two empty machines to a guarded house by the owner's commands, and everything that a deployment has to survive."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.machines.base import ROOT
from tests.machines.machine import Machine
from tests.machines.releases import changed
from tests.machines.site import HUB_UNITS, PI_UNITS, SiteOfMachines
from tests.waiting import wait_until

PI, BY_CODE = "raspberry-01", "raspberry-02"
KILLS = 100
MAX_EXPOSURE = 2.5


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SiteOfMachines]:
    for_hub, for_pi = guide("from-an-empty-card.md")
    site = SiteOfMachines(tmp_path_factory.mktemp("machines"), "vigie-d", PI, BY_CODE)
    try:
        site.hub.put(site.wheel, f"/home/pi/{site.wheel.name}")
        said = site.set_up(*for_hub)
        assert re.search(r"https://hub\.local:8000/set-up#\S{16,}", said), said
        said = site.set_up(*(f"{command} --simulate" for command in for_pi))  # there are no pins
        assert "connected to the broker hub.local:8883" in said
        site.make_account()
        yield site
    finally:
        site.remove()


def guide(name: str) -> list[list[str]]:
    """The commands that the guide gives for the hub, block by block."""
    text = (ROOT / "docs" / "guide" / name).read_text(encoding="utf-8")
    return [block.strip().splitlines() for block in re.findall(r"^```sh hub\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)]


def started_at(machine: Machine, unit: str) -> str:
    return machine.run(f"systemctl show {unit} --property ActiveEnterTimestampMonotonic --value").strip()


def release(machine: Machine) -> str:
    return machine.run("readlink /opt/vigie/current").strip()


def test_an_owners_path_is_short():
    for_hub, for_pi = guide("from-an-empty-card.md")
    assert len(for_hub) <= 3
    assert len(for_pi) == 1
    assert not re.search(r"&&|;|\|", "\n".join((*for_hub, *for_pi))), "a command is one command"
    assert guide("carte-vierge.fr.md") == [for_hub, for_pi]


def test_an_event_of_the_new_pi_is_on_the_server(site: SiteOfMachines):
    site.await_reports(PI)


def test_a_pi_that_nobody_can_reach_joins_by_a_code(site: SiteOfMachines):
    pi = site.pis[BY_CODE]
    pi.put(site.wheel, f"/home/pi/{site.wheel.name}")
    pi.run("sudo apt-get install -y --no-install-recommends pipx", user="pi")
    pi.run(f"pipx install './{site.wheel.name}[agent]'", user="pi")
    code = site.as_anna("POST", "/api/enrolment")["code"]
    with ThreadPoolExecutor() as beside:
        joining = beside.submit(pi.run, f"sudo ~/.local/bin/vigie join hub.local --simulate --code {code}", user="pi", within_s=300)
        wait_until(lambda: joining.done() or site.as_anna("GET", "/api/enrolment")["request"], "it has asked", within_s=60)
        assert not joining.done(), joining.result()
        asked = site.as_anna("GET", "/api/enrolment")["request"]
        assert (asked["device_id"], asked["address"]) == (BY_CODE, pi.address)
        site.as_anna("POST", "/api/enrolment/confirm", {"check_number": asked["check_number"]})
        said = joining.result()
    assert f"check number: {asked['check_number'][:3]} {asked['check_number'][3:]}" in said
    assert "connected to the broker hub.local:8883" in said
    site.await_reports(BY_CODE)
    assert "nothing has changed" in pi.run("sudo vigie deploy localhost --role agent --simulate", user="pi")


def test_the_owners_tools_know_the_machine(site: SiteOfMachines):
    assert f" {PI} " in site.pis[PI].run("sudo -u vigie-agent vigie history")
    said = site.hub.run("sudo vigie doctor", user="pi", check=False)
    assert "✗" not in said, said
    assert "connected" in said or "delivers" in said, said


def test_a_second_deployment_changes_nothing_and_restarts_nothing(site: SiteOfMachines):
    before = [started_at(site.hub, unit) for unit in HUB_UNITS] + [started_at(site.pis[PI], unit) for unit in PI_UNITS]
    for said in (site.deploy("localhost", "--role", "hub"), site.take_in(PI)):
        assert "nothing has changed" in said
        assert not re.search(r"^(write|make|install|start|switch)", said, re.MULTILINE), said
    assert before == [started_at(site.hub, unit) for unit in HUB_UNITS] + [started_at(site.pis[PI], unit) for unit in PI_UNITS]


def test_a_dry_run_says_what_would_be_and_does_nothing(site: SiteOfMachines):
    def files(machine: Machine) -> set[str]:
        return set(machine.run("find /etc /opt /usr/local /root -printf '%p %s %m %u %g %T@\\n'").splitlines())

    machines = (site.hub, site.pis[PI])
    before = [files(machine) for machine in machines]
    said = site.deploy(f"pi@{PI}.local", "--role", "agent", "--name", "raspberry-07", "--key-switch", "--dry-run")
    assert "would write /etc/vigie/mode.key" in said
    for machine, then in zip(machines, before, strict=True):
        assert files(machine) ^ then == set()


def test_nothing_listens_but_what_has_to(site: SiteOfMachines):
    def listening(machine: Machine) -> set[str]:
        lines = machine.run("ss -Hltn").splitlines()
        return {line.split()[3].replace("[::]", "*").replace("0.0.0.0", "*") for line in lines}

    assert listening(site.hub) == {"*:22", "127.0.0.1:1883", "*:8883", "*:8000"}
    assert listening(site.pis[PI]) == {"*:22"}


def test_systemd_finds_little_that_the_units_may_do(site: SiteOfMachines):
    for machine, units in ((site.hub, HUB_UNITS[1:]), (site.pis[PI], PI_UNITS)):
        for unit in units:
            said = machine.run(f"systemd-analyze security --no-pager {unit}.service")
            found = re.search(r"Overall exposure level for \S+: ([\d.]+)", said)
            assert found, said
            assert float(found[1]) <= MAX_EXPOSURE, unit


def test_nobody_else_can_read_the_secrets(site: SiteOfMachines):
    for machine in site.machines:
        readable = machine.run("find /etc/vigie /opt/vigie -type f -perm /o+r -not -path '/opt/vigie/releases/*'").split()
        assert {Path(path).name for path in readable} <= {"ca.crt", "web.crt", "server.crt", "provision.lock", "tool.zip"}
        assert machine.status("cat /var/lib/vigie/*/*.sqlite", user="pi") != 0
    for user, other in (
        ("vigie-bridge", "server/web.key"),
        ("vigie-server", "bridge/bridge.password"),
        ("vigie-server", "site/authority/ca.key"),
    ):
        assert site.hub.status(f"sudo -u {user} cat /etc/vigie/{other}") != 0


def test_units_that_are_killed_again_and_again_are_never_given_up(site: SiteOfMachines):
    def kill(unit: str) -> None:
        machine = site.pis[PI] if unit in PI_UNITS else site.hub
        machine.run(
            f"for i in $(seq {KILLS}); do "
            f"until pid=$(systemctl show {unit} --property MainPID --value); [ $pid != 0 ]; do :; done; "
            f"kill -KILL $pid; while systemctl is-active --quiet {unit}; do :; done; "
            f"systemctl is-failed --quiet {unit} && exit 1; systemctl start --no-block {unit}; done; true",
            within_s=400,
        )
        died = int(machine.run(f"journalctl --unit {unit} --output cat | grep --count 'code=killed'"))
        assert died >= 0.9 * KILLS, "nearly each kill found something to kill"

    with ThreadPoolExecutor() as at_once:
        list(at_once.map(kill, [*HUB_UNITS[1:], *PI_UNITS]))
    site.await_up()
    for machine in site.machines:
        assert machine.run("systemctl --failed --no-legend").strip() == ""
    site.await_reports(PI)


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        ({"agent__app": "raise SystemExit('this release is broken')\n"}, "this release is broken"),
        ({"runtime__mqtt_client": "raise ImportError('cannot connect')\n"}, "cannot connect"),
    ],
    ids=["ends at once", "cannot reach the broker"],
)
def test_a_bad_release_is_rolled_back_and_the_house_is_guarded_on(
    site: SiteOfMachines, tmp_path: Path, broken: dict[str, str], why: str
):
    before = release(site.pis[PI])
    bad = changed(site.wheel, tmp_path, "0.9.0", **broken)
    site.hub.put(bad, f"/home/pi/{bad.name}")
    said = site.deploy(f"pi@{PI}.local", "--role", "agent", "--simulate", "--wheel", f"/home/pi/{bad.name}", check=False)
    assert f"rolled back to release {Path(before).name}, which is up" in said
    assert why in said, "the log says it"
    assert release(site.pis[PI]) == before
    site.await_reports(PI)


def test_a_power_cut_before_the_verdict_goes_back_at_boot(site: SiteOfMachines, tmp_path: Path):
    pi = site.pis[PI]
    before = release(pi)
    new = changed(site.wheel, tmp_path, "0.8.0")
    site.hub.put(new, f"/home/pi/{new.name}")
    with ThreadPoolExecutor() as beside:
        options = ("--role", "agent", "--simulate", "--wheel", f"/home/pi/{new.name}")
        deploying = beside.submit(site.deploy, f"pi@{PI}.local", *options, check=False)
        wait_until(lambda: deploying.done() or release(pi) != before, "it has switched", within_s=120)
        assert not deploying.done(), deploying.result()
        pi.cut()
        assert "rolled back" not in deploying.result()
    pi.boot()
    assert release(pi) == before
    assert pi.status("test -e /opt/vigie/undo.json") != 0
    site.await_reports(PI)
    assert f"link {PI}" not in site.take_in(PI), "and on it goes"


def test_another_machine_of_that_name_is_not_taken_for_it(site: SiteOfMachines):
    said = site.deploy(f"pi@{BY_CODE}.local", "--role", "agent", "--simulate", "--name", PI, check=False)
    assert f"the site has a {PI} already" in said
    assert "--replace" in said
    site.await_reports(PI)


def test_a_configuration_that_is_wrong_is_refused_before_anything_stops(site: SiteOfMachines):
    pi = site.pis[PI]
    since = started_at(pi, "sensor-publisher")
    pi.run("cp -p /etc/vigie/agent.toml /tmp/kept; printf '[servo]\\npin = 12\\nmin_angle = -70\\n' >> /etc/vigie/agent.toml")
    said = site.deploy(f"pi@{PI}.local", "--role", "agent", "--simulate", "--key-switch", check=False)
    assert "not done" in said
    assert "min_angle" in said
    assert "min_angle_deg" in said, "the nearest valid key"
    assert started_at(pi, "sensor-publisher") == since
    pi.run("cp -p /tmp/kept /etc/vigie/agent.toml")


def test_everything_is_back_after_a_reboot_in_any_order(site: SiteOfMachines):
    for machines in ((site.hub, site.pis[PI]), (site.pis[PI], site.hub)):
        for machine in machines:
            machine.reboot()
        site.await_up()
        site.await_reports(PI)


def test_one_that_hangs_is_started_again(site: SiteOfMachines):
    pi = site.pis[PI]
    before = started_at(pi, "sensor-publisher")
    pi.run("systemctl kill --kill-who=main --signal=STOP sensor-publisher")
    wait_until(lambda: started_at(pi, "sensor-publisher") not in (before, "0"), "it is started again", within_s=60)
    site.await_reports(PI)


def test_uninstall_leaves_the_records_and_purge_leaves_nothing(site: SiteOfMachines):
    pi = site.pis[PI]
    said = site.hub.run(f"sudo vigie uninstall pi@{PI}.local", user="pi")
    assert "stop sensor-publisher.service" in said
    assert pi.status("test -e /var/lib/vigie/agent/events.sqlite") == 0
    assert pi.status("test -e /opt/vigie -o -e /usr/local/bin/vigie -o -e /etc/systemd/system/sensor-publisher.service") != 0
    site.hub.run(f"sudo vigie uninstall pi@{PI}.local --purge", user="pi")
    site.pis[BY_CODE].run("sudo ~/.local/bin/vigie uninstall --purge", user="pi")
    site.hub.run("sudo ~/.local/bin/vigie uninstall --purge", user="pi")
    for machine in site.machines:
        elsewhere = " -o ".join(f"-path {path}" for path in ("/proc", "/sys", "/wheels", "/home", "/tmp"))
        left = f"find / -xdev \\( {elsewhere} \\) -prune -o -iname '*vigie*' -print"
        found = [line for line in machine.run(left).splitlines() if not line.startswith(("/run/", "/var/log/journal"))]
        assert found == []
        assert "vigie" not in machine.run("cat /etc/passwd /etc/group")
        assert machine.run("systemctl --failed --no-legend").strip() == ""
    assert "allow_anonymous" not in site.hub.run("cat /etc/mosquitto/mosquitto.conf"), "Debian's own is back"
