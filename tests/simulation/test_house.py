"""Any order of things that can happen to a house: nothing accepted is lost, nothing stored twice, nothing made up.

And the proof that this finds something: five programs wired wrongly, each of which it must catch. On failure Hypothesis
prints the shortest schedule that it could find. VIGIE_SIMULATION_EXAMPLES=20000 looks for longer, and at random.
"""

import os

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.simulation.house import House
from tests.simulation.world import Wiring

EXAMPLES = os.environ.get("VIGIE_SIMULATION_EXAMPLES")
_ORDINARY = settings(
    max_examples=int(EXAMPLES or 70),
    stateful_step_count=60,
    derandomize=EXAMPLES is None,
    database=None,
    deadline=None,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)
_CONTROL = settings(
    _ORDINARY, max_examples=400, derandomize=True, phases=[Phase.generate], report_multiple_bugs=False, print_blob=False
)


def test_nothing_accepted_is_lost_doubled_or_made_up():
    run_state_machine_as_test(House, settings=_ORDINARY)


@pytest.mark.parametrize(
    ("wiring", "rules", "found"),
    [
        pytest.param(Wiring(deletes_on_puback=True), {"sense", "publish"}, "is lost", id="an agent that deletes on PUBACK"),
        pytest.param(
            Wiring(acknowledges_first=True),
            {"third_party", "receive"},
            "acknowledged to a third party, and gone",
            id="a bridge that acknowledges before its commit",
        ),
        pytest.param(
            Wiring(deletes_ahead=True),
            {"third_party", "receive", "upload"},
            "acknowledged to a third party, and gone",
            id="a bridge that deletes what it has only read",
        ),
        pytest.param(
            Wiring(has_unique_keys=False),
            {"sense", "publish", "receive", "upload", "work_for_a_while"},
            "stored twice",
            id="a server without unique keys",
        ),
        pytest.param(Wiring(has_autoincrement=False), {"sense", "rush"}, "is given twice", id="a log without AUTOINCREMENT"),
    ],
)
def test_the_simulation_finds(wiring: Wiring, rules: set[str], found: str):
    others = {name: None for name, value in vars(House).items() if hasattr(value, "hypothesis_stateful_rule") and name not in rules}
    wrong_house = type("WrongHouse", (House,), {"wiring": wiring, **others})
    with pytest.raises(AssertionError, match=found):
        run_state_machine_as_test(wrong_house, settings=_CONTROL)
