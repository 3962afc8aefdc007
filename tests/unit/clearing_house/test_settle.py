"""settle: Exchange only. What Exchange's own checks let nobody reach is reached in its name."""

import ape
import pytest

from tests.helpers import anvil
from tests.helpers.desk import PRICE, USD, WAD
from tests.helpers.events import emitted
from tests.helpers.parameters import MarketParams

PARAMS = MarketParams(funding_cap=0)
NO_HASH = b"\0" * 32
MAKER_HASH, TAKER_HASH = b"\x01" * 32, b"\x02" * 32
EXECUTED, REDUCE_ONLY, OLD_EPOCH, UNSIGNED = 1, 2, 3, 4
TAKER_LANE = 248


@pytest.fixture
def exchange(desk):
    """A sender with Exchange's address."""
    return anvil.impersonated(desk.exchange)


@pytest.fixture
def pair(desk, maker, taker):
    return desk.account(maker, 10_000), desk.account(taker, 10_000)


def side(desk, account_id, signer=None, epoch=0, leverage=10, reduce_only=False, order_hash=NO_HASH):
    signer = int(str(signer or desk.traders[account_id]), 16)
    return (account_id, signer, epoch, leverage, int(reduce_only), 0, order_hash)


def match(desk, account_id, size=WAD, price=PRICE, **more):
    return (side(desk, account_id, **more), size, price)


def settle(desk, sender, taker, *matches, buys=False, market_id=1):
    """By `settle` if there is one match, else by `settle_batch`."""
    taker = taker if isinstance(taker, tuple) else side(desk, taker)
    if len(matches) == 1:
        maker, size, price = matches[0]
        return desk.clearing_house.settle(market_id, taker, maker, buys, size, price, sender=sender)
    return desk.clearing_house.settle_batch(market_id, taker, buys, list(matches), sender=sender)


def test_settle__stranger_owner_or_delegate__reverts(desk, pair, maker, owner, stranger):
    long, short = pair
    for sender in (stranger, maker, owner, anvil.impersonated(desk.governance)):
        with ape.reverts("settle: not the exchange"):
            settle(desk, sender, short, match(desk, long))
    assert [desk.cash(i) for i in pair] == [10_000 * USD] * 2


def test_settle__exchange__emits_exactly_this(desk, pair, exchange):
    """1 base at 4,010. Maker fee 2 bp of 4,010 = 0.802, taker fee 5 bp = 2.005."""
    long, short = pair
    price = 4_010 * WAD
    receipt = settle(
        desk,
        exchange,
        side(desk, short, leverage=20, order_hash=TAKER_HASH),
        match(desk, long, price=price, order_hash=MAKER_HASH),
    )
    moved = {"market_id": 1, "price": price}
    entry = {"entry_price": price, "reason": 1}
    assert emitted(receipt, desk.clearing_house) == [
        (
            "Fill",
            {
                "maker_account": long,
                "taker_account": short,
                "maker_order": MAKER_HASH,
                "taker_order": TAKER_HASH,
                "size": -WAD,
                "maker_fee": 802_000,
                "taker_fee": 2_005_000,
                **moved,
            },
        ),
        (
            "PositionChanged",
            {"account_id": short, "size": -WAD, "leverage": 20, "cash": 14_007_995_000, **moved, **entry},
        ),
        (
            "PositionChanged",
            {"account_id": long, "size": WAD, "leverage": 10, "cash": 5_989_198_000, **moved, **entry},
        ),
        ("FundingAccrued", {"market_id": 1, "index": 0, "premium": 0, "mark": PRICE}),
    ]
    assert desk.clearing_house.treasury_credit() == 2_807_000


def test_settle__closed_position__event_says_nothing_is_left(desk, pair, exchange):
    long, short = pair
    settle(desk, exchange, short, match(desk, long))
    receipt = settle(desk, exchange, short, match(desk, long), buys=True)
    changed = [e for name, e in emitted(receipt, desk.clearing_house) if name == "PositionChanged"]
    assert [(e["size"], e["entry_price"], e["leverage"]) for e in changed] == [(0, 0, 0)] * 2
    assert [desk.clearing_house.position_slot(1, i) for i in pair] == [0, 0]


def outcome(desk, exchange, taker, *matches, **more):
    return settle(desk, exchange, taker, *matches, **more).return_value


def test_settle__executed__says_so(desk, pair, exchange):
    assert outcome(desk, exchange, pair[1], match(desk, pair[0])) == EXECUTED


def test_settle__stranger_signed__says_so_and_does_nothing(desk, pair, exchange, stranger):
    """Byte 0 for the first maker, 1 for the second, 31 for the taker."""
    long, short = pair
    wrong = side(desk, short, signer=stranger.address)
    matches = (match(desk, long), match(desk, long, signer=stranger.address))
    receipt = settle(desk, exchange, wrong, *matches)
    assert receipt.return_value == UNSIGNED << TAKER_LANE | UNSIGNED << 8
    assert emitted(receipt, desk.clearing_house) == []


def test_settle__maker_epoch_raised__skips_that_match(desk, pair, exchange, maker):
    long, short = pair
    desk.exchange.cancel_all(long, sender=maker)
    other = desk.account(maker, 10_000)
    got = outcome(desk, exchange, short, match(desk, long), match(desk, other, size=2 * WAD))
    assert got == OLD_EPOCH | EXECUTED << 8
    assert [desk.slot(i).size for i in (long, short, other)] == [0, -2 * WAD, 2 * WAD]


def test_settle__reduce_only_maker_that_would_not_reduce__skips_that_match(desk, pair, exchange):
    long, short = pair
    got = outcome(desk, exchange, short, match(desk, long, reduce_only=True), match(desk, long))
    assert got == REDUCE_ONLY | EXECUTED << 8
    assert desk.slot(short).size == -WAD


def test_settle__nothing_executed__nothing_changes(desk, pair, exchange):
    receipt = settle(desk, exchange, pair[1], match(desk, pair[0], reduce_only=True))
    assert receipt.return_value == REDUCE_ONLY
    assert emitted(receipt, desk.clearing_house) == []


def test_settle__no_matches__nothing_changes(desk, pair, exchange):
    receipt = settle(desk, exchange, pair[1])
    assert (receipt.return_value, emitted(receipt, desk.clearing_house)) == (0, [])


def test_settle__reduce_only_taker_that_would_not_reduce__reverts(desk, pair, exchange):
    long, short = pair
    with ape.reverts("order: reduce only"):
        settle(desk, exchange, side(desk, short, reduce_only=True), match(desk, long))


def test_settle__taker_epoch_raised__reverts(desk, pair, exchange, taker):
    desk.exchange.cancel_all(pair[1], sender=taker)
    with ape.reverts("order: old epoch"):
        settle(desk, exchange, pair[1], match(desk, pair[0]))
    with ape.reverts("order: old epoch"):
        settle(desk, exchange, side(desk, pair[1], epoch=2), match(desk, pair[0]))


@pytest.mark.parametrize(
    ("size", "price", "reason"),
    [
        (0, PRICE, "fill: zero size"),
        (2**95, PRICE, "fill: size overflow"),
        (2**255, PRICE, "fill: size overflow"),
        (WAD, 0, "fill: price out of range"),
        (WAD, 2**88, "fill: price out of range"),
        (WAD, 2**256 - 1, "fill: price out of range"),
        (WAD, 4_200 * WAD + 1, "fill: outside price band"),
        (WAD, 3_800 * WAD - 1, "fill: outside price band"),
        (WAD, 2**88 - 1, "fill: outside price band"),
        (WAD, 1, "fill: outside price band"),
    ],
)
def test_settle__size_or_price_out_of_range__reverts(desk, pair, exchange, size, price, reason):
    with ape.reverts(reason):
        settle(desk, exchange, pair[1], match(desk, pair[0], size=size, price=price))


@pytest.mark.parametrize("price", [4_200 * WAD, 3_800 * WAD])
def test_settle__at_the_edge_of_the_band__fills(desk, pair, exchange, price):
    assert outcome(desk, exchange, pair[1], match(desk, pair[0], price=price)) == EXECUTED
    assert desk.slot(pair[0]).entry_price == price


def test_settle__same_account__reverts(desk, pair, exchange):
    with ape.reverts("fill: same account"):
        settle(desk, exchange, pair[0], match(desk, pair[0]))


@pytest.mark.parametrize("leverage", [0, 4, 200, 2**256 - 1])
def test_settle__no_tier__reverts(desk, pair, exchange, leverage):
    with ape.reverts("market: bad leverage"):
        settle(desk, exchange, pair[1], match(desk, pair[0], leverage=leverage))


def test_settle__reduction__ignores_the_leverage_signed(desk, pair, exchange):
    long, short = pair
    settle(desk, exchange, short, match(desk, long))
    settle(desk, exchange, short, match(desk, long, size=WAD // 2, leverage=77), buys=True)
    assert (desk.slot(long).size, desk.slot(long).leverage) == (WAD // 2, 10)


def test_settle__increase__leverage_applies_to_the_whole_and_entry_floors(desk, pair, exchange):
    """(1 * 4,000 + 2 * 4,001) / 3 = 4,000.666...; 12,002 / 20 = 600 of margin."""
    long, short = pair
    settle(desk, exchange, short, match(desk, long))
    settle(desk, exchange, short, match(desk, long, size=2 * WAD, price=4_001 * WAD, leverage=20))
    slot = desk.slot(long)
    assert (slot.size, slot.leverage, slot.entry_price) == (3 * WAD, 20, 12_002 * WAD // 3)
    assert desk.values(long)[1] == 600 * USD


def test_settle__flip__is_a_new_position(desk, pair, exchange):
    long, short = pair
    settle(desk, exchange, short, match(desk, long))
    settle(desk, exchange, short, match(desk, long, size=3 * WAD, price=3_999 * WAD, leverage=5), buys=True)
    slot = desk.slot(long)
    assert (slot.size, slot.leverage, slot.entry_price) == (-2 * WAD, 5, 3_999 * WAD)
    assert [desk.clearing_house.position_count(1, s) for s in (True, False)] == [1, 1]


def test_settle__no_valid_price__reverts(desk, pair, exchange):
    desk.mine(3 * 3_600)
    with ape.reverts("oracle: no valid price"):
        settle(desk, exchange, pair[1], match(desk, pair[0]))


@pytest.mark.parametrize("market_id", [0, 2, 2**224 + 1])
def test_settle__no_such_market__reverts(desk, pair, exchange, market_id):
    with ape.reverts("market: not listed"):
        settle(desk, exchange, pair[1], match(desk, pair[0]), market_id=market_id)
