"""The agent's configuration: defaults, resolution per kind, and errors that help."""

import pytest

from vigie.agent.camera_settings import CameraSettings
from vigie.agent.pins import NoGpio, find_chip
from vigie.agent.sensors import resolve
from vigie.agent.settings import ENV_KEYS, AgentSettings
from vigie.protocol.camera import CameraConfig
from vigie.runtime.config import ConfigError, load


def settings(text="", folder=None, **environ):
    path = None
    if text:
        path = folder / "agent.toml"
        path.write_text(text)
    return load(AgentSettings, path, {"DEVICE_ID": "raspberry-01", **environ}, ENV_KEYS)


def test_the_default_wiring_is_that_of_the_contract():
    found = settings(MQTT_BROKER="192.168.1.50")
    assert dict(found.pins()) == {"sensors.motion": 17, "sensors.button": 27, "servo": 12, "siren": 22}
    assert (found.broker.host, found.broker.port) == ("192.168.1.50", 1883)
    motion, button = (resolve(name, sensor) for name, sensor in found.sensors.items())
    assert (motion.pull, motion.active_high) == ("down", True)
    assert (button.pull, button.active_high) == ("up", False)


def test_any_wiring_of_ones_own_replaces_the_default(tmp_path):
    found = settings("[sensors.door]\nkind = 'button'\npin = 5\n", tmp_path)
    assert dict(found.pins()) == {"sensors.door": 5}
    assert (found.servo, found.siren) == (None, None)
    assert resolve("door", found.sensors["door"]).event_body(True, 0)["state"] == "pressed"


def test_only_a_simulated_pi_of_the_default_wiring_has_a_camera_by_itself(tmp_path):
    assert settings().camera is None
    assert settings().with_synthetic_camera().camera.source == "synthetic"
    for wiring in ("[sensors.door]\npin = 5\n", "[sensors.motion]\npin = 17\n[sensors.button]\npin = 27\n[servo]\n[siren]\n"):
        assert settings(wiring, tmp_path).with_synthetic_camera().camera is None
    own = settings("[camera]\nsource = 'v4l2'\n", tmp_path)
    assert (own.with_synthetic_camera().camera.source, len(own.sensors)) == ("v4l2", 2)


def test_a_camera_is_checked_as_its_process_will_check_it():
    assert CameraSettings(source="synthetic").source == CameraConfig(device_id="a", folder="/a", token="t" * 16).source
    for name in CameraSettings.model_fields.keys() & CameraConfig.model_fields.keys() - {"source", "listen_host"}:
        mine, its = CameraSettings.model_fields[name], CameraConfig.model_fields[name]
        assert (mine.default, mine.metadata) == (its.default, its.metadata), name


def test_the_data_folder_is_the_users_state_folder_unless_told(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert settings().folder == tmp_path / "vigie" / "agents" / "raspberry-01"
    assert settings(VIGIE_DATA="/data/pi").folder.as_posix() == "/data/pi"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[sensors.motion]\npin = 40\n", "sensors.motion.pin"),
        ("[sensors.motion]\npinn = 4\n", "did you mean 'pin'"),
        ("[sensors.servo]\npin = 4\n", "a sensor cannot be called 'servo'"),
        ("[sensors.device]\npin = 4\n", "a sensor cannot be called 'device': events of that name"),
        ("[sensors.Big]\npin = 4\n", "sensors.Big"),
        ("[sensors.a]\npin = 4\n[sensors.b]\npin = 4\n", "pin 4 is used by sensors.a and by sensors.b"),
        ("[servo]\nmin_angle_deg = 10\nmax_angle_deg = -10\n", "must be below"),
        ("[servo]\npresets = { attic = 120 }\n", "preset 'attic' at 120 is outside -90..90"),
        ("[servo]\nleft_pulse_us = 2000\nright_pulse_us = 1000\n", "inverted = true"),
        ("[siren]\nmax_duration_s = 0\n", "max_duration_s"),
        ("[sensors.clip]\npin = 4\n", "a sensor cannot be called 'clip': events of that name"),
        ("[sensors.media]\npin = 4\n", "a sensor cannot be called 'media'"),
        ("[camera]\nfps = 5\n", "'camera.source' is missing"),
        ("[camera]\nsource = 'synthetic'\nbit_rate_bps = 9\n", r"agent.toml:3: .*did you mean 'bitrate_bps'"),
        ("[camera]\nsource = 'synthetic'\ntls_key = '/k'\n", "tls_certificate and tls_key belong together"),
        ("[camera]\nsource = 'webcam'\n", r"agent.toml:2: .*'synthetic', 'v4l2' or 'picamera2'"),
        ("[camera]\nsource = 'synthetic'\npark = 'wal'\n[servo]\npresets = {wall = 90}\n", r"toml:3: .*did you mean 'wall'"),
        ("[camera]\nsource = 'synthetic'\npark = 'wall'\n[sensors.door]\npin = 4\n", "no servo preset 'wall'; this Pi has none"),
        ("[camera]\nsource = 'synthetic'\n[camera.patrol]\npresets = ['a', 'b']\n", r"agent.toml:4: .*no servo preset 'a'"),
        (
            "servo = {presets = {a = 1, b = 2}}\n[camera]\nsource = 'synthetic'\npark = 'b'\npatrol = {presets = ['a', 'b']}\n",
            "'b' is where the lens is parked",
        ),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path, text, words):
    with pytest.raises(ConfigError, match=words):
        settings(text, tmp_path)


class FakeLgpio:
    """lgpio's three calls, over chips given as number -> label (None: not allowed)."""

    error = OSError

    def __init__(self, chips):
        self.chips, self.open = chips, set()

    def gpiochip_open(self, number):
        if self.chips[number] is None:
            raise PermissionError("not allowed")
        self.open.add(number)
        return number

    def gpio_get_chip_info(self, handle):
        return [0, 54, f"gpiochip{handle}", self.chips[handle]]

    def gpiochip_close(self, handle):
        self.open.remove(handle)


@pytest.mark.parametrize(
    ("chips", "found"),
    [
        ({0: "pinctrl-bcm2711", 1: "raspberrypi-exp-gpio"}, 0),
        ({0: "gpio-brcmstb@107d508500", 4: "pinctrl-rp1"}, 4),
        ({0: "pinctrl-rp1", 10: "gpio-brcmstb@107d508500"}, 0),
    ],
    ids=["Pi 4", "Pi 5, kernel 6.6", "Pi 5, kernel 6.12"],
)
def test_the_chip_of_the_header_is_found_by_its_label(tmp_path, chips, found):
    for number in chips:
        (tmp_path / f"gpiochip{number}").touch()
    lgpio = FakeLgpio(chips)
    assert find_chip(lgpio, tmp_path) == found
    assert not lgpio.open


def test_a_machine_without_a_header_is_refused_with_what_was_seen(tmp_path):
    for number in (0, 1):
        (tmp_path / f"gpiochip{number}").touch()
    with pytest.raises(NoGpio, match=r"INT34C6.*group gpio.*--simulate"):
        find_chip(FakeLgpio({0: "INT34C6:00", 1: None}), tmp_path)
