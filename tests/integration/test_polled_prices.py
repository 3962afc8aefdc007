"""No path values anything at a price that the router refused: every function that reads a price and moves
money or risk, on a market whose feed says good and bad things. Left out is `relink`, which moves neither."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers.outages.entry_points import ENTRY_POINTS, prepare
from tests.helpers.outages.polled import UNIT, Polled
from tests.helpers.outages.rows import HUGE
from tests.helpers.outages.stage import CONFIRM, GRACE, MAX_AGE
from tests.helpers.parameters import WAD
from tests.helpers.solidity import needs_solidity
from tests.helpers.undoing import undone

pytestmark = needs_solidity

# The market stays where its accounts can carry it.
LOWEST, HIGHEST = 2_000 * WAD, 7_000 * WAD
# Parts per thousand of the accepted price: unmoved, near, at the edge of a jump, beyond.
MOVES = (1_000, 999, 1_003, 950, 1_100, 1_101, 850, 1_200)


def moved(polled, per_mille):
    """The accepted price, moved; as a feed's answer."""
    return max(LOWEST, min(polled.last * per_mille // 1_000, HIGHEST)) // UNIT


# What happens to the feeds before the next transaction; two may come together.
EVENTS = {
    **{f"answers {m}": lambda p, m=m: p.answers(moved(p, m)) for m in MOVES},
    **{f"answers {a}": lambda p, a=a: p.answers(a) for a in (0, -1, HUGE, -HUGE - 1)},
    "old round": lambda p: p.answers(moved(p, 1_010), p.next_second - MAX_AGE - 1),
    "round of the future": lambda p: p.answers(moved(p, 1_010), p.next_second + 10),
    "incomplete round": lambda p: p.answers(moved(p, 1_010), 0),
    "other decimals": lambda p: p.has_decimals(18),
    "its own decimals": lambda p: p.has_decimals(8),
    "sequencer down": lambda p: p.sequencer_is(down=True),
    "sequencer up": lambda p: p.sequencer_is(down=False),
    **{f"second says {m}": lambda p, m=m: p.second_says(moved(p, m) * UNIT) for m in MOVES},
    **{f"{s} s pass": lambda p, s=s: p.wait(s) for s in (CONFIRM - 2, CONFIRM, GRACE, MAX_AGE)},
}
steps = st.tuples(
    st.lists(st.sampled_from(sorted(EVENTS)), max_size=2),
    st.sampled_from(ENTRY_POINTS),
    st.booleans(),
)

# The states that matter, reached on purpose.
STATES = {
    "accepted before": (),
    "accepted by whoever is first": ("answers 950",),
    "ignored": ("answers 0",),
    "jumped": ("answers 850",),
    "released by the second": ("second says 850", "answers 850"),
    "doubted": ("sequencer down",),
    "doubted still": ("sequencer down", "sequencer up", "answers 999"),
    "stale": (f"{MAX_AGE} s pass",),
}


@pytest.mark.parametrize("state", STATES)
def test_entry_points__all_of_them__value_at_the_accepted_price_or_not_at_all(chainlink_stage, state):
    chainlink_stage.reset()
    polled = Polled(chainlink_stage)
    prepare(polled)
    for event in STATES[state]:
        EVENTS[event](polled)
    for attempt in ENTRY_POINTS:
        with undone():
            attempt(polled)


@settings(max_examples=10)
@given(story=st.lists(steps, min_size=5, max_size=16))
def test_polled_market__any_story__valued_at_the_accepted_price_or_not_at_all(chainlink_stage, story):
    """After every step the router's record is the model's."""
    chainlink_stage.reset()
    with undone():
        polled = Polled(chainlink_stage)
        prepare(polled)
        for events, attempt, told in story:
            for event in events:
                EVENTS[event](polled)
            with undone():
                attempt(polled)
            if told:
                polled.sync()
