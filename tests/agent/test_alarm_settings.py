"""The alarm's tables of the configuration: what they mean, and mistakes named with their line and the nearest valid name."""

import pytest

from vigie.agent.alarm_settings import ArmingSettings
from vigie.agent.settings import ENV_KEYS, AgentSettings
from vigie.domain.alarm_model import PointCamera, Record, SoundSiren, Zone
from vigie.domain.rules import Rule
from vigie.domain.zone import Filters
from vigie.protocol.alarm import ZoneType
from vigie.protocol.states import Mode
from vigie.runtime.config import ConfigError, load

WIRING = """\
[sensors.motion]
pin = 17
[sensors.door]
kind = "button"
pin = 5
[sensors.humidity]
pin = 6
[servo]
presets = { door = -60, window = 45 }
"""
FIRST = WIRING.count("\n") + 1
"""The line on which a test's own text begins."""


@pytest.fixture
def read(tmp_path):
    def read_(text):
        path = tmp_path / "agent.toml"
        path.write_text(WIRING + text)
        return load(AgentSettings, path, {"DEVICE_ID": "raspberry-01"}, ENV_KEYS)

    return read_


def test_without_a_word_each_sensor_that_guards_by_its_kind_alarms_at_once_in_both_modes(read):
    config = read("").alarm_config
    assert dict(config.zones) == {name: Zone(sensor=name) for name in ("motion", "door")}
    assert config.zones["motion"].type is ZoneType.INSTANT
    assert config.zones["motion"].modes == {Mode.SURVEILLANCE, Mode.NIGHT}
    assert (dict(config.exit_delay_s), config.entry_delay_s, config.alarm_s) == ({}, 0.0, 60.0)


def test_a_table_makes_a_zone_also_of_a_sensor_that_does_not_guard_by_its_kind(read):
    assert read("[zones.humidity]\ntype = 'always'\n").alarm_config.zones["humidity"] == Zone(
        sensor="humidity", type=ZoneType.ALWAYS
    )


def test_everything_that_a_zone_can_be(read):
    text = """\
[zones.door]
type = "delayed"
modes = ["night"]
hold_s = 1
pulses = 2
pulses_within_s = 5
cooldown_s = 60
confirm_by = ["motion", "raspberry-02/motion"]
confirm_within_s = 20
entry_delay_s = 15
preset = "door"
record_s = 30
siren = false
"""
    assert read(text).alarm_config.zones["door"] == Zone(
        sensor="door",
        type=ZoneType.DELAYED,
        modes=frozenset({Mode.NIGHT}),
        filters=Filters(
            hold_s=1,
            pulses=2,
            pulses_within_s=5,
            cooldown_s=60,
            confirm_by=("raspberry-01/motion", "raspberry-02/motion"),
            confirm_within_s=20,
        ),
        entry_delay_s=15,
        preset="door",
        record_s=30,
        siren=False,
    )


@pytest.mark.parametrize(
    ("value", "delays"),
    [("30", {Mode.SURVEILLANCE: 30, Mode.NIGHT: 30}), ("{ surveillance = 45 }", {Mode.SURVEILLANCE: 45})],
    ids=["one for both modes", "one for each, none where it is not named"],
)
def test_the_exit_delay_is_of_a_mode(read, value, delays):
    assert read(f"[alarm]\nexit_delay_s = {value}\n").alarm_config.exit_delay_s == delays


def test_rules_say_when_in_which_modes_and_what_then(read):
    text = """\
[[rules]]
when = "raspberry-02/motion"
then = [{ servo = "door" }, { record_s = 20 }, { siren_s = 5 }]
[[rules]]
when = "*/alarm"
modes = ["active", "night"]
then = [{ servo = "window" }]
[[rules]]
when = "motion"
then = [{ siren_s = 1 }]
"""
    guarded = frozenset({Mode.SURVEILLANCE, Mode.NIGHT})
    assert read(text).alarm_rules == (
        Rule(
            device_id="raspberry-02",
            sensor="motion",
            modes=guarded,
            effects=(PointCamera("door", "rule"), Record(20, "rule"), SoundSiren(5)),
        ),
        Rule(device_id="*", sensor="alarm", modes=frozenset({Mode.ACTIVE, Mode.NIGHT}), effects=(PointCamera("window", "rule"),)),
        Rule(device_id="raspberry-01", sensor="motion", modes=guarded, effects=(SoundSiren(1),)),
    )


@pytest.mark.parametrize(("kind", "may"), [("key_switch", True), ("button", False)])
def test_a_key_disarms_and_a_button_does_not_unless_told(kind, may):
    assert ArmingSettings(pin=6, kind=kind).may_disarm is may
    assert ArmingSettings(pin=6, kind=kind, disarms=not may).may_disarm is not may


GOOD_RULE = "[[rules]]\nwhen = 'motion'\nthen = [{ servo = 'door' }]\n"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("[alarm]\nentry_delay = 3\n", 1, "unknown key 'alarm.entry_delay'; did you mean 'entry_delay_s'?"),
        ("[alarm]\nexit_delay_s = { away = 3 }\n", 1, "'alarm.exit_delay_s.away': Input should be 'surveillance' or 'night'"),
        ("[alarm]\nexit_delay_s = 700\n", 1, "less than or equal to 600 (got 700)"),
        ("[alarm]\nalarm_s = 0\n", 1, "'alarm.alarm_s'"),
        ("[zones.moton]\n", 0, "[zones.moton]: no sensor 'moton'; did you mean 'motion'?"),
        ("[zones.attic]\n", 0, "[zones.attic]: no sensor 'attic'; this Pi has door, humidity, motion"),
        ("[zones.motion]\npulse = 2\n", 1, "unknown key 'zones.motion.pulse'; did you mean 'pulses'?"),
        ("[zones.motion]\ntype = 'fast'\n", 1, "'instant', 'delayed', 'follower' or 'always' (got 'fast')"),
        ("[zones.motion]\nmodes = ['active']\n", 1, "'surveillance' or 'night' (got 'active')"),
        ("[zones.motion]\npreset = 'dor'\n", 1, "'zones.motion.preset': no servo preset 'dor'; did you mean 'door'?"),
        ("[zones.motion]\nconfirm_by = ['dor']\n", 1, "'zones.motion.confirm_by': no other sensor 'dor'; did you mean 'door'?"),
        ("[zones.motion]\nconfirm_by = ['raspberry-01/motion']\n", 1, "no other sensor 'motion'"),
        ("[zones.motion]\nconfirm_by = 'door'\n", 1, "'zones.motion.confirm_by': Input should be an array (got 'door')"),
        (
            GOOD_RULE + "[[rules]]\nwhen = 'moton'\nthen = [{ servo = 'door' }]\n",
            4,
            "'rules.1.when': no sensor 'moton'; did you mean",
        ),
        (GOOD_RULE + "[[rules]]\nwhen = '*/alarm'\nthen = [{ servo = 'dor' }]\n", 5, "'rules.1.then': no servo preset 'dor'"),
        (GOOD_RULE + "[[rules]]\nwhen = '*/alarm'\nthen = [{}]\n", 5, "exactly one of servo, record_s, siren_s"),
        (GOOD_RULE + "[[rules]]\nwhen = '*/alarm'\nthen = [{ siren = 3 }]\n", 5, "'rules.1.then.0.siren'; did you mean 'siren_s'?"),
        (GOOD_RULE + "[[rules]]\nwhen = 'a b'\nthen = [{ siren_s = 3 }]\n", 4, "'rules.1.when'"),
        ("[rules]\nwhen = 'motion'\n", 0, "'rules': Input should be an array"),
        ("[arming]\nkind = 'button'\n", 0, "'arming.pin' is missing"),
        ("[arming]\npin = 6\nmode = 'active'\n", 2, "'arming.mode'"),
        ("[arming]\npin = 7\ndisarm = true\n", 2, "unknown key 'arming.disarm'; did you mean 'disarms'?"),
    ],
)
def test_a_mistake_is_named_with_its_line(read, text, line, words):
    with pytest.raises(ConfigError) as raised:
        read(text)
    assert f"agent.toml:{FIRST + line}: " in str(raised.value)
    assert words in str(raised.value)


def test_the_switch_needs_a_pin_of_its_own(read):
    with pytest.raises(ConfigError, match="pin 17 is used by sensors.motion and by arming"):
        read("[arming]\npin = 17\n")


@pytest.mark.parametrize("name", ["raspberry-02/dor", "*/alarm"])
def test_what_other_pis_have_is_not_known_here(read, name):
    assert read(f"[[rules]]\nwhen = '{name}'\nthen = [{{ siren_s = 1 }}]\n").alarm_rules
    if "*" not in name:
        assert read(f"[zones.motion]\nconfirm_by = ['{name}']\n").alarm_config.zones["motion"].filters.confirm_by == (name,)


def test_with_the_default_wiring_its_sensors_are_zones(tmp_path):
    path = tmp_path / "agent.toml"
    path.write_text("[zones.button]\ntype = 'delayed'\n")
    found = load(AgentSettings, path, {"DEVICE_ID": "raspberry-01"}, ENV_KEYS)
    assert {name: zone.type.value for name, zone in found.alarm_config.zones.items()} == {"motion": "instant", "button": "delayed"}
