"""Forging, replaying and bending the ECDSA signatures of orders, on either side, through either entry."""

from dataclasses import astuple, replace

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct
from eth_utils import keccak

from scripts.sandbox.orders import order_hash, sign_digest
from tests.helpers.desk import REPORTERS, WAD, private_key
from tests.helpers.matching import ENTRIES, SIDES, submit, submit_forged, typed_digest
from tests.helpers.reading import FLAT, NO_REASON, holding, now, refused

# Made before the first test: Ape starts over when a wider fixture comes after a narrower one.
pytestmark = pytest.mark.usefixtures("maker_account", "taker_account")

BAD = "order: bad signature"
CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


@pytest.fixture
def pair(desk, maker_account, taker_account):
    bid = desk.order(maker_account, WAD)
    return bid, desk.opposite(bid, taker_account)


@pytest.fixture
def signed(desk, pair):
    """The honest signature of the side under attack."""
    return lambda side: desk.sign(pair[0] if side == "maker" else pair[1])


def test_honest_signatures__control__fill(desk, pair, maker_account):
    """Without an attack the pair that all attacks start from is filled."""
    submit(desk, "fill", *pair, (desk.sign(pair[0]), desk.sign(pair[1])), WAD // 2)
    submit(desk, "fill_batch", *pair, (desk.sign(pair[0]), desk.sign(pair[1])), WAD // 2)
    assert holding(desk, maker_account)[0] == WAD


@ENTRIES
def test_replayed_orders(desk, pair, entry, filler):
    """The same two signatures again, by anybody and in either role, fill nothing more."""
    signatures = desk.sign(pair[0]), desk.sign(pair[1])
    submit(desk, entry, *pair, signatures)
    reason = "order: overfilled" if entry == "fill" else "fill: nothing filled"
    with refused(desk, reason):
        submit(desk, entry, *pair, signatures, sender=filler)
    with refused(desk, reason):
        submit(desk, entry, *pair[::-1], signatures[::-1], 1)


@ENTRIES
@SIDES
def test_malleable_signature(desk, pair, signed, entry, side):
    """(r, n - s, v ^ 1) recovers to the same key: or a filled order would have two signatures."""
    honest = signed(side)
    s, v = int.from_bytes(honest[32:64], "big"), honest[64]
    twin = honest[:32] + (CURVE_ORDER - s).to_bytes(32, "big") + bytes([55 - v])
    recover = Account._recover_hash
    digest = desk.hash(pair[0] if side == "maker" else pair[1])
    assert recover(digest, signature=twin) == recover(digest, signature=honest)
    with refused(desk, BAD):
        submit_forged(desk, entry, side, pair, twin)


@ENTRIES
@SIDES
@pytest.mark.parametrize("v", [0, 1, 2, 26, 29, 255])
def test_wrong_recovery_byte(desk, pair, signed, entry, side, v):
    """Only 27 and 28 are v, also where a library would have added 27 to 0 and 1."""
    with refused(desk, BAD):
        submit_forged(desk, entry, side, pair, signed(side)[:64] + bytes([v]))


@ENTRIES
@SIDES
def test_flipped_recovery_byte(desk, pair, signed, entry, side):
    """27 for 28 recovers to some other key, which is nobody's."""
    honest = signed(side)
    with refused(desk, BAD):
        submit_forged(desk, entry, side, pair, honest[:64] + bytes([55 - honest[64]]))


@ENTRIES
@SIDES
@pytest.mark.parametrize("length", [0, 1, 32, 63, 64, 66, 130, 1024])
def test_signature_of_another_length(desk, pair, signed, entry, side, length):
    """65 bytes or nothing: not cut off, not followed by anything, not empty."""
    with refused(desk, BAD):
        submit_forged(desk, entry, side, pair, (signed(side) * 16)[:length])


@ENTRIES
@SIDES
def test_compact_signature(desk, pair, signed, entry, side):
    """EIP-2098's 64 bytes would be a second form of the same signature."""
    honest = signed(side)
    y_parity_and_s = int.from_bytes(honest[32:64], "big") | (honest[64] - 27) << 255
    with refused(desk, BAD):
        submit_forged(desk, entry, side, pair, honest[:32] + y_parity_and_s.to_bytes(32, "big"))


@ENTRIES
@SIDES
def test_signature_longer_than_any_wallets(desk, pair, signed, entry, side):
    """1,025 bytes do not get as far as being looked at."""
    with refused(desk, NO_REASON):
        submit_forged(desk, entry, side, pair, signed(side) + bytes(960))


@ENTRIES
@SIDES
@pytest.mark.parametrize(
    "domain",
    [
        {"chain_id": 1},
        {"chain_id": 0},
        {"contract": "0x" + "00" * 20},
        {"contract": "clearing house"},
        {"contract": "source", "name": "Plimsoll Source"},
        {"name": "Plimsoll Source"},
        {"name": "Plimsoll exchange"},
        {"name": ""},
        {"version": "2"},
        {"version": ""},
        {"primary": "order"},
    ],
    ids=lambda domain: "-".join(f"{k}_{v}" for k, v in domain.items()),
)
def test_signature_for_another_domain(desk, pair, entry, side, domain):
    """Signed for another chain, contract, name, version or type, it counts there and not here."""
    order = pair[0] if side == "maker" else pair[1]
    contracts = {"clearing house": desk.clearing_house.address, "source": desk.source.address}
    contract = domain.get("contract", desk.exchange.address)
    changed = {"chain_id": desk.chain_id, **domain, "contract": contracts.get(contract, contract)}
    digest = typed_digest(order, **changed)
    with refused(desk, BAD):
        submit_forged(
            desk, entry, side, pair, sign_digest(digest, private_key(desk.traders[order.account_id]))
        )


@ENTRIES
@SIDES
@pytest.mark.parametrize("what", ["digest_of_digest", "personal_message", "separator_lost", "price_report"])
def test_signature_of_something_else(desk, pair, entry, side, what):
    """Nothing else that a trader's key may have signed is an order."""
    order = pair[0] if side == "maker" else pair[1]
    digest, key = desk.hash(order), private_key(desk.traders[order.account_id])
    if what == "personal_message":
        message = encode_defunct(primitive=digest)
        forged = bytes(Account.sign_message(message, key.to_bytes()).signature)
    elif what == "price_report":
        forged = desk.reports.sign(REPORTERS[0], 1, order.limit_price, now())
    else:
        forged = sign_digest(keccak(digest if what == "digest_of_digest" else digest[1:]), key)
    with refused(desk, BAD):
        submit_forged(desk, entry, side, pair, forged)


@ENTRIES
@pytest.mark.parametrize(
    "change",
    [
        {"account_id": 3},
        {"market_id": 2},
        {"size": 3 * WAD},
        {"limit_price": 4_100 * WAD},
        {"leverage": 100},
        {"reduce_only": True},
        {"post_only": True},
        {"filler": "0x" + "11" * 20},
        {"expires_at": 2**64 + 1},
        {"epoch": 1},
        {"salt": 1},
    ],
    ids=lambda change: next(iter(change)),
)
def test_order_changed_after_signing(desk, pair, maker, taker_account, entry, change, stranger):
    """Each field is under the signature, also where the change would not have hurt."""
    desk.account(maker, 100_000)
    desk.list_market(4_000 * WAD)
    bid = replace(pair[0], **change)
    signatures = desk.sign(pair[0]), b""
    sender = stranger
    if "filler" in change:
        bid = replace(bid, filler=stranger.address)
    if "reduce_only" in change:
        desk.trade(taker_account, 1, 2 * WAD)
    if "epoch" in change:
        desk.exchange.cancel_all(1, sender=maker)
    ask = desk.opposite(bid, taker_account, epoch=0)
    with refused(desk, BAD):
        submit(desk, entry, bid, ask, (signatures[0], desk.sign(ask)), sender=sender)
    submit(desk, entry, bid, ask, (desk.sign(bid), desk.sign(ask)), sender=sender)


@ENTRIES
def test_signatures_exchanged(desk, pair, entry):
    """Both are good, each for the other's order."""
    with refused(desk, BAD):
        submit(desk, entry, *pair, (desk.sign(pair[1]), desk.sign(pair[0])))


@ENTRIES
@SIDES
@pytest.mark.parametrize("role", ["stranger", "filler", "owner", "counterparty"])
def test_order_signed_by_somebody_else(desk, pair, entry, side, role, maker, taker, request):
    """Neither a stranger nor the protocol's owner nor the other trader can sign for an account."""
    counterparty = taker if side == "maker" else maker
    signer = counterparty if role == "counterparty" else request.getfixturevalue(role)
    order = pair[0] if side == "maker" else pair[1]
    with refused(desk, BAD):
        submit_forged(desk, entry, side, pair, desk.sign(order, signer))


def test_order_for_a_copy_of_exchange(desk, pair, project, stranger, maker_account):
    """Anybody may deploy Exchange again; ClearingHouse listens to one of them only."""
    rogue = stranger.deploy(project.Exchange, desk.clearing_house.address)
    signatures = [
        sign_digest(order_hash(o, desk.chain_id, rogue.address), private_key(desk.traders[o.account_id]))
        for o in pair
    ]
    orders = [astuple(o) for o in pair]
    with refused(desk, "settle: not the exchange"):
        rogue.fill(orders[0], signatures[0], orders[1], signatures[1], WAD, 0, 0, sender=stranger)
    assert holding(desk, maker_account) == FLAT
