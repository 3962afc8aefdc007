"""fill: price, positions, entry, leverage, filled amounts. Nothing is charged here but the price."""

import pytest

from tests.helpers.desk import PRICE, WAD
from tests.helpers.model.arithmetic import average_entry, value
from tests.helpers.parameters import PLAIN
from tests.helpers.reading import FLAT, SCALE, holding, refused

PARAMS = PLAIN
# Nothing is round, so that every rounding shows.
SIZE = 1_234_567_890_123_456_789
LOW, HIGH = 3_987_654_321_098_765_432_101, 4_012_345_678_901_234_567_899
DEPOSIT = 100_000 * 10**6

both_ways = pytest.mark.parametrize("sign", [1, -1], ids=["maker_buys", "maker_sells"])


def paid(size: int, price: int) -> int:
    """What a fill moves from the buyer to the seller while no funding has accrued."""
    return value(abs(size), price, 0, SCALE)


@both_ways
def test_fill__opposite_orders__opens_mirrored_positions(desk, maker_account, taker_account, sign):
    bid = desk.order(maker_account, sign * SIZE, HIGH, leverage=20)
    ask = desk.opposite(bid, taker_account, leverage=5)
    desk.fill(bid, ask)
    assert holding(desk, maker_account) == (sign * SIZE, HIGH, 20)
    assert holding(desk, taker_account) == (-sign * SIZE, HIGH, 5)
    assert desk.cash(maker_account) == DEPOSIT - sign * paid(SIZE, HIGH)
    assert desk.cash(taker_account) == DEPOSIT + sign * paid(SIZE, HIGH)
    assert desk.clearing_house.open_interest(1) == SIZE
    assert desk.clearing_house.position_count(1, True) == desk.clearing_house.position_count(1, False) == 1
    assert desk.lens.open_markets(maker_account) == desk.lens.open_markets(taker_account) == [1]
    assert desk.exchange.filled(desk.hash(bid)) == desk.exchange.filled(desk.hash(ask)) == SIZE


@pytest.mark.parametrize(
    ("sign", "makers", "takers"),
    [(1, HIGH, LOW), (-1, LOW, HIGH), (1, LOW, 0), (-1, HIGH, 2**256 - 1)],
    ids=["maker_buys", "maker_sells", "taker_sells_at_any_price", "taker_buys_at_any_price"],
)
def test_fill__limits_cross__executes_at_the_makers(desk, maker_account, taker_account, sign, makers, takers):
    order = desk.order(maker_account, sign * SIZE, makers)
    desk.fill(order, desk.opposite(order, taker_account, limit_price=takers))
    assert holding(desk, maker_account)[1] == holding(desk, taker_account)[1] == makers
    assert desk.cash(maker_account) == DEPOSIT - sign * paid(SIZE, makers)
    assert desk.cash(taker_account) == DEPOSIT + sign * paid(SIZE, makers)


@pytest.mark.parametrize("sign", [1, -1], ids=["taker_buys", "taker_sells"])
def test_fill__one_unit_beyond_the_takers_limit__reverts(desk, maker_account, taker_account, sign):
    order = desk.order(maker_account, -sign * SIZE, LOW)
    at_limit = desk.opposite(order, taker_account)
    violated = desk.opposite(order, taker_account, limit_price=LOW - sign)
    with refused(desk, "order: price"):
        desk.fill(order, violated)
    desk.fill(order, at_limit)
    assert holding(desk, taker_account)[:2] == (sign * SIZE, LOW)


@both_ways
def test_fill__same_direction__increases_at_the_floored_average(desk, maker_account, taker_account, sign):
    first = desk.order(maker_account, sign * SIZE, LOW)
    desk.fill(first, desk.opposite(first, taker_account))
    more = SIZE // 3 + 1
    second = desk.order(maker_account, sign * more, HIGH)
    desk.fill(second, desk.opposite(second, taker_account))

    entry = average_entry(SIZE, LOW, more, HIGH)
    assert (SIZE * LOW + more * HIGH) % (SIZE + more), "the example must round"
    assert holding(desk, maker_account)[:2] == (sign * (SIZE + more), entry)
    assert holding(desk, taker_account)[:2] == (-sign * (SIZE + more), entry)
    assert desk.cash(maker_account) == DEPOSIT - sign * (paid(SIZE, LOW) + paid(more, HIGH))
    assert desk.clearing_house.open_interest(1) == SIZE + more


@both_ways
@pytest.mark.parametrize("leverage", [1, 100, 0, 7, 2**255])
def test_fill__reduction__keeps_entry_and_ignores_leverage(
    desk, maker_account, taker_account, sign, leverage
):
    first = desk.order(maker_account, sign * SIZE, LOW, leverage=10)
    desk.fill(first, desk.opposite(first, taker_account))
    less = SIZE // 3
    second = desk.order(maker_account, -sign * less, HIGH, leverage=leverage)
    desk.fill(second, desk.opposite(second, taker_account), hints=(0, 0))
    assert holding(desk, maker_account) == (sign * (SIZE - less), LOW, 10)
    assert holding(desk, taker_account) == (-sign * (SIZE - less), LOW, 10)
    assert desk.cash(maker_account) == DEPOSIT - sign * (paid(SIZE, LOW) - paid(less, HIGH))
    assert desk.clearing_house.open_interest(1) == SIZE - less


@both_ways
def test_fill__whole_position__closes(desk, maker_account, taker_account, sign):
    first = desk.order(maker_account, sign * SIZE, LOW)
    desk.fill(first, desk.opposite(first, taker_account))
    second = desk.order(maker_account, -sign * SIZE, HIGH)
    desk.fill(second, desk.opposite(second, taker_account))
    for account_id in (maker_account, taker_account):
        assert holding(desk, account_id) == FLAT
        assert desk.lens.open_markets(account_id) == []
        assert desk.clearing_house.position_slot(1, account_id) == 0
    profit = sign * (paid(SIZE, HIGH) - paid(SIZE, LOW))
    assert desk.cash(maker_account) == DEPOSIT + profit
    assert desk.cash(taker_account) == DEPOSIT - profit
    assert desk.clearing_house.open_interest(1) == 0
    assert desk.clearing_house.position_count(1, True) == desk.clearing_house.position_count(1, False) == 0


@both_ways
def test_fill__larger_than_the_position__flips(desk, maker_account, taker_account, sign):
    first = desk.order(maker_account, sign * SIZE, LOW, leverage=10)
    desk.fill(first, desk.opposite(first, taker_account))
    beyond = SIZE // 2
    second = desk.order(maker_account, -sign * (SIZE + beyond), HIGH, leverage=3)
    desk.fill(second, desk.opposite(second, taker_account, leverage=50))
    assert holding(desk, maker_account) == (-sign * beyond, HIGH, 3)
    assert holding(desk, taker_account) == (sign * beyond, HIGH, 50)
    assert desk.cash(maker_account) == DEPOSIT - sign * (paid(SIZE, LOW) - paid(SIZE + beyond, HIGH))
    assert desk.clearing_house.open_interest(1) == beyond
    assert desk.clearing_house.position_count(1, True) == desk.clearing_house.position_count(1, False) == 1


@both_ways
def test_fill__increase__moves_the_whole_position_to_the_orders_leverage(
    desk, maker_account, taker_account, sign
):
    first = desk.order(maker_account, sign * SIZE, leverage=10)
    desk.fill(first, desk.opposite(first, taker_account))
    second = desk.order(maker_account, sign * SIZE, leverage=2)
    desk.fill(second, desk.opposite(second, taker_account, leverage=100))
    assert holding(desk, maker_account) == (sign * 2 * SIZE, PRICE, 2)
    assert holding(desk, taker_account) == (-sign * 2 * SIZE, PRICE, 100)


@pytest.mark.parametrize("leverage", [1, 2, 3, 5, 10, 20, 50, 100])
def test_fill__every_tier__is_applied(desk, maker_account, taker_account, leverage):
    order = desk.order(maker_account, SIZE, leverage=leverage)
    desk.fill(order, desk.opposite(order, taker_account))
    assert holding(desk, maker_account)[2] == holding(desk, taker_account)[2] == leverage


@pytest.mark.parametrize("leverage", [0, 4, 99, 101, 255, 256 + 10, 2**255, 2**256 - 1])
@pytest.mark.parametrize("side", ["maker", "taker"])
def test_fill__leverage_that_is_no_tier__reverts(desk, maker_account, taker_account, leverage, side):
    order = desk.order(maker_account, SIZE, leverage=leverage if side == "maker" else 10)
    taking = desk.opposite(order, taker_account, leverage=leverage if side == "taker" else 10)
    with refused(desk, "market: bad leverage"):
        desk.fill(order, taking, hints=(0, 0))


@pytest.mark.parametrize("change", [SIZE, -3 * SIZE], ids=["increase", "flip"])
def test_fill__no_tier_on_an_open_position__reverts(desk, maker_account, taker_account, change):
    first = desk.order(maker_account, SIZE)
    desk.fill(first, desk.opposite(first, taker_account))
    second = desk.order(maker_account, change, leverage=4)
    with refused(desk, "market: bad leverage"):
        desk.fill(second, desk.opposite(second, taker_account, leverage=10), hints=(0, 0))


def test_fill__another_market__is_kept_apart(desk, maker_account, taker_account):
    other = desk.list_market(50 * WAD, PLAIN)
    desk.trade(maker_account, taker_account)
    desk.trade(taker_account, maker_account, 8 * WAD, 50 * WAD, 3, other)
    assert holding(desk, maker_account) == (WAD, PRICE, 10)
    assert holding(desk, maker_account, other) == (-8 * WAD, 50 * WAD, 3)
    assert desk.lens.open_markets(maker_account) == desk.lens.open_markets(taker_account) == [1, other]
    assert desk.cash(maker_account) == DEPOSIT - 4_000 * 10**6 + 400 * 10**6


@pytest.mark.parametrize("role", ["maker", "taker", "stranger"])
def test_fill__anyone__may_match(desk, maker_account, taker_account, role, request):
    order = desk.order(maker_account, SIZE)
    desk.fill(order, desk.opposite(order, taker_account), sender=request.getfixturevalue(role))
    assert holding(desk, maker_account)[0] == SIZE
