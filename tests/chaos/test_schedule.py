"""The same seed gives the same faults in the same order; every round has every kind."""

from collections import Counter

from tests.chaos.schedule import Fault, plan

DEVICES = ("pi-1", "pi-2")
PROGRAMS = {*DEVICES, "broker", "bridge", "server"}


def test_the_same_seed_gives_the_same_schedule():
    assert plan(7, DEVICES, kills=300) == plan(7, DEVICES, kills=300)


def test_the_schedule_of_a_seed_stays_what_it_was():
    """A seed in a report must still mean the same next month: who changes the schedule changes this line knowingly."""
    first = plan(7, DEVICES, kills=0)[:3]
    assert [(step.fault, step.targets) for step in first] == [
        (Fault.CLOCK_FORWARD, ("server",)),
        (Fault.CLOCK_1970, ("pi-2",)),
        (Fault.KILL, ("pi-2",)),
    ]


def test_another_seed_gives_another_schedule():
    assert plan(7, DEVICES, kills=300) != plan(8, DEVICES, kills=300)


def test_a_short_run_has_every_kind_of_fault_and_kills_every_program_alone():
    for seed in range(20):
        steps = plan(seed, DEVICES, kills=0)
        assert {step.fault for step in steps} == set(Fault)
        assert {step.targets[0] for step in steps if step.fault is Fault.KILL} == PROGRAMS
        assert {step.targets[0] for step in steps if step.fault is Fault.FULL_DISK} >= {"broker", "bridge", "server"}


def test_a_long_run_kills_as_many_as_asked_for_and_does_not_go_on_long_after():
    steps = plan(3, DEVICES, kills=1000)
    assert 1000 <= sum(step.kills for step in steps) < 1000 + 10
    assert min(Counter(step.fault for step in steps).values()) >= 2


def test_steps_are_numbered_in_order():
    assert [step.number for step in plan(1, DEVICES, kills=500)] == list(range(len(plan(1, DEVICES, kills=500))))
