"""The broker's configuration as text. What it does is in `test_hostile_broker.py`."""

import base64
import hashlib
from pathlib import Path

import pytest

from vigie.deploy import mosquitto
from vigie.deploy.broker import choose
from vigie.deploy.mosquitto import BrokerPlan, access_list, configuration, is_hash_of, password_file, password_hash
from vigie.protocol import topics

SALT = bytes(range(12))
PLAN = BrokerPlan(Path("/etc/vigie/site/broker"), "mosquitto", Path("/run/mosquitto/mosquitto.pid"))


def rights_of(user: str, devices=("raspberry-01", "raspberry-02")) -> set[tuple[str, str]]:
    block = access_list(devices).split(f"user {user}\n")[1].split("\nuser ")[0]
    return {tuple(line.split()[1:]) for line in block.splitlines() if line}


def test_a_hash_is_mosquittos_own_form():
    _, kind, rounds, salt, digest = password_hash("secret", SALT).split("$")
    assert (kind, base64.b64decode(salt)) == ("7", SALT)
    assert base64.b64decode(digest) == hashlib.pbkdf2_hmac("sha512", b"secret", SALT, int(rounds))
    assert int(rounds) > 101  # mosquitto_passwd's


def test_a_hash_fits_its_own_password_only():
    known = password_hash("secret", SALT)
    assert is_hash_of(known, "secret")
    assert not is_hash_of(known, "Secret")
    assert not any(is_hash_of(rubbish, "secret") for rubbish in ("", "secret", "$7$1000$AA", "$7$1000$!$AA", known[:-4]))


def test_a_salt_that_mosquitto_would_not_read_is_refused():
    with pytest.raises(ValueError, match="12 bytes"):
        password_hash("secret", b"short")


def test_each_user_has_a_line():
    assert password_file({"b": "$7$2", "a": "$7$1"}) == "a:$7$1\nb:$7$2\n"


def test_a_device_writes_what_is_its_own_and_the_mode_and_nothing_else():
    written = {topic for access, topic in rights_of("raspberry-01") if access != "read"}
    assert all("raspberry-01" in topic for topic in written - {topics.MODE})
    assert not any(topic.startswith(("commands/", "acks/")) for topic in written)


def test_a_device_reads_no_state_but_what_its_rules_need():
    readable = {topic for access, topic in rights_of("raspberry-01") if access != "write"}
    own = {"commands/raspberry-01/+", "acks/raspberry-01"}
    assert readable == {*own, "sensors/+/+", "heartbeats/+", "site/mode"}


def test_the_bridge_writes_commands_acks_and_the_mode():
    assert {topic for access, topic in rights_of("bridge") if access != "read"} == {"commands/+/+", "acks/+", "site/mode"}


def test_what_opens_a_camera_is_for_the_bridge_alone():
    assert ("deny", "states/+/media") in rights_of("operator")
    readers = {
        user for user in ("raspberry-01", "tool.raspberry-01", "tool.bridge") for _, topic in rights_of(user) if "media" in topic
    }
    assert readers == set()


def test_a_right_belongs_to_a_named_user():
    lines = access_list(["raspberry-01"]).splitlines()
    assert lines[0].startswith("user ")
    assert {line.split()[0] for line in lines if line} == {"user", "topic"}


def test_names_of_users_of_ours_cannot_be_devices():
    assert {mosquitto.BRIDGE, mosquitto.OPERATOR, mosquitto.PROVISION} <= mosquitto.RESERVED_NAMES
    assert not topics.is_device_id(mosquitto.tool_user("raspberry-01"))


def test_the_configuration_lets_nobody_in_unnamed_and_includes_nothing():
    lines = [line for line in configuration(PLAN).splitlines() if line and not line.startswith("#")]
    assert "allow_anonymous false" in lines
    assert not any(line.startswith(("include_dir", "allow_anonymous true", "persistence true", "plugin")) for line in lines)


def test_the_option_of_a_listener_comes_after_each():
    sections = configuration(PLAN).split("\nlistener ")[1:]
    assert [section.split("\n")[0] for section in sections] == ["1883 127.0.0.1", "8883"]
    assert all("\nuse_username_as_clientid true" in section for section in sections)
    assert "tls_version tlsv1.2" in sections[1]


def test_the_broker_for_trying_out_shares_what_is_the_same(tmp_path):
    choose("mosquitto", tmp_path, 20_000)
    assert mosquitto.PIPE in (tmp_path / "mosquitto.conf").read_text()
    assert mosquitto.PIPE in configuration(PLAN)
