"""The kernel's PWM on a temporary tree: which chip, which files, in which order; and the way out where there is none."""

import errno

import pytest

from vigie.agent.pins import mock_factory
from vigie.agent.pwm import PwmError, SysfsPwm, find_channel, open_driver
from vigie.runtime.clock import SystemClock


class Sysfs:
    """A `/sys/class/pwm` made of plain files. `write` records every write in order and plays the kernel's part.

    `chips`: number -> the device behind it, with its path below /sys/devices.
    """

    def __init__(self, root, chips):
        self.root, self.writes, self.refuses = root / "class" / "pwm", [], {}
        for number, device in chips.items():
            target = root / "devices" / device / "pwm" / f"pwmchip{number}"
            target.mkdir(parents=True)
            (target / "device").symlink_to("../..")  # as the kernel has it
            self.root.mkdir(parents=True, exist_ok=True)
            (self.root / target.name).symlink_to(target)

    def write(self, path, text):
        self.writes.append((path.name, text))
        if path.name in self.refuses:
            raise OSError(self.refuses[path.name], "refused")
        if path.name == "export":
            channel = path.parent / f"pwm{text}"
            channel.mkdir()
            for file, value in (("duty_cycle", "0"), ("period", "0"), ("enable", "0")):
                (channel / file).write_text(value)
            return
        values = {file: int((path.parent / file).read_text()) for file in ("duty_cycle", "period")} | {path.name: int(text)}
        if not values["period"] or values["duty_cycle"] > values["period"]:  # pwm_apply_state of the kernel
            raise OSError(errno.EINVAL, "Invalid argument")
        path.write_text(text)


_SOC = "platform/soc"
_RP1 = "platform/axi/1000120000.pcie"
GENERATIONS = {
    "Pi Zero": ({0: f"{_SOC}/2020c000.pwm"}, 13, "pwmchip0", 1),
    "Pi 2 and 3": ({0: f"{_SOC}/3f20c000.pwm"}, 12, "pwmchip0", 0),
    "Pi 4": ({0: f"{_SOC}/fe20c000.pwm"}, 18, "pwmchip0", 0),
    "Pi 5, kernel 6.6": ({0: f"{_RP1}/1f0009c000.pwm", 2: f"{_RP1}/1f00098000.pwm"}, 18, "pwmchip2", 2),
    "Pi 5, kernel 6.12": ({0: f"{_RP1}/1f00098000.pwm", 1: f"{_RP1}/1f0009c000.pwm"}, 19, "pwmchip0", 3),
}
"""The tree of each generation, a pin, and where that is found."""


@pytest.fixture
def pi5(tmp_path):
    """A Pi 5: the fan has a chip of its own, and the header's is not the first."""
    return Sysfs(tmp_path, {0: "1f0009c000.pwm", 2: "1f00098000.pwm"})


@pytest.mark.parametrize(
    ("device", "pin", "channel"),
    [
        ("1f00098000.pwm", 12, 0),
        ("1f00098000.pwm", 19, 3),
        ("fe20c000.pwm", 12, 0),
        ("fe20c000.pwm", 18, 0),
        ("fe20c000.pwm", 13, 1),
        ("3f20c000.pwm", 19, 1),
        ("2020c000.pwm", 12, 0),
    ],
)
def test_the_chip_is_found_by_its_device_never_by_its_number(tmp_path, device, pin, channel):
    sysfs = Sysfs(tmp_path, {0: "somebody.else", 7: device})
    chip, found = find_channel(pin, sysfs.root)
    assert (chip.name, found) == ("pwmchip7", channel)


def test_a_fresh_channel_gets_its_period_first_then_duty_then_enable_and_is_disabled_at_the_end(pi5):
    chip, channel = find_channel(12, pi5.root)
    servo = SysfsPwm(chip, channel, SystemClock(), pi5.write)
    servo.pulse(1500)
    servo.pulse(1501.5)
    servo.stop()
    servo.stop()
    servo.pulse(600)
    servo.stop()
    servo.close()
    assert pi5.writes == [
        ("export", "0"),
        ("period", "20000000"),
        ("enable", "0"),
        ("duty_cycle", "1500000"),
        ("enable", "1"),
        ("duty_cycle", "1501500"),
        ("enable", "0"),
        ("duty_cycle", "600000"),
        ("enable", "1"),
        ("enable", "0"),
    ]


def test_a_channel_that_a_killed_agent_left_on_is_taken_over_and_silenced(pi5):
    chip, channel = find_channel(12, pi5.root)
    SysfsPwm(chip, channel, SystemClock(), pi5.write)
    for file, value in (("period", "40000000"), ("duty_cycle", "30000000"), ("enable", "1")):
        (chip / "pwm0" / file).write_text(value)
    pi5.writes.clear()
    SysfsPwm(chip, channel, SystemClock(), pi5.write)
    assert pi5.writes == [("duty_cycle", "0"), ("period", "20000000"), ("enable", "0")]


@pytest.mark.parametrize(("chips", "pin", "chip_name", "channel"), GENERATIONS.values(), ids=GENERATIONS)
def test_the_order_of_writes_holds_on_the_tree_of_each_generation(tmp_path, chips, pin, chip_name, channel):
    sysfs = Sysfs(tmp_path, chips)
    chip, found = find_channel(pin, sysfs.root)
    assert (chip.name, found) == (chip_name, channel)
    servo = SysfsPwm(chip, found, SystemClock(), sysfs.write)
    servo.pulse(1500)
    servo.stop()
    assert sysfs.writes == [
        ("export", str(channel)),
        ("period", "20000000"),
        ("enable", "0"),
        ("duty_cycle", "1500000"),
        ("enable", "1"),
        ("enable", "0"),
    ]
    files = {file: (chip / f"pwm{channel}" / file).read_text() for file in ("period", "duty_cycle", "enable")}
    assert files == {"period": "20000000", "duty_cycle": "1500000", "enable": "0"}


def test_nothing_is_written_before_the_files_of_a_fresh_channel_are_there(pi5):
    """udev makes them ours some moments after the export."""
    chip, channel = find_channel(12, pi5.root)
    plain_write, moments = pi5.write, []

    class Clock(SystemClock):
        def monotonic(self):
            moments.append(len(pi5.writes))
            if len(moments) == 3:
                pi5.writes.clear()
                plain_write(chip / "export", str(channel))
            return super().monotonic()

    def late_write(path, text):
        if path.name == "export":
            pi5.writes.append((path.name, text))
        else:
            plain_write(path, text)

    SysfsPwm(chip, channel, Clock(), late_write)
    assert moments[:3] == [1, 1, 1], "the export, and then nothing"
    assert pi5.writes == [("export", "0"), ("period", "20000000"), ("enable", "0")]


def test_files_that_never_come_are_a_refusal(pi5):
    chip, channel = find_channel(12, pi5.root)

    class Clock(SystemClock):
        at = 0.0

        def monotonic(self):
            self.at += 1.0
            return self.at

    with pytest.raises(PwmError, match=r"not writable after 2 s.*group gpio"):
        SysfsPwm(chip, channel, Clock(), lambda _path, _text: None)


@pytest.mark.parametrize("file", ["export", "enable", "period"])
def test_a_refusal_of_the_kernel_says_where_and_what_to_check(pi5, file):
    pi5.refuses[file] = errno.EACCES
    chip, channel = find_channel(12, pi5.root)
    with pytest.raises(PwmError, match=r"pwmchip2.*group gpio"):
        SysfsPwm(chip, channel, SystemClock(), pi5.write)


def test_a_pin_without_hardware_pwm_is_told_which_pins_have_it(pi5):
    with pytest.raises(PwmError, match="use one of 12, 13, 18, 19"):
        find_channel(22, pi5.root)


def test_without_the_overlay_sysfs_fails_and_auto_falls_back_and_says_so(tmp_path, caplog):
    sysfs = Sysfs(tmp_path, {0: "1f0009c000.pwm"})
    factory = mock_factory()
    with pytest.raises(PwmError, match="dtoverlay=pwm-2chan"):
        open_driver(12, "sysfs", factory, SystemClock(), simulated=False, root=sysfs.root)
    driver = open_driver(12, "auto", factory, SystemClock(), simulated=False, root=sysfs.root)
    assert driver.name == "gpiozero"
    assert "steps of about 30 degrees" in caplog.text
    driver.pulse(1780)
    assert factory.pin(12).state == pytest.approx(0.09), "to the nearest percent: lgpio would cut it off"
    driver.stop()
    assert factory.pin(12).state == 0
    driver.close()
