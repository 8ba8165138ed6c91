"""A site's broker among hostile clients: none of them gets in, gets anything, or gets anything across."""

import pytest

from tests.certificates import Authority
from tests.deploy.hostile_attempts import ATTEMPTS, EVIL, REVOKED, ROTATED, VICTIM, Stage
from tests.deploy.sites import ASite
from tests.processes import listening_addresses

_OPEN = ("password_file", "acl_file", "use_username_as_clientid", "allow_anonymous", "max_packet_size")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    found = ASite(tmp_path_factory.mktemp("site"), EVIL, REVOKED, ROTATED)
    found.provision(device_id=VICTIM, camera="synthetic")
    return found


@pytest.fixture(scope="module")
def stage(site, tmp_path_factory):
    """Its broker has read its files again since it was started, as it does for each new device."""
    site.start_broker()
    old = {name: site.password(name) for name in (REVOKED, ROTATED)}
    site.provision(device_id=REVOKED, revoke=True)
    site.provision(device_id=ROTATED, rotate=True)
    found = Stage(site, old, Authority(tmp_path_factory.mktemp("other")))
    yield found
    found.close()
    site.stop_broker()


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=lambda attempt: attempt.name)
def test_no_attempt_gets_through(stage, attempt):
    stage.gather()
    assert not attempt.got_through(stage)


def test_they_are_many_and_each_is_another():
    assert len({attempt.name for attempt in ATTEMPTS}) == len(ATTEMPTS) >= 60


def test_what_belongs_to_a_device_gets_through(stage):
    """Else a broker that delivers nothing would do as well."""
    stage.gather()
    with stage.person(EVIL) as device:
        for topic in ("sensors/{}/motion", "results/{}/servo", "states/{}/media", "status/{}", "heartbeats/{}", "replays/{}"):
            own = topic.format(EVIL)
            device.publish(own, f"mine {own}".encode())
            assert device.is_through()
            assert stage.hears(f"mine {own}".encode())
        device.subscribe(f"commands/{EVIL}/+", f"acks/{EVIL}", "sensors/+/alarm", "heartbeats/#", "site/mode")
        for user, topic in (("bridge", f"commands/{EVIL}/servo"), ("bridge", f"acks/{EVIL}"), ("operator", "site/mode")):
            stage.witnesses[user].publish(topic, topic.encode())
            assert device.read_until(topic.encode()) == []
        stage.witnesses[VICTIM].publish(f"sensors/{VICTIM}/alarm", b"alarm")
        assert device.read_until(b"alarm") == []


def test_a_client_without_an_id_has_its_users_and_no_other(stage):
    """As `mosquitto_sub` is."""
    with stage.person(EVIL, client_id="", version=4) as nameless, stage.person(EVIL, client_id="", version=4) as next_one:
        assert not nameless.is_through()
        assert next_one.is_through()


def test_it_listens_where_it_should_and_nowhere_else(stage):
    expected = {f"127.0.0.1:{stage.site.local_port}", f"127.0.0.1:{stage.site.tls_port}"}
    assert set(listening_addresses(stage.site.pid)) == expected


@pytest.fixture(scope="module")
def open_stage(tmp_path_factory):
    """The control: the same broker without users and rights."""
    site = ASite(tmp_path_factory.mktemp("open"), EVIL, VICTIM)
    lines = [line for line in site.configuration.read_text().splitlines() if not line.startswith(_OPEN)]
    site.configuration.write_text("\n".join(["allow_anonymous true", *lines]))
    site.start_broker()
    found = Stage(site, {REVOKED: "any", ROTATED: "any"}, Authority(tmp_path_factory.mktemp("none")))
    yield found
    found.close()
    site.stop_broker()


@pytest.mark.parametrize("attempt", [attempt for attempt in ATTEMPTS if attempt.bites], ids=lambda attempt: attempt.name)
def test_on_an_open_broker_it_would_get_through(open_stage, attempt):
    open_stage.gather()
    assert attempt.got_through(open_stage)
