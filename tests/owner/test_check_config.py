"""`vigie check-config` says what a file means, warns of what is likely wrong, and fails with the program's own words."""

import os
import subprocess
import sys

import pytest

from tests.house import clean_environment
from vigie.cli import OK, USAGE, main

AGENT = """\
device_id = "hall"
data_dir = "/var/lib/vigie/agent"

[broker]
url = "192.168.1.50"

[sensors.motion]
pin = 17
location = "door"

[servo]
pin = 12
presets = { door = -60 }

[siren]
pin = 22
"""


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch):
    for name in set(os.environ) - set(clean_environment()):
        monkeypatch.delenv(name)


@pytest.fixture
def check(tmp_path, capsys):
    """Checks a text as a file of mode 600; returns status, stdout, stderr."""

    def run(text, *arguments, name="house.toml", mode=0o600):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        path.chmod(mode)
        status = main(["check-config", str(path), *arguments])
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return run


def test_what_it_understood_is_listed(check):
    status, out, _ = check(AGENT)
    assert status == OK
    assert out.splitlines()[0].endswith("house.toml: an agent's configuration")
    assert out.splitlines()[1:] == [
        "✓ device      hall",
        '✓ sensor      motion: BCM 17, kind motion, pull down, active high, "door"',
        "✓ servo       BCM 12, -90° to 90°, door -60°",
        "✓ siren       BCM 22, active high, at most 180 s",
        "✓ alarm       exit delay none in surveillance, none in night; entry delay none; loud for 60 s",
        "✓ zone        motion: instant, surveillance and night",
        "✓ broker      192.168.1.50:1883, no TLS, anonymous",
        "✓ data folder /var/lib/vigie/agent",
    ]


@pytest.mark.parametrize(
    ("text", "program"),
    [
        (AGENT, "an agent's"),
        ('[sensors.motion]\npin = 17\n[broker]\nurl = "x"\n', "an agent's"),
        ('backend_url = "http://127.0.0.1:8000"\n', "a bridge's"),
        ('bridge_id = "b"\n[broker]\nurl = "x"\n', "a bridge's"),
        ('host = "127.0.0.1"\nport = 8000\n', "a server's"),
    ],
)
def test_the_program_follows_from_the_keys(check, text, program):
    assert f"{program} configuration" in check(text)[1]


def test_keys_that_do_not_tell_are_usage(check):
    status, out, err = check('log_level = "INFO"\n')
    assert (status, out) == (USAGE, "")
    assert err.endswith("its keys do not tell whose file it is; say --for agent, --for bridge or --for server\n")
    assert check('log_level = "INFO"\n', "--for", "bridge")[0] == OK


@pytest.mark.parametrize(
    ("program", "text"),
    [
        ("agent", AGENT.replace("presets", "presest")),
        ("agent", AGENT.replace("pin = 22", "pin = 17")),
        ("agent", 'device_id = "Hall"\n'),
        ("bridge", 'backend_ulr = "http://x"\n'),
        ("server", "port = 'eighty'\n"),
        ("server", "port = 1\n[[\n"),
    ],
)
def test_a_mistake_is_told_in_the_programs_own_words(check, tmp_path, program, text):
    status, out, err = check(text, "--for", program)
    assert (status, out) == (USAGE, "")
    argv = [sys.executable, "-m", "vigie", program, "--config", str(tmp_path / "house.toml")]
    told = subprocess.run(argv, capture_output=True, text=True, timeout=30, env=clean_environment())
    assert told.returncode == USAGE
    assert err.partition(": ")[2] == told.stderr.partition(": ")[2]


def test_a_misspelt_key_still_tells_the_program(check):
    assert "did you mean 'backend_url'?" in check('backend_ulr = "http://x"\n')[2]


@pytest.mark.parametrize(
    ("line", "warning"),
    [
        ("[sensors.attic]\npin = 5", "the kind 'attic' is not known"),
        ("[sensors.motion]\npin = 3", "sensors.motion is on BCM 3, which is also I2C"),
        ("[sensors.motion]\npin = 14", "the serial console (UART)"),
        ("[servo]\npin = 5", "BCM 5 has no kernel PWM"),
        ("[siren]\npin = 22\nmax_duration_s = 2", "never longer than 2 s"),
        ('[broker]\nurl = "10.0.0.1"\nusername = "a"\npassword = "b"', "crosses the network to 10.0.0.1 in clear"),
        ('[broker]\nusername = "a"', "a has none"),
        ('[broker]\npassword = "b"', "there is no username"),
    ],
)
def test_what_is_allowed_but_likely_wrong_is_warned_of(check, line, warning):
    status, out, _ = check(f'device_id = "hall"\n{line}\n')
    assert status == OK
    assert any(warning in found and found.startswith("! ") for found in out.splitlines()), out


def test_a_file_with_a_password_that_everybody_can_read_is_warned_of(check, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("s3cret")
    text = f'device_id = "hall"\n[broker]\nusername = "a"\npassword_file = "{secret}"\n'
    secret.chmod(0o644)
    assert f"chmod 600 {secret}" in check(text)[1]
    secret.chmod(0o600)
    assert "chmod" not in check(text)[1]
    assert "chmod 600" in check('device_id = "hall"\n[broker]\nurl = "mqtt://a:b@localhost"\n', mode=0o644)[1]


def test_no_password_is_ever_printed(check):
    for text in ('[broker]\nusername = "a"\npassword = "s3cret"', '[broker]\nurl = "mqtt://a:s3cret@x"'):
        assert "s3cret" not in check(f'device_id = "hall"\n{text}\n')[1]
    assert "s3cret" not in check('backend_url = "http://x"\nbackend_token = "s3cret"\n')[1]


def test_a_device_that_only_the_environment_names(check, monkeypatch):
    text = "[sensors.motion]\npin = 17\n"
    status, out, _ = check(text)
    assert status == OK
    assert "! device      the file does not name it" in out
    assert "✓ device " not in out
    assert "/vigie/agents/DEVICE_ID" in out
    monkeypatch.setenv("DEVICE_ID", "cellar")
    assert "✓ device      cellar" in check(text)[1]


def test_what_the_environment_overrules_is_said(check, monkeypatch):
    monkeypatch.setenv("MQTT_BROKER", "other:1884")
    out = check(AGENT)[1]
    assert "✓ broker      other:1884" in out
    assert "! environment MQTT_BROKER is set here and stronger than the file's broker.url" in out


def test_a_server_open_to_the_network_and_another_database_are_warned_of(check):
    out = check('host = "0.0.0.0"\ndatabase_url = "postgresql+psycopg://u:s3cret@x/vigie"\n')[1]
    assert "! address     0.0.0.0 can be reached from there: what is sent can be read on the way" in out
    assert "! database    postgresql+psycopg is not supported yet" in out
    assert "s3cret" not in out


def test_a_file_that_is_not_there_is_usage(tmp_path, capsys):
    assert main(["check-config", str(tmp_path / "absent.toml")]) == USAGE
    assert "absent.toml: no such file" in capsys.readouterr().err


CAMERA = """
[camera]
source = "v4l2"
device = "/dev/v4l/by-id/usb-cam"
width = 1280
height = 720
fps = 15
park = "door"
{more}
"""


def test_a_camera_is_put_in_words(check):
    status, out, _ = check(AGENT + CAMERA.format(more=""))
    assert status == OK
    lines = out.splitlines()
    assert "✓ camera      v4l2 at /dev/v4l/by-id/usb-cam, 1280x720 at 15/s, 1.5 Mbit/s" in lines
    assert "✓ clips       5 s from before, at most 300 s each; 4 GB or 14 days on the card, 0.5 GB stay free" in lines
    assert "✓ privacy     in active the lens looks at door, and nothing is recorded" in lines


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ("token_file = '/nonexistent'", "make it, or leave token_file out"),
        ("[camera.patrol]\npresets = ['hall', 'stairs']\ndwell_s = 10\n", "after 60 moves in an hour it stands still"),
    ],
)
def test_what_is_likely_wrong_with_a_camera_is_a_warning(check, more, words):
    text = AGENT.replace("door = -60", "door = -60, hall = 0, stairs = 40")
    assert words in check(text + CAMERA.format(more=more))[1]
