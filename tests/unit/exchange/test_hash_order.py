"""hash_order, against eth_account's implementation of EIP-712."""

from dataclasses import astuple, replace

import pytest
from ape import chain
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.sandbox.orders import Order
from tests.helpers.desk import WAD
from tests.helpers.matching import typed_digest
from tests.helpers.reading import NO_REASON, refused, rpc

FILLER = "0x00000000000000000000000000000000000000AA"
ORDER = Order(7, 3, -5 * WAD, 4_000 * WAD, 10, True, False, FILLER, 1_700_000_000, 4, 99)
EDGES = {
    "account_id": (0, 1, 2**32 - 1, 2**32, 2**256 - 1),
    "market_id": (0, 1, 64, 2**256 - 1),
    "size": (-(2**255), -1, 0, 1, 2**255 - 1),
    "limit_price": (0, 1, 2**88 - 1, 2**88, 2**256 - 1),
    "leverage": (0, 1, 100, 2**256 - 1),
    "reduce_only": (False, True),
    "post_only": (False, True),
    "filler": ("0x" + "00" * 20, FILLER, "0x" + "ff" * 20),
    "expires_at": (0, 1, 2**256 - 1),
    "epoch": (0, 2**24 - 1, 2**256 - 1),
    "salt": (0, 1, 2**256 - 1),
}
WORDS = st.integers(0, 2**256 - 1)
ORDERS = st.builds(
    Order,
    account_id=WORDS,
    market_id=WORDS,
    size=st.integers(-(2**255), 2**255 - 1),
    limit_price=WORDS,
    leverage=WORDS,
    reduce_only=st.booleans(),
    post_only=st.booleans(),
    filler=st.binary(min_size=20, max_size=20).map(lambda address: "0x" + address.hex()),
    expires_at=WORDS,
    epoch=WORDS,
    salt=WORDS,
)


@pytest.mark.parametrize(("field", "value"), [(f, v) for f, values in EDGES.items() for v in values])
def test_hash_order__edge_of_a_field__is_the_eip712_typed_digest(desk, field, value):
    order = replace(ORDER, **{field: value})
    expected = typed_digest(order, desk.chain_id, desk.exchange.address)
    assert bytes(desk.exchange.hash_order(astuple(order))) == expected
    assert desk.hash(order) == expected


@settings(max_examples=50)
@given(order=ORDERS)
def test_hash_order__any_order__is_the_eip712_typed_digest(desk, order):
    assert bytes(desk.exchange.hash_order(astuple(order))) == typed_digest(
        order, desk.chain_id, desk.exchange.address
    )


def test_hash_order__one_field_changed__is_another_typed_digest(desk):
    changed = {f: values[-1] for f, values in EDGES.items()} | {"reduce_only": False}
    orders = [ORDER, *(replace(ORDER, **{field: value}) for field, value in changed.items())]
    assert len({bytes(desk.exchange.hash_order(astuple(order))) for order in orders}) == 12


def test_hash_order__two_fields_exchanged__is_another_typed_digest(desk):
    """Neighbours of one type: a hash that lost the order of its fields would not notice."""
    exchanged = [
        replace(ORDER, account_id=ORDER.market_id, market_id=ORDER.account_id),
        replace(ORDER, limit_price=ORDER.leverage, leverage=ORDER.limit_price),
        replace(ORDER, reduce_only=ORDER.post_only, post_only=ORDER.reduce_only),
        replace(ORDER, expires_at=ORDER.epoch, epoch=ORDER.expires_at),
        replace(ORDER, epoch=ORDER.salt, salt=ORDER.epoch),
    ]
    hashes = {bytes(desk.exchange.hash_order(astuple(order))) for order in [ORDER, *exchanged]}
    assert len(hashes) == 6


def test_hash_order__chain_id_changed_by_a_fork__follows_it(desk):
    rpc("anvil_setChainId", 777)
    try:
        forked = bytes(desk.exchange.hash_order(astuple(ORDER)))
    finally:
        rpc("anvil_setChainId", desk.chain_id)
    assert forked == typed_digest(ORDER, 777, desk.exchange.address)
    assert int(chain.provider.make_request("eth_chainId", []), 16) == desk.chain_id


@pytest.mark.parametrize(
    ("word", "dirt"),
    [(5, 2), (6, 2), (6, 2**255), (7, 2**160), (7, 2**255)],
    ids=["reduce_only", "post_only", "post_only_high", "filler", "filler_high"],
)
def test_hash_order__dirty_calldata__reverts(desk, stranger, word, dirt):
    """A bool above 1 or an address of more than 20 bytes would give one order several encodings."""
    data = bytearray(desk.exchange.hash_order.encode_input(astuple(ORDER)))
    at = 4 + 32 * word
    data[at : at + 32] = (int.from_bytes(data[at : at + 32], "big") | dirt).to_bytes(32, "big")
    with refused(desk, NO_REASON):
        stranger.transfer(desk.exchange.address, 0, data=bytes(data))
