"""Random books closed in any order, in any parts, by any door: the invariants after every step."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.sandbox import invariants
from scripts.sandbox.invariants_waterfall import adl_6
from tests.helpers.model.arithmetic import notional_down, scale_of
from tests.helpers.model.deleveraging import Deleveraging
from tests.helpers.model.errors import Revert
from tests.helpers.model.flags import GRACE
from tests.unit.model.scenario import USD, refused
from tests.unit.model.trouble import ALL, TROUBLED, Trouble

DEBTS = st.integers(1, 3) | st.integers(1, 10**6) | st.integers(1, 2_000 * USD)
SEEDS = st.integers(0, 2**32 - 1)
# A book takes milliseconds.
many = settings(max_examples=4 * settings().max_examples)


def check_state(book: Trouble, total: int) -> None:
    """Nothing is lost or made; one state's invariants hold."""
    assert book.state_total == total
    for invariant in (invariants.acc_1, invariants.pos_1, invariants.que_1, invariants.que_2):
        invariant(book.reader)


def close_some(book: Trouble) -> None:
    """One step towards the end, whoever makes it."""
    rng = book.rng
    market_id = rng.choice(book.priced_legs())
    size = abs(book.account(TROUBLED).size(market_id))
    part = rng.choice((ALL, size, 1, size // 2, rng.randint(1, size)))
    count = rng.choice((1, 2, 256))
    steps: list[Callable[[], object]] = [
        lambda: book.liquidate(market_id, part),
        lambda: book.deleverage(market_id, count),
        lambda: book.deleverage(market_id, count, verified=True),
        lambda: book.protocol.flag_bankrupt(TROUBLED),
        lambda: wait(book, rng.choice((1, GRACE, 86_400))),
    ]
    before = book.protocol.state.copy()
    try:
        rng.choice(steps)()
    except Revert:
        assert book.protocol.state == before


def wait(book: Trouble, seconds: int) -> None:
    book.protocol.now += seconds


@many
@given(SEEDS, st.integers(-2_000 * USD, 500 * USD) | st.integers(-3, 3))
def test_waterfall__any_steps__invariants_hold_and_nothing_is_lost(seed: int, equity: int) -> None:
    book = Trouble(seed, equity)
    assert book.protocol.waterfall_values(TROUBLED)[0] == equity
    total = book.state_total
    for _ in range(8):
        if book.priced_legs():
            close_some(book)
    check_state(book, total)


@many
@given(SEEDS, DEBTS)
def test_bankrupt__closed_leg_by_leg_in_parts__ends_at_exactly_zero(seed: int, debt: int) -> None:
    """ADL-3 and what a vault's money ends as, for one market or several."""
    book = Trouble(seed, -debt, easy=True)
    total, paid = book.state_total, 0
    while book.priced_legs():
        paid += close_any(book)
    assert book.account(TROUBLED).cash == 0
    assert paid == debt
    check_state(book, total)


def close_any(book: Trouble) -> int:
    """A part of a random leg, by whatever the waterfall allows; what it was helped with."""
    rng, protocol = book.rng, book.protocol
    market_id = rng.choice(book.priced_legs())
    size = abs(book.account(TROUBLED).size(market_id))
    if not protocol.is_bankrupt(TROUBLED):
        # A rounding has paid the last unit: the rest is worth nothing and costs nothing.
        assert protocol.waterfall_values(TROUBLED)[0] == 0
        receipt = book.liquidate(market_id)
        assert (receipt.closed, receipt.penalty, receipt.insurance_paid) == (size, 0, 0)
        return 0
    if protocol.shortfall(TROUBLED, market_id) > protocol.insurance_capacity(market_id):
        deleveraged = book.deleverage(market_id, rng.randint(1, 2))
        return deleveraged.insurance_paid + deleveraged.haircut
    part = rng.randint(1, size)
    left = notional_down(size - part, protocol.mark_price(market_id), scale_of(protocol.decimals))
    if left < protocol.state.markets[market_id].params.min_notional:
        part = ALL
    return book.liquidate(market_id, part).insurance_paid


@given(SEEDS, DEBTS)
def test_deleverage__wrong_list__changes_nothing(seed: int, debt: int) -> None:
    book = Trouble(seed, -debt, markets=1, easy=True)
    book.protocol.state.vault.buckets.clear()
    ranked = book.named(1, 256)
    size = book.account(TROUBLED).size(1)
    before = book.snapshot(1, size)
    with refused("adl: not top ranked"):
        book.protocol.deleverage(TROUBLED, 1, [TROUBLED, *ranked])
    adl_6(before, book.snapshot(1, size))


@given(SEEDS, DEBTS)
def test_deleverage__both_doors__do_the_same(seed: int, debt: int) -> None:
    book = Trouble(seed, -debt, markets=1)
    protocol = book.protocol
    protocol.state.vault.buckets.clear()
    if not book.priced_legs():
        return
    ranked = protocol.adl_queue(1, book.account(TROUBLED).size(1) < 0, 0, 256)
    verified = protocol.preview(lambda: protocol.deleverage(TROUBLED, 1, ranked))
    picked = protocol.preview(lambda: protocol.deleverage_next(TROUBLED, 1, 256))
    assert isinstance(verified, Deleveraging)
    assert verified == replace(picked, verified=True)


@given(SEEDS, DEBTS)
def test_deleverage__one_visit_a_call__costs_everybody_the_same_but_rounding(seed: int, debt: int) -> None:
    book = Trouble(seed, -debt, markets=1, easy=True)
    protocol = book.protocol
    protocol.state.vault.buckets.clear()
    at_once = protocol.preview(lambda: book.deleverage(1))
    assert isinstance(at_once, Deleveraging)
    for visit in at_once.counterparties:
        if not protocol.is_bankrupt(TROUBLED):
            break
        (alone,) = book.deleverage(1, 1).counterparties
        assert (alone.counterparty, alone.size) == (visit.counterparty, visit.size)
        # Every call rounds the rest of the shortfall up once, and so does every visit.
        assert abs(alone.haircut - visit.haircut) <= len(at_once.counterparties) + 1


@given(SEEDS, st.integers(0, 100 * USD))
def test_liquidatable_size__solvent_book__view_and_call_agree(seed: int, equity: int) -> None:
    book = Trouble(seed, equity, easy=True)
    market_id = book.rng.choice(book.priced_legs())
    size = book.protocol.liquidatable_size(TROUBLED, market_id)
    if size == 0:
        with refused("liq: not liquidatable"):
            book.liquidate(market_id)
    else:
        assert book.liquidate(market_id).closed == size


@pytest.mark.parametrize("seed", range(3))
def test_trouble__random_book__is_consistent(seed: int) -> None:
    book = Trouble(seed, -USD)
    check_state(book, book.state_total)
