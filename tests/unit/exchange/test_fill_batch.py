"""fill_batch: one taker against many makers, each at its own limit price, in the order given."""

from dataclasses import astuple

import pytest

from tests.helpers.desk import PRICE
from tests.helpers.events import named
from tests.helpers.parameters import FEES
from tests.helpers.reading import NO_REASON, events, holding, refused

PARAMS = FEES
SIZE = STEP = 1_234_567_890_123_456_789


@pytest.fixture(scope="module")
def many(desk, maker):
    """Eight accounts of the maker's."""
    return [desk.account(maker, 50_000) for _ in range(8)]


def price_of(i: int) -> int:
    return PRICE + (i - 3) * STEP


@pytest.fixture
def orders(desk, many, taker_account):
    """Resting orders of `count` makers at different prices, and one that takes them all."""

    def orders(count: int, sign: int = 1):
        makers = [desk.order(many[i], sign * SIZE, price_of(i)) for i in range(count)]
        limit = 0 if sign > 0 else 2**256 - 1
        return makers, desk.order(taker_account, -sign * count * SIZE, limit)

    return orders


@pytest.mark.parametrize("sign", [1, -1], ids=["makers_buy", "makers_sell"])
@pytest.mark.parametrize("count", range(1, 9))
def test_fill_batch__makers__each_gets_its_own_price(desk, orders, many, taker_account, sign, count):
    makers, taking = orders(count, sign)
    desk.fill_batch(makers, taking)
    for i, order in enumerate(makers):
        assert holding(desk, many[i]) == (sign * SIZE, price_of(i), 10)
        assert desk.exchange.filled(desk.hash(order)) == SIZE
    size, entry = 0, 0
    for i in range(count):
        size, entry = size + SIZE, (size * entry + SIZE * price_of(i)) // (size + SIZE)
    assert holding(desk, taker_account) == (-sign * size, entry, 10)
    assert desk.exchange.filled(desk.hash(taking)) == desk.clearing_house.open_interest(1) == size


def test_fill_batch__nine_makers__reverts(desk, orders, many):
    makers, taking = orders(8)
    with refused(desk, NO_REASON):
        desk.fill_batch([*makers, desk.order(many[0], SIZE)], taking)


def test_fill_batch__executed__emits_fills_in_order_then_taker_then_makers_then_funding(
    desk, orders, many, taker_account
):
    makers, taking = orders(3)
    receipt = desk.fill_batch(makers, taking)
    assert [name for name, _ in events(receipt)] == [
        *["Fill"] * 3,
        *["PositionChanged"] * 4,
        "FundingAccrued",
    ]
    fills, changes = named(receipt, "Fill"), named(receipt, "PositionChanged")
    assert [f["maker_account"] for f in fills] == many[:3]
    assert [bytes(f["maker_order"]) for f in fills] == [desk.hash(m) for m in makers]
    assert [f["price"] for f in fills] == [price_of(i) for i in range(3)]
    assert {bytes(f["taker_order"]) for f in fills} == {desk.hash(taking)}
    assert {f["size"] for f in fills} == {-SIZE}
    assert [c["account_id"] for c in changes] == [taker_account, *many[:3]]
    assert [c["price"] for c in changes] == [price_of(2), *(price_of(i) for i in range(3))]
    assert [c["cash"] for c in changes] == [desk.cash(a) for a in (taker_account, *many[:3])]
    assert [(c["size"], c["entry_price"], c["leverage"]) for c in changes] == [
        holding(desk, a) for a in (taker_account, *many[:3])
    ]


def test_fill_batch__sizes__are_taken_from_each_maker(desk, orders, many, taker_account):
    makers, taking = orders(3)
    sizes = [SIZE // 3, SIZE, SIZE // 2]
    desk.fill_batch(makers, taking, sizes)
    assert [holding(desk, a)[0] for a in many[:3]] == sizes
    assert [desk.exchange.filled(desk.hash(m)) for m in makers] == sizes
    assert desk.exchange.filled(desk.hash(taking)) == -holding(desk, taker_account)[0] == sum(sizes)


def test_fill_batch__other_order_of_makers__other_average_entry(desk, orders, taker_account):
    """Each average is floored: the filler's order shows in the last unit and nowhere else."""
    makers, taking = orders(3)
    desk.fill_batch(makers[::-1], taking)
    size, entry = 0, 0
    for i in (2, 1, 0):
        size, entry = size + SIZE, (size * entry + SIZE * price_of(i)) // (size + SIZE)
    assert holding(desk, taker_account)[1] == entry


def test_fill_batch__taker_limit_violated_by_one_maker__reverts_all(desk, orders, taker_account):
    makers, _ = orders(3)
    at_worst = desk.order(taker_account, -3 * SIZE, price_of(0))
    desk.fill_batch(makers[1:], at_worst)
    violated = desk.order(taker_account, -3 * SIZE, price_of(0) + 1)
    with refused(desk, "order: price"):
        desk.fill_batch([*makers[1:], makers[0]], violated, [1, 1, 1])


@pytest.mark.parametrize("at", [0, 2])
def test_fill_batch__maker_of_another_market_or_side__reverts_all(desk, orders, many, at):
    makers, taking = orders(2)
    for wrong, reason in (
        (desk.order(many[7], SIZE, market_id=2), "order: other market"),
        (desk.order(many[7], -SIZE), "order: same side"),
    ):
        with refused(desk, reason):
            desk.fill_batch([*makers[:at], wrong, *makers[at:]], taking)


def test_fill_batch__post_only__is_refused_of_the_taker_alone(desk, orders, many, taker_account):
    makers, _ = orders(2)
    with refused(desk, "order: taker is post only"):
        desk.fill_batch(makers, desk.order(taker_account, -2 * SIZE, 0, post_only=True))
    resting = [desk.order(account_id, SIZE, post_only=True) for account_id in many[:2]]
    desk.fill_batch(resting, desk.order(taker_account, -2 * SIZE, 0))
    assert holding(desk, taker_account)[0] == -2 * SIZE


@pytest.mark.parametrize("side", ["maker", "taker"])
def test_fill_batch__not_the_filler_named__reverts_all(desk, orders, many, taker_account, side, filler):
    makers, taking = orders(2)
    if side == "maker":
        makers[1] = desk.order(many[1], SIZE, filler=filler.address)
    else:
        taking = desk.order(taker_account, -2 * SIZE, 0, filler=filler.address)
    with refused(desk, "order: not the filler"):
        desk.fill_batch(makers, taking)
    desk.fill_batch(makers, taking, sender=filler)
    assert holding(desk, taker_account)[0] == -2 * SIZE


def test_fill_batch__taker_overfilled__reverts_all(desk, orders, taker_account):
    makers, taking = orders(3)
    for size in (3 * SIZE - 1, 2 * SIZE, 1):
        with refused(desk, "order: overfilled"):
            desk.fill_batch(makers, desk.order(taker_account, -size, 0))
    desk.fill_batch(makers, taking)
    assert desk.exchange.filled(desk.hash(taking)) == 3 * SIZE


def test_fill_batch__taker_partly_filled_before__counts_both(desk, orders, taker_account):
    makers, _ = orders(3)
    taking = desk.order(taker_account, -2 * SIZE, 0)
    desk.fill(makers[0], taking, SIZE // 2)
    rest = 2 * SIZE - SIZE // 2
    with refused(desk, "order: overfilled"):
        desk.fill_batch(makers[1:], taking, [SIZE, rest - SIZE + 1])
    desk.fill_batch(makers[1:], taking, [SIZE, rest - SIZE])
    assert desk.exchange.filled(desk.hash(taking)) == 2 * SIZE
    with refused(desk, "order: overfilled"):
        desk.fill_batch(makers[:1], taking, [SIZE // 3])


@pytest.mark.parametrize(
    ("drop", "add"),
    [("makers", 0), ("signatures", 0), ("sizes", 0), ("hints", 0), ("", 1)],
    ids=["fewer_makers", "fewer_signatures", "fewer_sizes", "no_hint_for_the_taker", "a_hint_too_many"],
)
def test_fill_batch__lengths_differ__reverts(desk, orders, drop, add, stranger):
    makers, taking = orders(2)
    lists = {
        "makers": [astuple(m) for m in makers],
        "signatures": [desk.sign(m) for m in makers],
        "sizes": [SIZE, SIZE],
        "hints": [0, 0, 0] + [0] * add,
    }
    if drop:
        lists[drop].pop()
    with refused(desk, "fill: lengths differ"):
        desk.exchange.fill_batch(
            lists["makers"],
            lists["signatures"],
            astuple(taking),
            desk.sign(taking),
            lists["sizes"],
            lists["hints"],
            sender=stranger,
        )


def test_fill_batch__no_makers__reverts(desk, orders):
    with refused(desk, "fill: nothing filled"):
        desk.fill_batch([], orders(1)[1])


def test_fill_batch__size_of_zero__reverts_all(desk, orders):
    makers, taking = orders(2)
    with refused(desk, "fill: zero size"):
        desk.fill_batch(makers, taking, [SIZE, 0])


def test_fill_batch__two_of_the_largest_size__overflows(desk, many, taker_account):
    makers = [desk.order(account_id, 2**95 - 1) for account_id in many[:2]]
    with refused(desk, "fill: size overflow"):
        desk.fill_batch(makers, desk.order(taker_account, -(2**96), 0))
