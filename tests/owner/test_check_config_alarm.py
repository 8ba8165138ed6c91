"""`vigie check-config` says what each zone, rule and switch does, and warns of what leaves a house open or cries wolf."""

import os

import pytest

from tests.house import clean_environment
from vigie.cli import OK, main

WIRING = """\
device_id = "hall"
[sensors.motion]
pin = 17
[sensors.door]
kind = "button"
pin = 5
[servo]
presets = { door = -60 }
"""
SIREN = "[siren]\n"


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch):
    for name in set(os.environ) - set(clean_environment()):
        monkeypatch.delenv(name)


@pytest.fixture
def lines(tmp_path, capsys):
    """What is said of the alarm: lines of these words."""

    def run(text, *words):
        path = tmp_path / "house.toml"
        path.write_text(WIRING + text, encoding="utf-8")
        assert main(["check-config", str(path)]) == OK
        return [line for line in capsys.readouterr().out.splitlines() if line[2:].split()[0] in words]

    return run


def test_what_each_zone_does_is_said(lines):
    text = """\
[siren]
[alarm]
exit_delay_s = { surveillance = 45, night = 10 }
entry_delay_s = 30
[zones.door]
type = "delayed"
preset = "door"
siren = false
[zones.motion]
type = "follower"
modes = ["surveillance"]
hold_s = 0.5
pulses = 2
cooldown_s = 60
"""
    assert lines(text, "alarm", "zone") == [
        "✓ alarm       exit delay 45 s in surveillance, 10 s in night; entry delay 30 s; loud for 60 s",
        "✓ zone        motion: follower, surveillance, held for 0.5 s, 2 times within 10 s, then 60 s of rest",
        "✓ zone        door: delayed, surveillance and night, entry delay 30 s, no siren, servo to door",
    ]


def test_who_confirms_is_said_with_the_pi(lines):
    _, door = lines("[zones.door]\nconfirm_by = ['motion', 'attic/motion']\n", "zone")
    assert door.endswith("door: instant, surveillance and night, confirmed by hall/motion or attic/motion within 30 s")


def test_what_each_rule_does_is_said(lines):
    text = (
        SIREN
        + """\
[[rules]]
when = "attic/motion"
then = [{ servo = "door" }, { siren_s = 5 }]
[[rules]]
when = "*/alarm"
modes = ["active"]
then = [{ servo = "door" }]
"""
    )
    assert lines(text, "rule") == [
        "✓ rule        attic/motion, surveillance and night: servo to door, siren for 5 s",
        "✓ rule        */alarm, active: servo to door",
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "key switch on BCM 6, pull up, on is high: arms surveillance and disarms"),
        ('kind = "button"\n', "button on BCM 6, pull up, on is low: arms surveillance and never disarms"),
        (
            'kind = "button"\nmode = "night"\nactive_high = true\n',
            "button on BCM 6, pull up, on is high: arms night and never disarms",
        ),
    ],
)
def test_what_the_switch_does_is_said(lines, text, words):
    assert lines(f"[arming]\npin = 6\n{text}", "switch") == [f"✓ switch      {words}"]


DELAYED = "[zones.door]\ntype = 'delayed'\n"


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ("[zones.door]\nmodes = []\n", "door: it guards in no mode"),
        ("[zones.door]\ntype = 'always'\nmodes = ['night']\n", "door: one that guards always heeds no modes"),
        (DELAYED, "door: delayed without any entry delay: it alarms at once"),
        (DELAYED, "door: no exit delay in surveillance: who leaves by it, trips it"),
        (DELAYED + "[alarm]\nexit_delay_s = { surveillance = 30 }\n", "door: no exit delay in night"),
        ("[zones.door]\npulses = 3\nhold_s = 5\n", "door: 3 detections of 5 s do not fit into 10 s: it never trips"),
        ("[zones.door]\nrecord_s = 5\n", "door: record_s does nothing"),
        ("[[rules]]\nwhen = 'door'\nthen = [{ siren_s = 5 }]\n", "hall/door: this Pi has no siren"),
        ("[[rules]]\nwhen = 'door'\nthen = [{ record_s = 5 }]\n", "hall/door: record_s does nothing"),
        ("[[rules]]\nwhen = 'door'\nmodes = []\nthen = [{ servo = 'door' }]\n", "hall/door: it holds in no mode"),
        ("[siren]\nmax_duration_s = 30\n", "the siren ends after 30 s, before the alarm does"),
    ],
)
def test_what_is_likely_wrong_is_warned_of(lines, text, warning):
    found = [line for line in lines(text, "alarm", "zone", "rule") if line.startswith("! ")]
    assert any(warning in line for line in found), found


@pytest.mark.parametrize(
    "text",
    [
        "",
        SIREN + "[[rules]]\nwhen = 'attic/motion'\nthen = [{ siren_s = 5 }]\n",
        "[zones.door]\nconfirm_by = ['attic/motion']\n",
        "[zones.door]\ntype = 'always'\n",
        "[zones.door]\npulses = 3\nhold_s = 1\n",
        DELAYED + "entry_delay_s = 20\n[alarm]\nexit_delay_s = 30\n",
    ],
    ids=[
        "nothing said",
        "a rule about another Pi",
        "confirmed by another Pi",
        "always",
        "a filter that can pass",
        "a whole entrance",
    ],
)
def test_what_is_in_order_is_not_warned_of(lines, text):
    assert [line for line in lines(text, "alarm", "zone", "rule") if line.startswith("! ")] == []


def test_a_pi_of_which_no_sensor_guards_is_warned_of(tmp_path, capsys):
    path = tmp_path / "house.toml"
    path.write_text('device_id = "hall"\n[sensors.humidity]\npin = 5\n', encoding="utf-8")
    assert main(["check-config", str(path)]) == OK
    assert (
        "! alarm       no sensor guards: it will never alarm → add [zones.NAME] for one of the sensors" in capsys.readouterr().out
    )
