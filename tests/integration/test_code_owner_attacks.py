"""Owners that have a key and code (EIP-7702), and wallets that act while they are asked."""

from dataclasses import astuple

import pytest
from eth_utils import to_checksum_address

from tests.helpers.desk import PRICE, WAD
from tests.helpers.matching import ENTRIES, SIDES, submit, submit_forged
from tests.helpers.reading import FLAT, events, holding, refused
from tests.helpers.wallets import (
    BURNING,
    REVERTING,
    YES,
    answering,
    delegating_to,
    open_account,
    set_code,
)

BAD = "order: bad signature"
NO = bytes(32)


@pytest.fixture(scope="module", autouse=True)
def wallet(project, stranger, maker_account, taker_account):
    """Approves nothing until it is told what to do."""
    return stranger.deploy(project.ScriptedWallet)


@pytest.fixture(scope="module", autouse=True)
def walleted(desk, wallet, stranger) -> int:
    return open_account(desk, wallet, stranger, 100_000)


@ENTRIES
@SIDES
@pytest.mark.parametrize(
    "code",
    [answering(NO), REVERTING, BURNING, "delegated"],
    ids=["refusing", "reverting", "burning", "delegated"],
)
def test_key_of_an_account_with_code(
    desk, maker_account, taker_account, wallet, entry, side, code, maker, taker
):
    """EIP-7702: the key of an owner with code still signs, whatever the code says of it."""
    bid = desk.order(maker_account, WAD)
    ask = desk.opposite(bid, taker_account)
    signatures = desk.sign(bid), desk.sign(ask)
    owner = maker if side == "maker" else taker
    set_code(owner.address, delegating_to(wallet.address) if code == "delegated" else code)
    submit(desk, entry, bid, ask, signatures)
    assert holding(desk, maker_account)[0] == WAD


@ENTRIES
@SIDES
def test_code_of_an_account_with_a_key(
    desk, maker_account, taker_account, entry, side, maker, taker, stranger
):
    """EIP-7702: what the key did not sign, the code may accept, and only its own yes counts."""
    bid = desk.order(maker_account, WAD)
    ask = desk.opposite(bid, taker_account)
    owner = maker if side == "maker" else taker
    implementation = to_checksum_address("0x" + "77" * 20)
    set_code(implementation, answering(NO))
    set_code(owner.address, delegating_to(implementation))
    for forged in (b"", desk.sign(bid, stranger)):
        with refused(desk, BAD):
            submit_forged(desk, entry, side, (bid, ask), forged)
    set_code(implementation, answering(YES))
    submit_forged(desk, entry, side, (bid, ask), b"")
    assert holding(desk, maker_account)[0] == WAD


def calls(desk, walleted, maker_account, taker_account):
    """What the wallet could gain from, if it could do it while Exchange waits for its answer."""
    house, exchange = desk.clearing_house, desk.exchange
    bid = desk.order(maker_account, WAD)
    ask = desk.opposite(bid, taker_account)
    mine = desk.order(walleted, WAD)
    fill = (astuple(bid), desk.sign(bid), astuple(ask), desk.sign(ask), WAD, 0, 0)
    batch = ([fill[0]], [fill[1]], fill[2], fill[3], [WAD], [0, 0])
    return {
        "cancel": (exchange, exchange.cancel.encode_input(astuple(mine))),
        "cancel_all": (exchange, exchange.cancel_all.encode_input(walleted)),
        "fill": (exchange, exchange.fill.encode_input(*fill)),
        "fill_batch": (exchange, exchange.fill_batch.encode_input(*batch)),
        "withdraw": (house, house.withdraw.encode_input(walleted, 10**6, desk.owner)),
        "set_delegate": (house, house.set_delegate.encode_input(walleted, desk.owner, 2**64)),
        "open_account": (house, house.open_account.encode_input()),
        "accrue_funding": (house, house.accrue_funding.encode_input(1)),
    }


CALLS = [
    "cancel",
    "cancel_all",
    "fill",
    "fill_batch",
    "withdraw",
    "set_delegate",
    "open_account",
    "accrue_funding",
]


@ENTRIES
@SIDES
@pytest.mark.parametrize("call", CALLS)
def test_wallet_reentering(desk, wallet, walleted, maker_account, taker_account, stranger, entry, side, call):
    """Asked by a static call, the wallet changes nothing anywhere, though it could at any other time."""
    target, data = calls(desk, walleted, maker_account, taker_account)[call]
    wallet.script(YES, False, sender=stranger)
    wallet.set_call(target, data, False, sender=stranger)
    bid = desk.order(walleted if side == "maker" else taker_account, WAD)
    ask = desk.opposite(bid, taker_account if side == "maker" else walleted)
    receipt = submit_forged(desk, entry, side, (bid, ask), b"")
    names = ["Fill", "PositionChanged", "PositionChanged", "FundingAccrued"]
    assert [name for name, _ in events(receipt)] == names
    assert abs(holding(desk, walleted)[0]) == WAD
    assert holding(desk, maker_account) == FLAT


@pytest.mark.parametrize("call", CALLS)
def test_wallet_reentering__control__each_call_works_by_itself(
    desk, wallet, walleted, maker_account, taker_account, stranger, call
):
    """The calls of the attack are not refused for another reason: outside of a fill they work."""
    target, data = calls(desk, walleted, maker_account, taker_account)[call]
    wallet.set_call(target, data, True, sender=stranger)
    wallet.isValidSignature(bytes(32), b"", sender=stranger)


def test_wallet_reading_a_fill_half_done(desk, wallet, walleted, taker_account, stranger):
    """The amount is booked before the wallet is asked: it cannot read it (or act on it) before it counts."""
    bid = desk.order(walleted, WAD)
    ask = desk.opposite(bid, taker_account)
    wallet.script(YES, False, sender=stranger)
    wallet.set_call(desk.exchange, desk.exchange.filled.encode_input(desk.hash(bid)), True, sender=stranger)
    with refused(desk, BAD):
        submit_forged(desk, "fill", "maker", (bid, ask), b"")


@pytest.mark.parametrize("what", ["eip712Domain", "owner_of", "mark_price"])
def test_wallet_reading_what_it_may(desk, wallet, walleted, taker_account, stranger, what):
    """A wallet that looks up the domain, its account or the price before it answers is not locked out."""
    target, data = {
        "eip712Domain": (desk.exchange, desk.exchange.eip712Domain.encode_input()),
        "owner_of": (desk.clearing_house, desk.clearing_house.owner_of.encode_input(walleted)),
        "mark_price": (desk.clearing_house, desk.clearing_house.mark_price.encode_input(1)),
    }[what]
    wallet.script(YES, False, sender=stranger)
    wallet.set_call(target, data, True, sender=stranger)
    bid = desk.order(walleted, WAD)
    submit_forged(desk, "fill", "maker", (bid, desk.opposite(bid, taker_account)), b"")
    assert holding(desk, walleted) == (WAD, PRICE, 10)


@ENTRIES
@SIDES
def test_wallet_writing_while_asked(desk, wallet, walleted, taker_account, stranger, entry, side):
    """One that would count its signatures cannot in a static call, and so does not approve."""
    wallet.script(YES, True, sender=stranger)
    bid = desk.order(walleted if side == "maker" else taker_account, WAD)
    ask = desk.opposite(bid, taker_account if side == "maker" else walleted)
    with refused(desk, BAD):
        submit_forged(desk, entry, side, (bid, ask), b"")
    assert wallet.times_asked() == 0
