"""fill: sizes, prices and the limits of the market."""

from dataclasses import astuple

import pytest

from tests.helpers.desk import PRICE, WAD
from tests.helpers.model.arithmetic import MAX_SIZE
from tests.helpers.parameters import HOUR, PLAIN, SourceConfig
from tests.helpers.reading import holding, refused

# Worth 10 at the mark: the minimum.
SMALLEST = WAD // 400
CAPPED = PLAIN.but(open_interest_cap=10 * WAD, open_interest_lower=5 * WAD, open_interest_upper=20 * WAD)
PARAMS = CAPPED


def test_fill__zero_size__reverts(desk, maker_account, taker_account):
    bid = desk.order(maker_account, WAD)
    with refused(desk, "fill: zero size"):
        desk.fill(bid, desk.opposite(bid, taker_account), 0)


def test_fill__order_of_no_size__reverts(desk, maker_account, taker_account):
    """No size is on no side: it never gets as far as being filled by anything."""
    for makers, takers in ((0, WAD), (0, -WAD), (WAD, 0), (-WAD, 0), (0, 0)):
        bid, ask = desk.order(maker_account, makers), desk.order(taker_account, takers)
        for size in (0, 1):
            reasons = "order: same side", "order: overfilled", "fill: zero size"
            same_side = (makers > 0) != (takers < 0)
            with refused(desk, reasons[0] if same_side else reasons[1] if size else reasons[2]):
                desk.fill(bid, ask, size)


@pytest.mark.parametrize("size", [MAX_SIZE + 1, 2**96, 2**255 - 1])
def test_fill__larger_than_a_position_can_be__reverts(desk, maker_account, taker_account, size):
    bid = desk.order(maker_account, size)
    with refused(desk, "fill: size overflow"):
        desk.fill(bid, desk.opposite(bid, taker_account))


def test_fill__as_large_as_a_position_can_be__reaches_the_cap(desk, maker_account, taker_account):
    bid = desk.order(maker_account, MAX_SIZE)
    with refused(desk, "market: open interest cap"):
        desk.fill(bid, desk.opposite(bid, taker_account))


def test_fill__position_would_overflow__reverts(desk, maker_account, taker_account):
    desk.trade(maker_account, taker_account)
    bid = desk.order(maker_account, MAX_SIZE)
    with refused(desk, "fill: size overflow"):
        desk.fill(bid, desk.opposite(bid, taker_account))


@pytest.mark.parametrize("price", [0, 2**88, 2**256 - 1])
def test_fill__price_out_of_range__reverts(desk, maker_account, taker_account, price):
    bid = desk.order(maker_account, WAD, price)
    with refused(desk, "fill: price out of range"):
        desk.fill(bid, desk.opposite(bid, taker_account), hints=(0, 0))


@pytest.mark.parametrize("price", [1, 2**88 - 1])
def test_fill__absurd_price_in_range__is_outside_the_band(desk, maker_account, taker_account, price):
    bid = desk.order(maker_account, WAD, price)
    with refused(desk, "fill: outside price band"):
        desk.fill(bid, desk.opposite(bid, taker_account), hints=(0, 0))


@pytest.mark.parametrize("mark", [PRICE, PRICE + 7, PRICE - 19])
@pytest.mark.parametrize("sign", [1, -1], ids=["above", "below"])
def test_fill__edge_of_the_band__is_inclusive(desk, maker_account, taker_account, mark, sign):
    desk.report(mark)
    edge = mark + sign * (mark * 50_000 // 10**6)
    beyond = desk.order(maker_account, WAD, edge + sign)
    with refused(desk, "fill: outside price band"):
        desk.fill(beyond, desk.opposite(beyond, taker_account))
    within = desk.order(maker_account, WAD, edge)
    desk.fill(within, desk.opposite(within, taker_account))
    assert holding(desk, maker_account)[1] == edge


@pytest.mark.parametrize("price", [PRICE, PRICE * 105 // 100, PRICE * 95 // 100])
def test_fill__minimum_notional__is_judged_at_the_mark(desk, maker_account, taker_account, price):
    with refused(desk, "fill: below minimum"):
        desk.trade(maker_account, taker_account, SMALLEST - 1, price)
    desk.trade(maker_account, taker_account, SMALLEST, price)
    assert holding(desk, maker_account)[0] == SMALLEST


def test_fill__reduction__leaves_the_minimum_or_nothing(desk, maker_account, taker_account):
    desk.trade(maker_account, taker_account, WAD)
    with refused(desk, "fill: below minimum"):
        desk.trade(taker_account, maker_account, WAD - SMALLEST + 1)
    desk.trade(taker_account, maker_account, WAD - SMALLEST)
    assert holding(desk, maker_account)[0] == SMALLEST
    desk.trade(taker_account, maker_account, SMALLEST)
    assert holding(desk, maker_account)[0] == 0


def test_fill__position_fallen_below_the_minimum__closes_or_grows_beyond_it(
    desk, maker_account, taker_account
):
    desk.trade(maker_account, taker_account, SMALLEST)
    desk.report(PRICE * 96 // 100)
    for size in (1, SMALLEST // 50):
        with refused(desk, "fill: below minimum"):
            desk.trade(maker_account, taker_account, size, PRICE * 96 // 100)
    desk.trade(maker_account, taker_account, SMALLEST // 10, PRICE * 96 // 100)
    desk.close(maker_account, taker_account, PRICE * 96 // 100)
    assert holding(desk, maker_account)[0] == 0


def test_fill__flip_to_less_than_the_minimum__reverts(desk, maker_account, taker_account):
    desk.trade(maker_account, taker_account, WAD)
    with refused(desk, "fill: below minimum"):
        desk.trade(taker_account, maker_account, WAD + SMALLEST - 1)


def test_fill__open_interest_cap__is_inclusive(desk, maker_account, taker_account):
    with refused(desk, "market: open interest cap"):
        desk.trade(maker_account, taker_account, 10 * WAD + 1)
    desk.trade(maker_account, taker_account, 10 * WAD)
    assert desk.clearing_house.open_interest(1) == 10 * WAD
    with refused(desk, "market: open interest cap"):
        desk.trade(maker_account, taker_account, 1)


def test_fill__cap_lowered_below_the_open_interest__transfers_and_reductions_go_on(
    desk, owner, maker_account, taker_account, stranger
):
    desk.trade(maker_account, taker_account, 10 * WAD)
    lower = CAPPED.but(open_interest_cap=4 * WAD, open_interest_lower=2 * WAD)
    desk.governance.set_market(1, astuple(lower), sender=owner)
    heir = desk.account(stranger, 100_000)
    desk.trade(heir, maker_account, 3 * WAD)
    assert desk.clearing_house.open_interest(1) == 10 * WAD
    desk.trade(taker_account, heir, WAD)
    assert desk.clearing_house.open_interest(1) == 9 * WAD
    with refused(desk, "market: open interest cap"):
        desk.trade(heir, taker_account, WAD // 100)


def test_fill__price_but_not_listed__reverts(desk, maker_account, taker_account, owner):
    desk.router.set_source(2, astuple(SourceConfig(desk.source.address)), sender=owner)
    desk.report(PRICE, 2)
    with refused(desk, "market: not listed"):
        desk.trade(maker_account, taker_account, market_id=2)


@pytest.mark.parametrize("market_id", [0, 2, 64, 65, 2**224 + 1, 2**256 - 1])
def test_fill__market_that_does_not_exist__reverts(desk, maker_account, taker_account, market_id):
    """2**224 + 1 is market 1 in the low bits of a position's key."""
    bid = desk.order(maker_account, WAD, market_id=market_id)
    with refused(desk, "market: not listed"):
        desk.fill(bid, desk.opposite(bid, taker_account), hints=(0, 0))


def test_fill__stale_price__reverts(desk, maker_account, taker_account):
    desk.trade(maker_account, taker_account)
    desk.wait(2 * HOUR + 1)
    with refused(desk, "oracle: no valid price"):
        desk.trade(taker_account, maker_account)


def test_fill__reduce_only_market__lets_nobody_in(desk, maker_account, taker_account, owner):
    desk.trade(maker_account, taker_account, 2 * WAD)
    desk.governance.set_reduce_only(1, True, sender=owner)
    newcomer = desk.account(owner, 100_000)
    for buyer, seller in (
        (maker_account, taker_account),
        (newcomer, maker_account),
        (taker_account, newcomer),
    ):
        with refused(desk, "market: reduce only"):
            desk.trade(buyer, seller)
    with refused(desk, "market: reduce only"):
        desk.trade(taker_account, maker_account, 2 * WAD + 1)
    desk.trade(taker_account, maker_account, WAD)
    desk.trade(taker_account, maker_account, WAD)
    assert desk.clearing_house.open_interest(1) == 0


def test_fill__ninth_market__reverts_until_one_is_closed(desk, maker_account, taker_account):
    markets = [1, *(desk.list_market(PRICE, PLAIN) for _ in range(8))]
    for market_id in markets[:8]:
        desk.trade(maker_account, taker_account, WAD // 10, market_id=market_id)
    with refused(desk, "account: too many markets"):
        desk.trade(maker_account, taker_account, WAD // 10, market_id=markets[8])
    desk.trade(taker_account, maker_account, WAD // 10, market_id=markets[3])
    desk.trade(maker_account, taker_account, WAD // 10, market_id=markets[8])
    assert desk.lens.open_markets(maker_account) == [*markets[:3], *markets[4:]]
