"""Who is missing while the site is guarded: told once, in time, and never for the want of somebody else."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie.domain.supervision import GRACE_S, Agent, Link, Seen, started, step


@dataclass
class House:
    """Looks once a second. `beats` are the devices that are alive: they are heard every ten seconds while the link stands."""

    beats: set[str] = field(default_factory=lambda: {"pi-1", "pi-2"})
    is_guarded: bool = True
    has_bridge: bool = True
    has_broker: bool = True
    now: float = 0.0

    def __post_init__(self) -> None:
        self.state = started(self.now)
        self.heard: dict[str, float | None] = dict.fromkeys(self.beats)
        self.spoken_at: float | None = None
        self.told: list[tuple[str | None, float]] = []

    def run(self, seconds: float) -> list[str | None]:
        """Who was told meanwhile."""
        before = len(self.told)
        for _ in range(int(seconds)):
            self.now += 1
            if self.now % 10 == 0 and self.has_bridge:
                self.spoken_at = self.now
                if self.has_broker:
                    self.heard.update(dict.fromkeys(self.beats, self.now))
            self.look()
        return [device_id for device_id, _ in self.told[before:]]

    def look(self) -> None:
        agents = tuple(Agent(device_id, at) for device_id, at in self.heard.items())
        seen = Seen(self.is_guarded, Link(self.has_bridge, self.has_broker, self.spoken_at), agents)
        self.state, absences = step(self.state, seen, self.now)
        self.told += [(absence.device_id, self.now) for absence in absences]

    def freeze(self, seconds: float) -> None:
        """The server itself stands still."""
        self.now += seconds


def test_while_everybody_is_heard_nobody_is_told():
    assert House().run(1000) == []


@pytest.mark.parametrize("offset", range(10))
def test_a_pi_that_is_destroyed_while_the_site_is_guarded_is_told_within_a_minute(offset):
    house = House()
    house.run(100 + offset)
    house.beats.remove("pi-1")
    assert house.run(60) == ["pi-1"]
    assert house.run(1000) == []


def test_a_pause_shorter_than_the_grace_is_no_absence():
    house = House()
    house.run(100)
    house.beats.remove("pi-1")
    house.run(GRACE_S - 6)
    house.beats.add("pi-1")
    assert house.run(1000) == []


def test_who_is_missing_when_the_site_is_armed_is_told_at_once():
    house = House(is_guarded=False)
    house.run(100)
    house.beats.remove("pi-1")
    assert house.run(100) == []
    house.is_guarded = True
    assert house.run(1) == ["pi-1"]


def test_arming_again_does_not_tell_the_same_absence_again():
    house = House()
    house.run(100)
    house.beats.remove("pi-1")
    house.run(60)
    for house.is_guarded in (False, True):
        assert house.run(100) == []


def test_who_comes_back_and_goes_again_is_told_again():
    house = House()
    house.run(100)
    for _ in range(2):
        house.beats.remove("pi-1")
        assert house.run(60) == ["pi-1"]
        house.beats.add("pi-1")
        house.run(100)


@pytest.mark.parametrize("gone", ["has_bridge", "has_broker"])
def test_a_bridge_or_broker_that_is_gone_is_told_once_and_none_of_the_pis(gone):
    house = House()
    house.run(100)
    setattr(house, gone, False)
    assert house.run(44) == []
    assert house.run(2) == [None]
    assert house.run(1000) == []
    setattr(house, gone, True)
    assert house.run(1000) == []


@pytest.mark.parametrize(("gone", "lag"), [("has_bridge", 20), ("has_broker", 30)])
def test_a_break_that_shows_late_is_counted_from_the_last_that_came_over(gone, lag):
    house = House()
    house.run(109)
    spoken_at, heard = house.spoken_at, dict(house.heard)
    for _ in range(lag):  # it looks connected, and nothing comes
        house.now += 1
        house.look()
    assert (house.spoken_at, house.heard) == (spoken_at, heard)
    setattr(house, gone, False)
    assert house.run(60 - lag) == [None]


def test_who_was_destroyed_while_the_bridge_was_away_is_told_once_it_has_stood_for_the_grace():
    house = House()
    house.run(100)
    house.has_bridge = False
    house.beats.remove("pi-1")
    assert house.run(100) == [None]
    house.has_bridge = True
    assert house.run(GRACE_S) == []
    assert house.run(2) == ["pi-1"]


def test_a_server_that_has_just_started_gives_everybody_the_whole_grace():
    house = House(beats={"pi-1"})
    house.heard["pi-2"] = None  # known from the time before
    assert house.run(GRACE_S) == []
    assert house.run(2) == ["pi-2"]


def test_a_server_that_starts_without_a_bridge_tells_of_the_bridge():
    house = House(has_bridge=False)
    assert house.run(GRACE_S - 1) == []
    assert house.run(1) == [None]


def test_a_server_that_stood_still_itself_takes_nobody_for_missing():
    house = House()
    house.run(100)
    house.freeze(3600)
    assert house.run(1000) == []


def test_a_bridge_that_is_away_while_nobody_guards_is_told_when_the_site_is_armed():
    house = House(is_guarded=False)
    house.run(100)
    house.has_bridge = False
    assert house.run(100) == []
    house.is_guarded = True
    assert house.run(1) == [None]


TURNS = st.lists(
    st.tuples(st.sampled_from(["pi-1", "pi-2", "bridge", "broker", "arm", "freeze"]), st.integers(1, 100)), max_size=12
)


@given(TURNS)
def test_whatever_comes_and_goes_only_who_was_long_unheard_over_a_link_that_stands_is_told_and_once(turns):
    house = House()
    broken_at, heard_when_told = 0.0, {}
    for what, seconds in turns:
        if what in house.heard:
            house.beats ^= {what}
        elif what == "arm":
            house.is_guarded = not house.is_guarded
        elif what == "freeze":
            house.freeze(seconds)
        else:
            setattr(house, f"has_{what}", not getattr(house, f"has_{what}"))
        for _ in range(seconds):
            told = house.run(1)
            stands = house.has_bridge and house.has_broker
            broken_at = broken_at if stands else house.now
            assert not told or house.is_guarded
            for device_id in told:
                if device_id is None:
                    assert not stands
                    continue
                heard = house.heard[device_id]
                assert house.now - broken_at >= GRACE_S
                assert heard is None or house.now - heard >= GRACE_S
                assert heard_when_told.setdefault(device_id, []).count(heard) == 0
                heard_when_told[device_id].append(heard)
