"""What a machine needs, and which machines are fit: a table."""

import pytest

from vigie.deploy.plan import Facts, device_in, extras, objections, own_name, own_names, packages, roles

ALWAYS = ("python3-venv", "avahi-daemon", "libnss-mdns")
PI: Facts = {
    "hostname": "Raspberry-01.fritz.box",
    "address": "192.168.1.21",
    "configurations": {"agent.toml": 'device_id = "garage"'},
    "python": [3, 11],
    "machine": "aarch64",
    "bits": 64,
    "os": "debian",
    "os_like": "",
    "os_name": "Debian GNU/Linux 12 (bookworm)",
    "is_root": True,
    "has_systemd": True,
    "free_bytes": 5_000_000_000,
}


@pytest.mark.parametrize(
    "kind",
    [{}, {"python": [3, 13]}, {"os": "raspbian", "os_like": "debian"}, {"os": "ubuntu", "os_like": "debian", "machine": "x86_64"}],
)
def test_a_machine_that_is_fit(kind: dict[str, object]):
    assert objections({**PI, **kind}) == []


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ({"is_root": False}, "sudo"),
        ({"has_systemd": False}, "systemd"),
        ({"os": "alpine", "os_name": "Alpine Linux 3.22"}, "Alpine Linux 3.22; Debian 12"),
        ({"python": [3, 9]}, "Python is 3.9; 3.11 is needed"),
        ({"bits": 32}, "64-bit Raspberry Pi OS"),
        ({"free_bytes": 90_000_000}, "90 MB are free there; 600 MB"),
    ],
)
def test_a_machine_that_is_not_and_what_would_help(kind: dict[str, object], says: str):
    (reason,) = objections({**PI, **kind})
    assert says in reason


@pytest.mark.parametrize(
    ("role", "camera", "python", "apt", "from_pip"),
    [
        ("agent", None, [3, 11], {*ALWAYS}, {"agent": ("agent",)}),
        ("agent", None, [3, 13], {*ALWAYS, "python3-lgpio"}, {"agent": ("agent",)}),
        ("agent", "picamera2", [3, 11], {*ALWAYS, "python3-picamera2", "python3-av", "python3-numpy"}, {"agent": ("agent",)}),
        ("agent", "v4l2", [3, 11], {*ALWAYS}, {"agent": ("agent", "camera")}),
        ("bridge", None, [3, 13], {*ALWAYS}, {"bridge": ("bridge",)}),
        ("server", None, [3, 11], {*ALWAYS}, {"server": ("server",)}),
        ("hub", None, [3, 11], {*ALWAYS, "mosquitto"}, {"bridge": ("bridge", "provision"), "server": ("server", "provision")}),
    ],
)
def test_what_a_role_wants(role: str, camera: str | None, python: list[int], apt: set[str], from_pip: dict[str, tuple[str, ...]]):
    assert set(packages(role, camera, {**PI, "python": python}, simulate=False)) == apt
    assert extras(role, camera, roles(role)) == from_pip


def test_a_hub_whose_page_is_elsewhere_has_no_server():
    assert roles("hub") == ("bridge", "server")
    assert roles("hub", page_is_elsewhere=True) == ("bridge",)


def test_simulated_pins_want_nothing_that_only_raspberry_pi_os_has():
    assert set(packages("agent", None, {**PI, "python": [3, 13]}, simulate=True)) == {*ALWAYS}


def test_a_machine_is_called_as_it_calls_itself():
    assert own_name(PI) == "raspberry-01"
    assert own_names(PI) == ("raspberry-01.local", "raspberry-01", "192.168.1.21")
    assert own_names({**PI, "address": ""}) == ("raspberry-01.local", "raspberry-01")


@pytest.mark.parametrize(
    ("text", "device"), [('device_id = "garage"', "garage"), ("device_id = 5", None), ("device_id =", None), ("", None)]
)
def test_a_machine_that_is_a_device_stays_that_one(text: str, device: str | None):
    assert device_in({**PI, "configurations": {"agent.toml": text}}) == device
