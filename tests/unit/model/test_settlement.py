"""One settlement in hand-worked numbers: cash, fees, entry, leverage, open interest."""

from dataclasses import replace

import pytest

from tests.helpers.model.accounts import Position
from tests.helpers.model.arithmetic import MAX_SIZE
from tests.helpers.model.fills import Fill, changed_position, is_reduction
from tests.unit.model.scenario import NO_FEES, PARAMS, USD, WAD, Scenario, refused

HALF = WAD // 2


def test_open__at_the_mark__moves_cash_and_credits_fees() -> None:
    world = Scenario()
    world.protocol.set_vault_fee_share(250_000)
    buyer, seller = world.trader("buyer", 1_000), world.trader("seller", 1_000)
    # 500 ppm and 200 ppm of 2,000.
    assert world.trade(buyer, seller, WAD) == Fill(400_000, 1_000_000)
    assert world.account(buyer).cash == (1_000 - 2_000 - 1) * USD
    assert world.account(seller).cash == (1_000 + 2_000) * USD - 400_000
    assert world.protocol.vault_credit() == 350_000
    assert world.protocol.treasury_credit() == 1_050_000
    assert world.protocol.open_interest(1) == WAD
    assert world.account(buyer).positions == {1: Position(WAD, 2_000 * WAD, 10)}
    assert world.account(seller).positions == {1: Position(-WAD, 2_000 * WAD, 10)}
    values = world.protocol.account_values(buyer)
    assert (values.equity, values.initial_requirement) == (999 * USD, 200 * USD)
    assert (values.maintenance_requirement, values.withdrawable) == (40 * USD, 799 * USD)


def test_fee__odd_amount__rounds_up_and_the_vault_gets_the_odd_unit() -> None:
    world = Scenario()
    world.protocol.set_vault_fee_share(500_000)
    buyer, seller = world.trader("buyer", 1_000), world.trader("seller", 1_000)
    # A notional of 10.0002 dollars: 5,000.1 and 2,000.04 units of fee.
    fill = world.trade(buyer, seller, 5_000_100_000_000_000)
    assert (fill.taker_fee, fill.maker_fee) == (5_001, 2_001)
    # Of the fees of a call together: half of 7,002, then a third, 2,333.997666.
    assert (world.protocol.vault_credit(), world.protocol.treasury_credit()) == (3_501, 3_501)
    world.protocol.set_vault_fee_share(333_333)
    world.trade(buyer, seller, 5_000_100_000_000_000)
    assert (world.protocol.vault_credit(), world.protocol.treasury_credit()) == (3_501 + 2_334, 3_501 + 4_668)


def test_open__after_funding__pays_the_price_less_the_index() -> None:
    world = Scenario(replace(PARAMS, **NO_FEES))
    buyer, seller = world.trader("buyer", 100_000), world.trader("seller", 100_000)
    # A premium of half a percent at a fifth of the depth: 0.1 %.
    world.trade(buyer, seller, 100 * WAD, 2_010 * WAD)
    world.protocol.now += 3600
    index = world.protocol.funding_index(1)
    assert index // 10**12 == 235_006
    late, other = world.trader("late buyer", 1_000), world.trader("other seller", 1_000)
    world.trade(late, other, WAD)
    # 2,000 less an index of 0.2350061948 is 1,999.7649938051..., floored to 1e-6 for the buyer.
    assert world.account(late).cash == 1_000 * USD - 1_999_764_993
    assert world.account(other).cash == 1_000 * USD + 1_999_764_993
    # The long of 100 has paid 23.50061948...; what it lost against its entry comes on top.
    assert world.protocol.account_values(buyer).equity == (100_000 - 1_000 - 23) * USD - 500_620


@pytest.mark.parametrize(
    ("old", "change", "new"),
    [
        (None, 2, Position(2, 300, 5)),
        (Position(2, 100, 10), 1, Position(3, 166, 5)),
        (Position(-2, 100, 10), -1, Position(-3, 166, 5)),
        (Position(3, 100, 10), -1, Position(2, 100, 10)),
        (Position(-3, 100, 10), 1, Position(-2, 100, 10)),
        (Position(3, 100, 10), -3, None),
        (Position(3, 100, 10), -4, Position(-1, 300, 5)),
        (Position(-3, 100, 10), 4, Position(1, 300, 5)),
    ],
)
def test_changed_position__at_300_with_leverage_5(
    old: Position | None, change: int, new: Position | None
) -> None:
    assert changed_position(old, change, 300, 5) == new


@pytest.mark.parametrize(
    ("before", "after", "reduces"),
    [
        *[(3, 2, True), (3, 0, True), (-3, -2, True), (3, 3, False), (3, 4, False)],
        *[(3, -1, False), (0, 0, False), (0, 1, False), (-3, 1, False)],
    ],
)
def test_is_reduction(before: int, after: int, reduces: bool) -> None:
    assert is_reduction(before, after) is reduces


def test_open_interest_cap__grown_beyond__refused_but_changing_hands_is_not() -> None:
    world = Scenario(replace(PARAMS, **NO_FEES, open_interest_cap=5 * WAD))
    buyer, seller = world.trader("buyer", 50_000), world.trader("seller", 50_000)
    with refused("market: open interest cap"):
        world.trade(buyer, seller, 5 * WAD + 10**15)
    world.trade(buyer, seller, 5 * WAD)
    heir = world.trader("heir", 50_000)
    # Even above a cap that was lowered.
    world.protocol.write_market(1, replace(PARAMS, **NO_FEES, open_interest_cap=4 * WAD))
    world.trade(heir, buyer, WAD)
    assert world.protocol.open_interest(1) == 5 * WAD


def test_too_many_markets__the_ninth__refused() -> None:
    world = Scenario()
    buyer, seller = world.trader("buyer", 9_000), world.trader("seller", 9_000)
    for market_id in range(2, 10):
        world.protocol.write_market(market_id, PARAMS)
        world.set_price(market_id, 50 * WAD)
        world.trade(buyer, world.trader("seller", 9_000), WAD, market_id=market_id)
    with refused("account: too many markets"):
        world.trade(buyer, seller, WAD)
    with refused("account: too many markets"):
        world.trade(seller, buyer, WAD)
    world.trade(buyer, seller, WAD, market_id=9)
    assert world.protocol.open_markets(buyer) == list(range(2, 10))


def test_size__beyond_int96__refused() -> None:
    world = Scenario(replace(PARAMS, open_interest_cap=2**97))
    world.set_price(1, WAD)
    buyer, seller = world.trader("buyer", 10**12), world.trader("seller", 10**12)
    world.trade(buyer, seller, MAX_SIZE, leverage=1)
    with refused("fill: size overflow"):
        world.trade(buyer, world.trader("other", 10**12), 1, leverage=1)


def test_reduce_only_market__only_what_reduces_both() -> None:
    world = Scenario()
    buyer, seller = world.trader("buyer", 9_000), world.trader("seller", 9_000)
    world.trade(buyer, seller, WAD)
    world.protocol.set_reduce_only(1, True)
    with refused("market: reduce only"):
        world.trade(buyer, seller, WAD)
    with refused("market: reduce only"):
        world.trade(world.trader("heir", 9_000), buyer, WAD)
    with refused("market: reduce only"):
        world.trade(seller, buyer, WAD + 1)
    world.trade(seller, buyer, WAD)
    assert world.protocol.open_interest(1) == 0


@pytest.mark.parametrize("market_id", [3, 64])
def test_market__not_listed__refused(market_id: int) -> None:
    world = Scenario()
    buyer, seller = world.trader("buyer", 9_000), world.trader("seller", 9_000)
    world.set_price(market_id, WAD)
    with refused("market: not listed"):
        world.trade(buyer, seller, WAD, market_id=market_id)


def test_premium__sampled_by_every_fill__after_the_accrual() -> None:
    world = Scenario()
    buyer, seller = world.trader("buyer", 90_000), world.trader("seller", 90_000)
    world.trade(buyer, seller, 100 * WAD, 2_010 * WAD)
    assert world.protocol.state.markets[1].funding.premium == 100_000_000
    world.protocol.now += 3600
    world.trade(buyer, seller, WAD)
    # Decayed by exp(-1/8) to 88,249,690; a fill of 0.2 % of the depth at the mark takes 0.2 % off.
    assert world.protocol.state.markets[1].funding.premium == 88_249_690 - 176_499
