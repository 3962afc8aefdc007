"""Every refusal of an order by its exact text."""

from dataclasses import replace
from typing import Any

import pytest

from tests.helpers.model.errors import Revert
from tests.helpers.model.fills import Fill
from tests.helpers.model.orders import BAD_SIGNATURE, Signature
from tests.unit.model.scenario import FILLER, START, WAD, Pair, refused

HALF = WAD // 2


@pytest.mark.parametrize(
    ("maker", "taker", "reason"),
    [
        ({"market_id": 2}, {}, "order: other market"),
        ({"size": 0}, {}, "order: overfilled"),
        ({}, {"size": 0}, "order: overfilled"),
        ({"size": 0}, {"size": -WAD}, "order: same side"),
        ({"size": WAD}, {}, "order: same side"),
        ({}, {"size": -WAD}, "order: same side"),
        ({}, {"post_only": True}, "order: taker is post only"),
        ({"post_only": True}, {"post_only": True}, "order: taker is post only"),
        ({"filler": "somebody"}, {}, "order: not the filler"),
        ({}, {"filler": "somebody"}, "order: not the filler"),
        ({"expires_at": START - 1}, {}, "order: expired"),
        ({}, {"expires_at": START - 1}, "order: expired"),
        ({"epoch": 1}, {}, "order: old epoch"),
        ({}, {"epoch": 1}, "order: old epoch"),
        ({"size": 1 - WAD}, {}, "order: overfilled"),
        ({}, {"size": WAD - 1}, "order: overfilled"),
        ({"limit_price": 2_000 * WAD + 1}, {}, "order: price"),
        ({"reduce_only": True}, {}, "order: reduce only"),
        ({}, {"reduce_only": True}, "order: reduce only"),
        # The first of two reasons: the pair, the maker, the taker, then what the ClearingHouse knows.
        ({"size": WAD, "expires_at": 0}, {}, "order: same side"),
        ({"limit_price": 2_001 * WAD, "expires_at": 0}, {}, "order: price"),
        ({"expires_at": START - 1}, {"filler": "somebody"}, "order: expired"),
        ({"epoch": 1}, {"expires_at": 0}, "order: expired"),
        ({"reduce_only": True}, {"epoch": 1}, "order: old epoch"),
    ],
)
def test_fill__order_that_does_not_fit__refused(
    maker: dict[str, Any], taker: dict[str, Any], reason: str
) -> None:
    pair = Pair()
    before = pair.protocol.state.copy()
    with refused(reason):
        pair.fill(replace(pair.maker, **maker), replace(pair.taker, **taker), WAD)
    assert pair.protocol.state == before


def test_fill__same_account__refused() -> None:
    pair = Pair()
    with refused("fill: same account"):
        pair.fill(pair.maker, pair.order(pair.seller, WAD), WAD)


def test_fill__zero_size__refused() -> None:
    pair = Pair()
    with refused("fill: zero size"):
        pair.fill(pair.maker, pair.taker, 0)


def test_fill__last_second_named_filler_and_better_limit__fills_at_the_makers_price() -> None:
    pair = Pair()
    maker = replace(pair.maker, expires_at=START, filler=FILLER, limit_price=1_990 * WAD)
    assert pair.fill(maker, pair.taker, HALF).executed
    assert pair.account(pair.buyer).positions[1].entry_price == 1_990 * WAD


def test_fill__in_parts__until_the_order_is_used_up() -> None:
    pair = Pair()
    pair.fill(pair.maker, pair.taker, HALF)
    assert (pair.protocol.filled(pair.maker), pair.protocol.filled(pair.taker)) == (HALF, HALF)
    with refused("order: overfilled"):
        pair.fill(pair.maker, pair.taker, HALF + 1)
    pair.fill(pair.maker, pair.taker, HALF)
    with refused("order: overfilled"):
        pair.fill(pair.maker, pair.order(pair.buyer, WAD), 1)


def test_cancel__by_the_owner_or_a_delegate__the_order_is_dead() -> None:
    pair = Pair()
    with refused("account: not authorized"):
        pair.protocol.cancel("stranger", pair.maker)
    pair.protocol.cancel("seller", pair.maker)
    with refused("order: cancelled"):
        pair.fill(pair.maker, pair.taker, HALF)
    pair.protocol.set_delegate("buyer", pair.buyer, "robot", START)
    pair.protocol.cancel("robot", pair.taker)
    with refused("order: cancelled"):
        pair.fill(pair.order(pair.seller, -WAD), pair.taker, HALF)
    with refused("account: not authorized"):
        pair.protocol.cancel("seller", replace(pair.maker, account_id=77))


def test_cancel_all__raises_the_epoch() -> None:
    pair = Pair()
    with refused("account: not authorized"):
        pair.protocol.cancel_all("buyer", pair.seller)
    with refused("account: not authorized"):
        pair.protocol.cancel_all("seller", 77)
    pair.protocol.cancel_all("seller", pair.seller)
    with refused("order: old epoch"):
        pair.fill(pair.maker, pair.taker, HALF)
    pair.fill(pair.order(pair.seller, -WAD), pair.taker, HALF)


def fill_signed(pair: Pair, maker_signature: Signature) -> None:
    pair.protocol.fill(FILLER, pair.maker, maker_signature, pair.taker, pair.signature(pair.taker), HALF)


@pytest.mark.parametrize(
    "signature",
    [BAD_SIGNATURE, Signature("buyer"), Signature("0x" + "0" * 40), Signature(None, True)],
)
def test_signature__of_nobody_who_may_trade__refused(signature: Signature) -> None:
    pair = Pair()
    with refused("order: bad signature"):
        fill_signed(pair, signature)


def test_signature__for_an_unknown_account__refused() -> None:
    pair = Pair()
    pair.maker = replace(pair.maker, account_id=77)
    with refused("order: bad signature"):
        fill_signed(pair, Signature("seller"))


def test_signature__of_a_delegate__counts_while_it_is_live() -> None:
    pair = Pair()
    pair.protocol.set_delegate("seller", pair.seller, "robot", START)
    fill_signed(pair, Signature("robot"))
    pair.protocol.now = START + 1
    with refused("order: bad signature"):
        fill_signed(pair, Signature("robot"))
    pair.protocol.set_delegate("seller", pair.seller, "robot", START + 1)
    fill_signed(pair, Signature("robot"))


def test_signature__revoked_delegate__refused() -> None:
    pair = Pair()
    pair.protocol.set_delegate("seller", pair.seller, "robot", START)
    pair.protocol.set_delegate("seller", pair.seller, "robot", 0)
    with refused("order: bad signature"):
        fill_signed(pair, Signature("robot"))


def test_signature__contract_owner__by_key_first_then_by_the_contract() -> None:
    pair = Pair()
    pair.protocol.contract_owners.add("seller")
    fill_signed(pair, Signature(None, contract_accepts=True))
    fill_signed(pair, Signature("seller"))
    pair.maker, pair.taker = pair.order(pair.seller, -WAD), pair.order(pair.buyer, WAD)
    with refused("order: bad signature"):
        fill_signed(pair, BAD_SIGNATURE)


def test_preview__refused_or_not__changes_nothing() -> None:
    pair = Pair()
    before = pair.protocol.state.copy()
    assert pair.protocol.preview(lambda: pair.fill(pair.maker, pair.taker, HALF)) == Fill()
    refusal = pair.protocol.preview(lambda: pair.fill(pair.maker, pair.taker, 0))
    assert isinstance(refusal, Revert)
    assert refusal.reason == "fill: zero size"
    assert pair.protocol.state == before
