"""A wrong configuration is one clear error: file, line, key, and the nearest key that exists."""

from pathlib import Path
from typing import Annotated

import pytest
from pydantic import Field, model_validator

from vigie.runtime.broker_url import ENV_KEYS, BrokerSettings
from vigie.runtime.config import ConfigError, Settings, WrongValue, load
from vigie.runtime.mqtt import BrokerUnreachable, Identity, connect


class Part(Settings):
    pin: int = 17
    location: str = ""


class Step(Settings):
    wait_s: float = 0.0


class Plan(Settings):
    steps: tuple[Step, ...] = ()
    first: Step | None = None

    @model_validator(mode="after")
    def _calm(self):
        if self.steps and self.steps[0].wait_s > 100:
            raise WrongValue(("steps", "0", "wait_s"), "nobody waits so long")
        return self


class House(Settings):
    broker: BrokerSettings = BrokerSettings()
    parts: dict[Annotated[str, Field(pattern="^[a-z]+$")], Part] = {}
    optional: Part | None = None
    plans: tuple[Plan, ...] = ()


def load_text(tmp_path: Path, text: str, environ: dict[str, str] | None = None) -> House:
    path = tmp_path / "house.toml"
    path.write_text(text, encoding="utf-8")
    return load(House, path, environ or {}, ENV_KEYS)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[broker]\nulr = 'x'\n", r"house.toml:2: unknown key 'broker.ulr'; did you mean 'url'\?"),
        (
            "# c\n\n[parts.hall]\npin = 4\nlocatoin = 'x'\n",
            r"house.toml:5: unknown key 'parts.hall.locatoin'; did you mean 'location'\?",
        ),
        ("[optional]\nzzz = 1\n", r"house.toml:2: unknown key 'optional.zzz'; known keys: location, pin"),
        ("[parts.hall]\npin = 'four'\n", r"house.toml:2: 'parts.hall.pin': .*integer.*'four'"),
        ("parts = 3\n", r"house.toml:1: 'parts'"),
        ("[broker\n", r"house.toml:1: not TOML"),
        ("[parts.HALL]\npin = 4\n", r"house.toml:1: 'parts.HALL': String should match"),
        ("[[plans]]\n[[plans]]\nstep = 1\n", r"house.toml:3: unknown key 'plans.1.step'; did you mean 'steps'\?"),
        (
            "[[plans]]\n[[plans]]\nsteps = [{ wait = 1 }]\n",
            r"house.toml:3: unknown key 'plans.1.steps.0.wait'; did you mean 'wait_s'",
        ),
        ("[[plans]]\n[[plans]]\n[[plans.steps]]\n[[plans.steps]]\nwait = 1\n", r"house.toml:5: unknown key 'plans.1.steps.1.wait'"),
        ("[[plans]]\n[plans.first]\nwait = 1\n", r"house.toml:3: unknown key 'plans.0.first.wait'; did you mean 'wait_s'"),
        ("[plans]\nsteps = []\n", r"house.toml:1: 'plans': Input should be an array"),
        ("[[plans]]\n[[plans]]\n[[plans.steps]]\nwait_s = 101\n", r"house.toml:4: nobody waits so long"),
        ("[broker]\nurl = 'http://x'\n", r"house.toml:2: 'broker.url': http:// is no MQTT address"),
    ],
)
def test_a_mistake_names_its_line_and_its_mend(tmp_path, text, message):
    with pytest.raises(ConfigError, match=message):
        load_text(tmp_path, text)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ConfigError, match="absent.toml: no such file"):
        load(House, tmp_path / "absent.toml", {}, ENV_KEYS)


def test_the_environment_is_stronger_than_the_file(tmp_path):
    house = load_text(tmp_path, "[broker]\nurl = 'file:1'\nusername = 'pi'\n", {"MQTT_BROKER": "env:2"})
    assert (house.broker.host, house.broker.port, house.broker.username) == ("env", 2, "pi")


def test_an_empty_variable_is_an_unset_one(tmp_path):
    assert load_text(tmp_path, "[broker]\nurl = 'file'\n", {"MQTT_BROKER": ""}).broker.host == "file"


def test_a_wrong_variable_is_named_as_such(tmp_path):
    with pytest.raises(ConfigError, match="environment variable MQTT_PROTOCOL: 'broker.protocol'"):
        load_text(tmp_path, "", {"MQTT_PROTOCOL": "4"})


@pytest.mark.parametrize(
    ("url", "host", "port", "tls"),
    [
        ("192.168.1.50", "192.168.1.50", 1883, False),
        ("broker.local:1884", "broker.local", 1884, False),
        ("mqtt://[::1]:1885", "::1", 1885, False),
        ("mqtts://broker", "broker", 8883, True),
        ("mqtts://pi:s%40fe@broker:9", "broker", 9, True),
    ],
)
def test_a_broker_address_is_read_in_all_its_forms(url, host, port, tls):
    broker = BrokerSettings(url=url)
    assert (broker.host, broker.port, broker.uses_tls) == (host, port, tls)


def test_credentials_come_from_settings_file_or_address(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("file-secret\n", encoding="utf-8")
    assert BrokerSettings().credentials() is None
    assert BrokerSettings(username="pi", password="p").credentials() == ("pi", "p")
    assert BrokerSettings(username="pi", password_file=secret).credentials() == ("pi", "file-secret")
    assert BrokerSettings(url="mqtt://pi:s%40fe@broker").credentials() == ("pi", "s@fe")


class WithBroker(Settings):
    broker: BrokerSettings = BrokerSettings()


@pytest.mark.parametrize("variable", ["MQTT_PASSWORD_FILE", "MQTT_TLS_CA"])
def test_a_file_that_cannot_be_read_is_a_mistake_of_the_configuration(tmp_path, variable):
    with pytest.raises(ConfigError, match=f"environment variable {variable}: .*cannot be read: No such file"):
        load(WithBroker, None, {variable: str(tmp_path / "absent")}, ENV_KEYS)


async def test_a_file_that_goes_bad_under_a_running_program_is_an_outage_not_its_end(tmp_path):
    secret, certificate = tmp_path / "secret", tmp_path / "ca.pem"
    secret.write_text("file-secret\n", encoding="utf-8")
    certificate.write_text("no certificate", encoding="utf-8")
    without_secret = BrokerSettings(username="pi", password_file=secret)
    secret.unlink()
    for settings, words in ((without_secret, "MQTT_PASSWORD_FILE"), (BrokerSettings(tls_ca=certificate), "is no certificate")):
        with pytest.raises(BrokerUnreachable, match=words):
            async with connect(settings, Identity("pi")):
                pass


def test_a_password_is_not_in_the_text_of_the_settings():
    assert "hunter2" not in repr(BrokerSettings(username="pi", password="hunter2"))


class Pins(Settings):
    name: str
    sensor: Part | None = None
    siren: int = 22

    @model_validator(mode="after")
    def _differ(self):
        if self.sensor and self.sensor.pin == self.siren:
            raise ValueError(f"pin {self.siren} is used twice")
        return self


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nam = 'x'\n", r"pins.toml:1: unknown key 'nam'; did you mean 'name'\?"),
        ("siren = 4\n", r"pins.toml: 'name' is missing; set it there or by the environment variable NAME"),
        ("name = 'x'\nsiren = 4\n[sensor]\npin = 4\n", r"pins.toml: pin 4 is used twice$"),
    ],
    ids=["misspelt before missing", "missing says how to give it", "about two keys"],
)
def test_the_fault_that_says_most_is_told(tmp_path, text, message):
    path = tmp_path / "pins.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        load(Pins, path, {}, {"NAME": "name"})
