"""What the figures of a self-test mean, by tables."""

import pytest

from vigie.owner.findings import Mark
from vigie.owner.selftest import judgement
from vigie.owner.selftest.card_speed import percentile
from vigie.owner.selftest.judgement import CameraFigures, ClipFigures, InputFigures, ServoFigures

PIR = {"name": "motion", "pin": 17, "is_sensing": True, "wanted": 1, "waited_s": 4.0}
MAT = {"name": "button", "pin": 27, "is_sensing": False, "wanted": 3, "waited_s": 4.0}
ONE = {"pulses": 1, "edges": 2, "changes": 2, "latencies_s": [0.002, 0.004]}
THREE = {"pulses": 3, "edges": 14, "changes": 6, "latencies_s": [0.002] * 6}


@pytest.mark.parametrize(
    ("figures", "mark", "words"),
    [
        (PIR | ONE, Mark.OK, "pin 17: 1 pulse, 0 bounces swallowed, edge to event log 4.0 ms, at most 4.0 ms"),
        (MAT | THREE, Mark.OK, "3 pulses, 8 bounces swallowed"),
        (PIR, Mark.FAILED, "not tripped once in 4 s"),
        (MAT, Mark.FAILED, "not tripped once in 4 s"),
        (PIR | {"skipped": True}, Mark.UNSEEN, "skipped"),
        (PIR | ONE | {"skipped": True}, Mark.OK, "1 pulse"),
        (PIR | {"never_rested": True}, Mark.FAILED, "active from the beginning, for 4 s"),
        (MAT | {"never_rested": True}, Mark.FAILED, "active from the beginning"),
        (PIR | ONE | {"storms": True}, Mark.FAILED, "flutters"),
        (PIR | ONE | {"thread_is_dead": True}, Mark.FAILED, "the GPIO thread has died"),
        (MAT | THREE | {"pulses": 2}, Mark.WARNING, "3 were asked for"),
        (PIR | ONE | {"still_active": True}, Mark.WARNING, "active still after 4 s"),
        (MAT | ONE | {"still_active": True}, Mark.FAILED, "it does not let go"),
        (PIR | ONE | {"lost": 1, "edges": 1}, Mark.WARNING, "1 change without an edge"),
        (MAT | THREE | {"edges": 200}, Mark.WARNING, "194 bounces"),
        (PIR | ONE | {"latencies_s": [0.3]}, Mark.WARNING, "at most 300 ms"),
        (PIR | ONE | {"latencies_s": [0.01, 1.2]}, Mark.FAILED, "at most 1200 ms"),
        (PIR | ONE | {"latencies_s": []}, Mark.FAILED, "no event was accepted"),
    ],
)
def test_an_input(figures, mark, words):
    found = judgement.judge_input(InputFigures(**figures))
    assert (found.mark, found.subject) == (mark, figures["name"])
    assert words in found.seen
    assert bool(found.mend) == (mark not in (Mark.OK, Mark.UNSEEN))


@pytest.mark.parametrize(
    ("sounded_s", "heard", "mark", "words"),
    [
        (0.201, True, Mark.OK, "on for 201 ms, heard"),
        (0.201, None, Mark.OK, "nobody said whether it was heard"),
        (0.201, False, Mark.FAILED, "not heard"),
        (0.45, True, Mark.WARNING, "200 ms were asked for"),
    ],
)
def test_the_siren(sounded_s, heard, mark, words):
    found = judgement.judge_siren(22, 0.2, sounded_s, heard)
    assert found.mark is mark
    assert words in found.seen


THERE = [(-90.0, 1.5), (90.0, 3.0), (0.0, 1.5)]


@pytest.mark.parametrize(
    ("figures", "mark", "words"),
    [
        ({}, Mark.OK, "pulses by sysfs: -90° in 1.5 s, +90° in 3.0 s, +0° in 1.5 s; nobody said whether it turned"),
        ({"turned": True}, Mark.OK, "seen to turn"),
        ({"turned": False}, Mark.FAILED, "did not turn as it should"),
        ({"driver": "gpiozero", "turned": True}, Mark.WARNING, "without kernel PWM"),
        ({"driver": "gpiozero", "turned": False}, Mark.FAILED, "did not turn"),
        ({"fault": "pwmchip0: Invalid argument"}, Mark.FAILED, "pwmchip0: Invalid argument"),
        ({"moves": [(-90.0, None)]}, Mark.FAILED, "-90° not"),
    ],
)
def test_the_servo(figures, mark, words):
    found = judgement.judge_servo(ServoFigures(**{"pin": 12, "driver": "sysfs", "moves": THERE, **figures}))
    assert found.mark is mark
    assert words in found.seen


@pytest.mark.parametrize(
    ("before", "during", "mark"),
    [(False, False, Mark.OK), (False, True, Mark.FAILED), (None, True, Mark.FAILED), (True, True, Mark.FAILED), (None, None, None)],
)
def test_the_supply_under_the_servo(before, during, mark):
    found = judgement.judge_supply(before, during)
    assert (found.mark if found else None) is mark


@pytest.mark.parametrize(
    ("times_s", "mark"),
    [([0.004] * 200, Mark.OK), ([0.004] * 197 + [0.3] * 3, Mark.WARNING), ([0.5, 1.5], Mark.FAILED), ([0.004], Mark.OK)],
)
def test_the_card(times_s, mark):
    found = judgement.judge_card(times_s)
    assert found.mark is mark
    assert "p50" in found.seen
    assert "p99" in found.seen


def test_a_percentile_is_one_of_the_figures():
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert percentile([1.0], 0.99) == 1.0
    assert percentile([float(number) for number in range(100)], 0.99) == 99.0


PICTURES = {"source": "v4l2", "encoder": "libx264", "width": 640, "height": 360, "fps": 10.0, "first_picture_s": 0.9}


@pytest.mark.parametrize(
    ("figures", "mark", "words"),
    [
        (PICTURES, Mark.OK, "v4l2: 640x360 at 10 fps by libx264, first picture after 0.9 s"),
        (PICTURES | {"wanted_fps": 10.0}, Mark.OK, "10 fps"),
        (PICTURES | {"wanted_fps": 30.0}, Mark.WARNING, "30 are asked for"),
        (PICTURES | {"first_picture_s": 14.0}, Mark.WARNING, "after 14.0 s"),
        (PICTURES | {"troubles": ("too dark",)}, Mark.WARNING, "too dark"),
        ({"source": "v4l2", "troubles": ("no camera at /dev/video7",)}, Mark.FAILED, "v4l2: no camera at /dev/video7"),
        ({"source": "v4l2", "waited_s": 40.0}, Mark.FAILED, "no picture within 40 s"),
    ],
)
def test_the_camera(figures, mark, words):
    found = judgement.judge_camera(CameraFigures(**figures))
    assert found.mark is mark
    assert words in found.seen


def test_a_picture():
    assert judgement.judge_picture(16_000).seen == "JPEG of 16 kB"
    assert judgement.judge_picture(None).mark is Mark.FAILED


CLIP = {"frames": 45, "duration_s": 4.5, "pre_roll_s": 3.0, "wanted_pre_roll_s": 3.0, "size_bytes": 70_000}


@pytest.mark.parametrize(
    ("figures", "mark", "words"),
    [
        (CLIP, Mark.OK, "4.5 s, 45 pictures, 3.0 s of it from before the trigger, 70 kB"),
        (CLIP | {"pre_roll_s": 0.5}, Mark.WARNING, "3 s were to be had"),
        (CLIP | {"frames": 0}, Mark.FAILED, "without a picture in it"),
        ({"error": "it cannot be played: broken"}, Mark.FAILED, "broken"),
    ],
)
def test_a_clip(figures, mark, words):
    found = judgement.judge_clip(ClipFigures(**figures))
    assert found.mark is mark
    assert words in found.seen
