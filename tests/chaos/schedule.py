"""What goes wrong, and in which order: a pure function of the seed. The same seed gives the same faults, for ever the same."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    """The kinds of fault; what each does is in `nemesis.py`."""

    KILL = "kill"
    KILL_TOGETHER = "kill together"
    KILL_AGAIN = "kill again and again"
    FREEZE = "freeze"
    EMPTY_BROKER = "broker restarted empty"
    CORRUPT_BROKER = "broker's file corrupt"
    FULL_DISK = "disk full"
    CUT = "connection cut"
    CUT_MID_PACKET = "connection cut in mid-packet"
    LOSE_ANSWERS = "answer lost"
    BLACK_HOLE = "black hole"
    DELAY = "delay"
    REPEAT = "duplicated and reordered"
    CLOCK_1970 = "clock at 1970"
    CLOCK_FORWARD = "clock +1 h"
    CLOCK_BACK = "clock -1 h"
    AWAY = "away"
    AWAY_FOR_LONG = "away for long"


CLOCK_FAULTS = frozenset({Fault.CLOCK_1970, Fault.CLOCK_FORWARD, Fault.CLOCK_BACK})
KILLS = frozenset({Fault.KILL, Fault.KILL_TOGETHER, Fault.KILL_AGAIN})
_BEGIN_WITH_A_KILL = frozenset({Fault.EMPTY_BROKER, Fault.CORRUPT_BROKER, Fault.AWAY, Fault.AWAY_FOR_LONG})
_LINK_FAULTS = frozenset({Fault.CUT, Fault.CUT_MID_PACKET, Fault.BLACK_HOLE, Fault.DELAY})


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One fault. It lasts for `lasts_s`, is mended, and the site has `then_s` before the next one.

    `targets`: programs, or links by the name of the program at their far end from the broker (`server`: bridge to
    server). `killed_meanwhile` dies in the middle of it. `amount` is the fault's own measure: kills, bytes, milliseconds.
    """

    number: int
    fault: Fault
    targets: tuple[str, ...]
    lasts_s: float = 0.0
    then_s: float = 1.0
    amount: int = 0
    killed_meanwhile: tuple[str, ...] = ()

    @property
    def kills(self) -> int:
        """How many programs it kills, at most: one that has not come back yet cannot die."""
        own = {Fault.KILL: 1, Fault.KILL_TOGETHER: len(self.targets), Fault.KILL_AGAIN: self.amount}.get(self.fault, 0)
        forced = self.fault in _BEGIN_WITH_A_KILL
        return own + int(forced) + len(self.killed_meanwhile)


def plan(seed: int, devices: Sequence[str], *, kills: int, pace: float = 1.0) -> list[Step]:
    """Faults until `kills` programs have died, in rounds: every kind once in each, in an order of its own.

    `pace` stretches how long the faults last. Without kills to reach it is one round with one or two kills of each kind.
    """
    rng = random.Random(f"vigie chaos {seed}")
    steps: list[Step] = []
    died = 0
    while not steps or died < kills:
        for step in _round(rng, len(steps), devices, many_kills=kills > 0, pace=pace):
            steps.append(step)
            died += step.kills
            if 0 < kills <= died:
                break
    return steps


def _round(rng: random.Random, number: int, devices: Sequence[str], *, many_kills: bool, pace: float) -> Iterator[Step]:
    """Each kind once, and the kills that make up most of a long run between them."""
    programs = (*devices, "broker", "bridge", "server")
    single = list(programs) * (7 if many_kills else 1)
    together = 45 if many_kills else 2
    again = 25 if many_kills else 1
    others = [fault for fault in Fault if fault not in KILLS | {Fault.FULL_DISK}]
    faults: list[tuple[Fault, str]] = [(Fault.KILL, name) for name in single]
    faults += [(Fault.KILL_TOGETHER, "")] * together + [(Fault.KILL_AGAIN, "")] * again
    for _ in range(2 if many_kills else 1):
        faults += [(fault, "") for fault in others]
        faults += [(Fault.FULL_DISK, name) for name in (rng.choice(list(devices)), "broker", "bridge", "server")]
    rng.shuffle(faults)
    for offset, (fault, name) in enumerate(faults):
        yield _step(rng, number + offset, (fault, name), devices, pace)


def _step(rng: random.Random, number: int, what: tuple[Fault, str], devices: Sequence[str], pace: float) -> Step:
    fault, name = what
    programs = (*devices, "broker", "bridge", "server")
    links = (*devices, "bridge", "server")
    lasts_s = round(rng.uniform(2.0, 4.0) * pace, 2)
    then_s = round(rng.uniform(0.5, 2.0) * pace, 2)
    amount = 0
    targets: tuple[str, ...] = (name or rng.choice(programs),)
    if fault is Fault.KILL:
        lasts_s = 0.0
    elif fault is Fault.KILL_TOGETHER:
        targets = tuple(sorted(rng.sample(programs, rng.randint(2, len(programs)))))
        lasts_s = 0.0
    elif fault is Fault.KILL_AGAIN:  # in the middle of a start, too
        amount = rng.randint(3, 6)
        lasts_s = round(rng.uniform(1.1, 1.9), 2)
    elif fault in (Fault.EMPTY_BROKER, Fault.CORRUPT_BROKER):
        targets = ("broker",)
    elif fault is Fault.LOSE_ANSWERS:
        targets = ("server",)
    elif fault in CLOCK_FAULTS:
        targets = (rng.choice((*devices, "bridge", "server")),)
    elif fault is Fault.REPEAT:
        targets = ()
        amount = rng.randint(2, 5)
    elif fault in _LINK_FAULTS:
        targets = (rng.choice(links),)
        amount = rng.randint(1, 4000) if fault is Fault.CUT_MID_PACKET else rng.randint(20, 400)
    elif fault is Fault.AWAY:
        targets = (rng.choice(("server", "bridge", "broker")),)
        lasts_s = round(lasts_s * 2, 2)
    elif fault is Fault.AWAY_FOR_LONG:
        targets = (rng.choice(("server", "bridge")),)
        lasts_s = round(lasts_s * 6, 2)
    lasting = fault not in KILLS | _BEGIN_WITH_A_KILL | {Fault.CUT}
    meanwhile = (rng.choice(targets or programs),) if lasting and rng.random() < 0.5 else ()
    return Step(
        number=number, fault=fault, targets=targets, lasts_s=lasts_s, then_s=then_s, amount=amount, killed_meanwhile=meanwhile
    )
