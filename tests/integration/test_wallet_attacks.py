"""Owners with code: contract wallets (ERC-1271) that lie, stall or break."""

import pytest

from tests.helpers.desk import WAD
from tests.helpers.events import named
from tests.helpers.matching import ENTRIES, SIDES, submit, submit_forged
from tests.helpers.reading import holding, refused
from tests.helpers.wallets import (
    APPROVE,
    BURN_GAS,
    GARBAGE,
    MAGIC,
    REFUSE,
    REVERT,
    SHORT,
    YES,
    open_account,
    reverting_with,
    set_code,
)

# Made before the first test: Ape starts over when a wider fixture comes after a narrower one.
pytestmark = pytest.mark.usefixtures("maker_account", "taker_account", "wallet", "walleted", "twin")

BAD = "order: bad signature"
NO = bytes(32)


@pytest.fixture(scope="module")
def wallet(project, stranger):
    """Verifies the stranger's signatures until told otherwise."""
    return stranger.deploy(project.Wallet1271, stranger)


@pytest.fixture(scope="module")
def walleted(desk, wallet, stranger) -> int:
    """The wallet's account."""
    return open_account(desk, wallet, stranger, 100_000)


@pytest.fixture(scope="module")
def twin(desk, project, filler) -> int:
    """The account of another wallet, the filler's."""
    return open_account(desk, filler.deploy(project.Wallet1271, filler), filler, 100_000)


@pytest.fixture
def pair(desk, walleted, taker_account):
    """The wallet's order on the side under attack."""

    def pair(side: str):
        bid = desk.order(walleted if side == "maker" else taker_account, WAD)
        return bid, desk.opposite(bid, taker_account if side == "maker" else walleted)

    return pair


@ENTRIES
@SIDES
def test_wallet__control__accepts_its_owners_signature(desk, pair, walleted, entry, side):
    """65 bytes that recover to nobody's key here, and the wallet says they are its owner's."""
    orders = pair(side)
    submit(desk, entry, *orders, (desk.sign(orders[0]), desk.sign(orders[1])))
    assert abs(holding(desk, walleted)[0]) == WAD


@ENTRIES
def test_two_wallets(desk, walleted, twin, entry):
    """Maker and taker are both contracts; each is asked about its own order with its own signature."""
    bid = desk.order(walleted, WAD)
    ask = desk.opposite(bid, twin)
    for signatures in ((desk.sign(ask), desk.sign(bid)), (desk.sign(bid), b""), (b"", desk.sign(ask))):
        with refused(desk, BAD):
            submit(desk, entry, bid, ask, signatures)
    submit(desk, entry, bid, ask, (desk.sign(bid), desk.sign(ask)))
    assert holding(desk, walleted)[0] == -holding(desk, twin)[0] == WAD


def test_wallets_between_keys_in_a_batch(desk, walleted, twin, maker_account, taker_account):
    """A skipped maker in front does not shift whose signature a wallet is asked about."""
    expired = desk.order(maker_account, WAD, expires_at=0)
    makers = [expired, *(desk.order(a, WAD) for a in (walleted, maker_account, twin, walleted))]
    receipt = desk.fill_batch(makers, desk.order(taker_account, -9 * WAD, 0))
    assert [f["maker_account"] for f in named(receipt, "Fill")] == [walleted, maker_account, twin, walleted]
    assert holding(desk, walleted)[0] == 2 * WAD


@pytest.mark.parametrize("at", range(4))
def test_one_refusing_wallet_in_a_batch(
    desk, wallet, walleted, twin, maker_account, taker_account, at, stranger
):
    """A wallet that changed its mind is a bad signature, which reverts all and is not skipped."""
    wallet.set_mode(REFUSE, sender=stranger)
    makers = [desk.order(a, WAD) for a in (maker_account, twin, maker_account)]
    makers.insert(at, desk.order(walleted, WAD))
    with refused(desk, BAD):
        desk.fill_batch(makers, desk.order(taker_account, -9 * WAD, 0))


def test_wallets_order_of_an_old_epoch_in_a_batch(
    desk, wallet, walleted, stranger, maker_account, taker_account
):
    """Skipped like any other, after the wallet was asked."""
    data = desk.exchange.cancel_all.encode_input(walleted)
    wallet.execute(desk.exchange, data, sender=stranger)
    makers = [desk.order(walleted, WAD), desk.order(maker_account, WAD)]
    receipt = desk.fill_batch(makers, desk.order(taker_account, -2 * WAD, 0))
    assert [e["reason"] for e in named(receipt, "MakerSkipped")] == ["order: old epoch"]
    assert holding(desk, maker_account)[0] == WAD


@ENTRIES
@SIDES
@pytest.mark.parametrize(
    "mode",
    [REFUSE, REVERT, GARBAGE, SHORT, BURN_GAS],
    ids=["refuses", "reverts", "garbage", "short_answer", "burns_all_gas"],
)
def test_wallet_that_does_not_say_yes(desk, wallet, pair, entry, side, mode, stranger):
    """Whatever is not exactly the magic word is no, the owner's own signature notwithstanding."""
    wallet.set_mode(mode, sender=stranger)
    orders = pair(side)
    with refused(desk, BAD):
        submit(desk, entry, *orders, (desk.sign(orders[0]), desk.sign(orders[1])))


@ENTRIES
@SIDES
@pytest.mark.parametrize("signature", [b"", b"x", bytes(65), b"\xff" * 256], ids=["0", "1", "65", "256"])
def test_wallet_that_says_yes_to_anything(desk, wallet, walleted, pair, entry, side, signature, stranger):
    """Its owner's business; the format of a contract's signature is nobody else's."""
    wallet.set_mode(APPROVE, sender=stranger)
    submit_forged(desk, entry, side, pair(side), signature)
    assert abs(holding(desk, walleted)[0]) == WAD


@ENTRIES
@SIDES
def test_wallet_whose_signature_is_a_strangers(desk, pair, entry, side, owner):
    """A wallet is asked and does its own recovery: another key does not pass."""
    orders = pair(side)
    with refused(desk, BAD):
        submit_forged(desk, entry, side, orders, desk.sign(orders[side == "taker"], owner))


@ENTRIES
def test_approving_wallet_and_somebody_elses_account(
    desk, wallet, entry, stranger, maker_account, taker_account
):
    """Only the contract that owns the order's account is asked."""
    wallet.set_mode(APPROVE, sender=stranger)
    bid = desk.order(maker_account, WAD)
    ask = desk.opposite(bid, taker_account)
    with refused(desk, BAD):
        submit(desk, entry, bid, ask, (desk.sign(bid, stranger), desk.sign(ask)))


@ENTRIES
@SIDES
@pytest.mark.parametrize(
    ("answer", "accepted"),
    [
        (YES, True),
        (YES + b"\xff" * 64, True),
        (b"", False),
        (YES[:31], False),
        (NO[:28] + MAGIC, False),
        (YES[:31] + b"\x01", False),
        (NO[:31] + b"\x01", False),
        (NO + YES, False),
        (b"\xff" * 32, False),
    ],
    ids=["yes", "longer", "empty", "31_bytes", "right_aligned", "dirty", "true", "second_word", "ones"],
)
def test_wallet_answers_oddly(desk, project, stranger, taker_account, entry, side, answer, accepted):
    """The first word is the left-aligned magic value and nothing else in it; what follows it is not read."""
    wallet = stranger.deploy(project.ScriptedWallet)
    account_id = open_account(desk, wallet, stranger, 100_000)
    wallet.script(answer, False, sender=stranger)
    bid = desk.order(account_id if side == "maker" else taker_account, WAD)
    ask = desk.opposite(bid, taker_account if side == "maker" else account_id)
    if accepted:
        submit_forged(desk, entry, side, (bid, ask), b"anything")
        assert abs(holding(desk, account_id)[0]) == WAD
        return
    with refused(desk, BAD):
        submit_forged(desk, entry, side, (bid, ask), b"anything")


@SIDES
def test_live_key_delegate_of_a_broken_wallet(desk, wallet, walleted, pair, side, delegate, stranger):
    """A delegate's key is tried first: the wallet is not asked and cannot be in the way."""
    data = desk.clearing_house.set_delegate.encode_input(walleted, delegate, 2**64)
    wallet.execute(desk.clearing_house, data, sender=stranger)
    wallet.set_mode(BURN_GAS, sender=stranger)
    orders = pair(side)
    submit_forged(desk, "fill", side, orders, desk.sign(orders[side == "taker"], delegate))
    assert abs(holding(desk, walleted)[0]) == WAD


@SIDES
def test_wallet_that_has_no_code_any_more(desk, wallet, walleted, pair, side, stranger):
    """Nobody answers at the owner's address: calling it would succeed with nothing."""
    wallet.set_mode(APPROVE, sender=stranger)
    set_code(wallet.address, b"")
    with refused(desk, BAD):
        submit_forged(desk, "fill", side, pair(side), b"")


@ENTRIES
@SIDES
def test_wallet_that_reverts_with_a_yes(desk, wallet, pair, entry, side):
    """The magic word as the data of a revert is no answer."""
    set_code(wallet.address, reverting_with(YES))
    with refused(desk, BAD):
        submit_forged(desk, entry, side, pair(side), b"")
