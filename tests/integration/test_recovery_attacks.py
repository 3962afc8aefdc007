"""Signatures that recover to nobody: to the zero address, or to whoever was recovered before."""

import pytest

from tests.helpers.desk import WAD
from tests.helpers.matching import ENTRIES, submit
from tests.helpers.reading import refused

# Made before the first test: Ape starts over when a wider fixture comes after a narrower one.
pytestmark = pytest.mark.usefixtures("maker_account", "taker_account")

BAD = "order: bad signature"
CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
# No signature recovers to anybody with these.
ZERO_SIGNATURES = {
    "all_zero": bytes(65),
    "v_0": b"\x01" * 64 + b"\x00",
    "v_29": b"\x01" * 64 + b"\x1d",
    "r_zero": bytes(32) + b"\x01" * 32 + b"\x1b",
    "s_zero": b"\x01" * 32 + bytes(32) + b"\x1b",
    "r_curve_order": CURVE_ORDER.to_bytes(32, "big") + b"\x01" * 32 + b"\x1b",
    "r_not_on_curve": (5).to_bytes(32, "big") + b"\x01" * 32 + b"\x1b",
}


@pytest.fixture
def pair(desk, maker_account, taker_account):
    bid = desk.order(maker_account, WAD)
    return bid, desk.opposite(bid, taker_account)


@ENTRIES
@pytest.mark.parametrize("signature", ZERO_SIGNATURES.values(), ids=ZERO_SIGNATURES)
@pytest.mark.parametrize("account_id", [0, 999, 2**32 - 1, 2**32 + 1, 2**256 - 1])
def test_zero_address_recovered_for_an_account_without_an_owner(
    desk, taker_account, entry, signature, account_id
):
    """A failed recovery gives the zero address, which is the owner of every account never opened."""
    bid = desk.order(account_id, WAD)
    ask = desk.opposite(bid, taker_account)
    with refused(desk, BAD):
        submit(desk, entry, bid, ask, (signature, desk.sign(ask)))


@ENTRIES
@pytest.mark.parametrize("signature", ZERO_SIGNATURES.values(), ids=ZERO_SIGNATURES)
def test_failed_recovery_after_a_good_one(desk, pair, maker, entry, signature):
    """The second recovery fails and must not answer with the first one's signer, who owns both accounts."""
    own = desk.account(maker, 100_000)
    ask = desk.opposite(pair[0], own)
    with refused(desk, BAD):
        submit(desk, entry, pair[0], ask, (desk.sign(pair[0]), signature))
    with refused(desk, BAD):
        submit(desk, entry, pair[0], ask, (signature, desk.sign(ask)))
