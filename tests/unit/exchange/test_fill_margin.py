"""fill: margins, to the unit. Market 1 charges nothing: equity is what was deposited less the price."""

import pytest

from tests.helpers.desk import PRICE, WAD
from tests.helpers.events import named
from tests.helpers.model.arithmetic import ceil_div, initial_requirement, notional_up
from tests.helpers.parameters import FEES, PLAIN
from tests.helpers.reading import SCALE, fee, holding, refused

CAPPED = PLAIN.but(open_interest_cap=30 * WAD, open_interest_lower=3 * WAD, open_interest_upper=24 * WAD)
PARAMS = CAPPED
SIZE = 1_234_567_890_123_456_789
SIDES = pytest.mark.parametrize("side", ["maker", "taker"])


def requirement(size: int, leverage: int, open_interest: int, mark: int = PRICE) -> int:
    return initial_requirement(
        size,
        mark,
        leverage,
        open_interest=open_interest,
        lower=CAPPED.open_interest_lower,
        upper=CAPPED.open_interest_upper,
        max_leverage=CAPPED.max_leverage,
        scale=SCALE,
    )


def match(desk, side, account_id, other, size, price=PRICE, leverage=10, market_id=1):
    """The account buys `size` (sells it if negative) as maker or as taker."""
    order = desk.order(account_id, size, price, leverage, market_id)
    counter = desk.opposite(order, other, leverage=1)
    return desk.fill(order, counter) if side == "maker" else desk.fill(counter, order)


def funded(desk, trader, amount: int) -> int:
    account_id = desk.account(trader)
    if amount:
        desk.fund(account_id, amount)
    return account_id


@pytest.fixture
def other(desk, stranger) -> int:
    """Rich enough never to be in the way."""
    return desk.account(stranger, 1_000_000)


@SIDES
@pytest.mark.parametrize("sign", [1, -1], ids=["long", "short"])
@pytest.mark.parametrize("leverage", [1, 3, 100])
def test_fill__opening__needs_the_initial_requirement_to_the_unit(desk, maker, other, side, sign, leverage):
    needed = ceil_div(notional_up(SIZE, PRICE, SCALE), leverage)
    assert needed == requirement(SIZE, leverage, SIZE)
    # What the short receives is floored, what it owes is rounded up.
    lost = 0 if sign > 0 else 1
    account_id = funded(desk, maker, needed + lost - 1)
    with refused(desk, "margin: insufficient"):
        match(desk, side, account_id, other, sign * SIZE, leverage=leverage)
    desk.fund(account_id, 1)
    match(desk, side, account_id, other, sign * SIZE, leverage=leverage)
    assert desk.values(account_id)[:2] == (needed, needed)


@SIDES
@pytest.mark.parametrize("sign", [1, -1], ids=["long", "short"])
def test_fill__worse_than_the_mark__is_paid_for_at_once(desk, maker, other, side, sign):
    price = PRICE + sign * PRICE // 50
    needed = requirement(WAD, 10, WAD) + 80 * 10**6
    account_id = funded(desk, maker, needed - 1)
    with refused(desk, "margin: insufficient"):
        match(desk, side, account_id, other, sign * WAD, price)
    desk.fund(account_id, 1)
    match(desk, side, account_id, other, sign * WAD, price)
    assert desk.values(account_id)[0] == requirement(WAD, 10, WAD)


def test_fill__better_than_the_mark__counts_as_equity(desk, maker, other):
    account_id = funded(desk, maker, requirement(WAD, 10, WAD) - 80 * 10**6)
    match(desk, "taker", account_id, other, WAD, PRICE - PRICE // 50)
    assert desk.values(account_id)[:2] == (400 * 10**6, 400 * 10**6)


@pytest.mark.parametrize("interest", [3 * WAD, 3 * WAD + 7, 10 * WAD, 24 * WAD - 1, 24 * WAD, 27 * WAD])
def test_fill__open_interest_above_the_lower_bound__scales_the_requirement(
    desk, maker, other, taker, interest
):
    """Judged with the fill's own open interest in it."""
    rest = desk.account(taker, 500_000)
    desk.trade(rest, other, interest - WAD, leverage=1)
    needed = requirement(WAD, 100, interest)
    assert (needed == 40 * 10**6) == (interest == 3 * WAD)
    account_id = funded(desk, maker, needed - 1)
    with refused(desk, "margin: insufficient"):
        match(desk, "maker", account_id, other, WAD, leverage=100)
    desk.fund(account_id, 1)
    match(desk, "maker", account_id, other, WAD, leverage=100)
    assert desk.values(account_id)[1] == needed


@SIDES
@pytest.mark.parametrize(("change", "after"), [(1, 2), (-3, -2)], ids=["increase", "flip"])
def test_fill__more_risk__needs_the_initial_requirement_of_what_results(
    desk, maker, other, side, change, after
):
    account_id = funded(desk, maker, requirement(WAD, 10, WAD))
    match(desk, side, account_id, other, WAD)
    needed = requirement(2 * WAD, 5, 2 * WAD)
    desk.fund(account_id, needed - requirement(WAD, 10, WAD) - 1)
    with refused(desk, "margin: insufficient"):
        match(desk, side, account_id, other, change * WAD, leverage=5)
    desk.fund(account_id, 1)
    match(desk, side, account_id, other, change * WAD, leverage=5)
    assert holding(desk, account_id)[0] == after * WAD


@SIDES
def test_fill__other_market__counts_towards_equity_and_requirement(desk, maker, other, side):
    second = desk.list_market(100 * WAD, PLAIN)
    account_id = funded(desk, maker, 4 * 100 * 10**6 + 400 * 10**6)
    match(desk, side, account_id, other, 40 * WAD, 100 * WAD, market_id=second)
    desk.report(99 * WAD, second)
    # 800 - 40 in equity, 396 for the other market.
    size = (760 - 396) * WAD // 400
    with refused(desk, "margin: insufficient"):
        match(desk, side, account_id, other, size + 10**13)
    match(desk, side, account_id, other, size)
    assert desk.values(account_id)[:2] == (760 * 10**6, 760 * 10**6)


@SIDES
@pytest.mark.parametrize("sign", [1, -1], ids=["long", "short"])
@pytest.mark.parametrize("leverage", [5, 10])
def test_fill__increase__pays_for_a_lower_tier_with_margin_and_not_with_profit(
    desk, maker, other, side, sign, leverage
):
    """A profit of 100 counts towards the same tier, and not towards a better place in the queue."""
    account_id = funded(desk, maker, 400 * 10**6)
    match(desk, side, account_id, other, sign * WAD, leverage=10)
    mark = PRICE + sign * 100 * WAD
    desk.report(mark)
    needed = requirement(2 * WAD, leverage, 2 * WAD, mark) - (100 * 10**6 if leverage == 10 else 0)
    desk.fund(account_id, needed - 400 * 10**6 - 1)
    with refused(desk, "margin: insufficient"):
        match(desk, side, account_id, other, sign * WAD, mark, leverage)
    desk.fund(account_id, 1)
    match(desk, side, account_id, other, sign * WAD, mark, leverage)
    assert holding(desk, account_id) == (sign * 2 * WAD, PRICE + sign * 50 * WAD, leverage)


def under_initial(desk, trader, other) -> int:
    """Long one coin at 100x, equity 30 of the 39.9 it would need now; maintenance 19.95."""
    account_id = funded(desk, trader, 40 * 10**6)
    match(desk, "maker", account_id, other, WAD, leverage=100)
    desk.report(3_990 * WAD)
    assert desk.values(account_id)[:3] == (30 * 10**6, 39_900_000, 19_950_000)
    return account_id


@SIDES
def test_fill__reduction_below_the_initial_requirement__may_not_lower_the_ratio(desk, maker, other, side):
    """Half of it, sold at 3,960, leaves half of the equity; a unit less is carrying margin out."""
    account_id = under_initial(desk, maker, other)
    with refused(desk, "margin: insufficient"):
        match(desk, side, account_id, other, -WAD // 2, 3_960 * WAD - 2 * 10**12)
    match(desk, side, account_id, other, -WAD // 2, 3_960 * WAD)
    assert desk.values(account_id)[:3] == (15 * 10**6, 19_950_000, 9_975_000)


@SIDES
def test_fill__eleven_percent_to_a_friend_far_below_the_mark__reverts(desk, maker, other, side):
    account_id = under_initial(desk, maker, other)
    with refused(desk, "margin: insufficient"):
        match(desk, side, account_id, other, -WAD * 11 // 100, 3_800 * WAD)


def test_fill__increase_below_the_initial_requirement__reverts_however_small(desk, maker, other):
    account_id = under_initial(desk, maker, other)
    with refused(desk, "margin: insufficient"):
        match(desk, "maker", account_id, other, 1, 3_990 * WAD, leverage=100)


def test_fill__close_below_maintenance__is_allowed_down_to_nothing(desk, maker, other):
    account_id = under_initial(desk, maker, other)
    desk.report(3_965 * WAD)
    assert desk.clearing_house.is_liquidatable(account_id)
    with refused(desk, "margin: insufficient"):
        match(desk, "maker", account_id, other, -WAD, 3_960 * WAD - 10**12)
    match(desk, "maker", account_id, other, -WAD, 3_960 * WAD)
    assert desk.cash(account_id) == 0


def test_fill__under_water__is_let_out_only_by_somebody_who_pays_for_it(desk, maker, other):
    account_id = under_initial(desk, maker, other)
    desk.report(3_950 * WAD)
    assert desk.clearing_house.is_bankrupt(account_id)
    with refused(desk, "margin: insufficient"):
        match(desk, "taker", account_id, other, -WAD, 3_960 * WAD - 10**12)
    match(desk, "taker", account_id, other, -WAD, 3_960 * WAD)
    assert desk.cash(account_id) == 0


def test_fill__fees__are_part_of_what_must_be_there(desk, maker, other):
    """The account pays its fee before its margin is judged."""
    market_id = desk.list_market(PRICE, FEES)
    needed = ceil_div(notional_up(SIZE, PRICE, SCALE), 10) + fee(SIZE, PRICE, FEES.taker_fee)
    account_id = funded(desk, maker, needed - 1)
    with refused(desk, "margin: insufficient"):
        match(desk, "taker", account_id, other, SIZE, market_id=market_id)
    desk.fund(account_id, 1)
    receipt = match(desk, "taker", account_id, other, SIZE, market_id=market_id)
    assert named(receipt, "Fill")[0]["taker_fee"] == fee(SIZE, PRICE, FEES.taker_fee)
    assert desk.values(account_id)[0] == desk.values(account_id)[1]


@SIDES
def test_fill__account_without_a_unit__reverts(desk, maker, other, side):
    account_id = funded(desk, maker, 0)
    with refused(desk, "margin: insufficient"):
        match(desk, side, account_id, other, WAD // 400, leverage=100)
