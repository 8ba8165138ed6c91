"""The rules of the simulation: everything that can happen to a house, in any order."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.simulation.world import OTHER_PI, PI, Wiring, World

PIS = st.sampled_from([PI, OTHER_PI])
PROGRAMS = st.sampled_from([PI, OTHER_PI, "bridge", "server"])
DEATHS = st.sampled_from([None] * 30 + list(range(30)))
SERVER_DEATHS = st.sampled_from([None] * 60 + list(range(60)))
COUNTS = st.integers(1, 30)


class House(RuleBasedStateMachine):
    """The rules are what can happen; `World` does it, `Account` says what must hold."""

    wiring = Wiring()

    def __init__(self) -> None:
        super().__init__()
        self.world = World(self.wiring)

    def teardown(self) -> None:
        try:
            self.world.settle()
        finally:
            self.world.close()

    @invariant()
    def nothing_is_lost_doubled_or_made_up(self) -> None:
        self.world.check()

    @rule(name=PIS, is_detection=st.booleans(), dies_after=DEATHS)
    def sense(self, name: str, is_detection: bool, dies_after: int | None) -> None:
        self.world.sense(name, is_detection=is_detection, dies_after=dies_after)

    @rule(name=PIS, is_detection=st.booleans(), count=st.sampled_from([3, 15, 30]))
    def rush(self, name: str, is_detection: bool, count: int) -> None:
        for _ in range(count):
            self.world.sense(name, is_detection=is_detection)

    @rule(rounds=st.integers(1, 4), seconds=st.sampled_from([1.0, 6.0]))
    def work_for_a_while(self, rounds: int, seconds: float) -> None:
        """All is well: without this no schedule would ever get far."""
        for _ in range(rounds):
            self.world.work(seconds)

    @rule(name=PIS, dies_after=DEATHS)
    def publish(self, name: str, dies_after: int | None) -> None:
        self.world.publish(name, dies_after)

    @rule(name=PIS, count=COUNTS, dies_after=DEATHS)
    def replay(self, name: str, count: int, dies_after: int | None) -> None:
        self.world.replay(name, count, dies_after)

    @rule(name=PIS, dies_after=DEATHS)
    def hear_acks(self, name: str, dies_after: int | None) -> None:
        self.world.hear_acks(name, dies_after)

    @rule(name=PIS)
    def lose_acks(self, name: str) -> None:
        self.world.broker.acks.pop(name, None)

    @rule(count=COUNTS, dies_after=DEATHS, reaches=st.booleans())
    def receive(self, count: int, dies_after: int | None, reaches: bool) -> None:
        self.world.receive(count, dies_after, reaches=reaches)

    @rule(
        count=COUNTS,
        newest_first=st.booleans(),
        reads_ahead=st.booleans(),
        deletes_later=st.booleans(),
        reaches=st.sampled_from([True, True, False]),
        is_answered=st.sampled_from([True, True, False]),
        dies_after=DEATHS,
        server_dies_after=SERVER_DEATHS,
    )
    def upload(self, **how: Any) -> None:
        self.world.upload(**how)

    @rule(name=PIS, server_dies_after=SERVER_DEATHS)
    def beat(self, name: str, server_dies_after: int | None) -> None:
        self.world.beat(name, server_dies_after)

    @rule()
    def third_party(self) -> None:
        self.world.publish_third_party()

    @rule(at=st.integers(0, 30))
    def lose_a_message(self, at: int) -> None:
        del self.world.broker.waiting[at : at + 1]

    @rule(at=st.integers(0, 30))
    def reorder_messages(self, at: int) -> None:
        waiting = self.world.broker.waiting
        waiting[at : at + 2] = reversed(waiting[at : at + 2])

    @rule()
    def deliver_again(self) -> None:
        self.world.bridge.connect()

    @rule(seconds=st.sampled_from([0.5, 4.0, 6.0, 30.0, 130.0]))
    def pass_time(self, seconds: float) -> None:
        self.world.pass_time(seconds)

    @rule()
    def kill_broker(self) -> None:
        self.world.kill_broker()

    @rule(name=PIS)
    def reboot(self, name: str) -> None:
        self.world.reboot(name)

    @rule(name=PIS, dies_after=DEATHS)
    def set_clock(self, name: str, dies_after: int | None) -> None:
        self.world.set_clock(name, dies_after)

    @rule(name=PROGRAMS, is_full=st.booleans())
    def disk(self, name: str, is_full: bool) -> None:
        self.world.fill(name, is_full)

    @rule()
    def back_up_server(self) -> None:
        self.world.server.back_up()

    @rule()
    def restore_server(self) -> None:
        self.world.restore_server()

    @rule(name=PIS)
    def back_up_card(self, name: str) -> None:
        self.world.pis[name].back_up()

    @rule(name=PIS)
    def restore_card(self, name: str) -> None:
        self.world.restore_card_in_reach(name)
