"""Orders signed by delegates, who may trade while they are live and whose word is judged when it is used."""

import pytest

from tests.helpers.desk import WAD
from tests.helpers.matching import ENTRIES, SIDES, submit, submit_forged
from tests.helpers.reading import epoch, holding, next_block_at, now, refused

# Made before the first test: Ape starts over when a wider fixture comes after a narrower one.
pytestmark = pytest.mark.usefixtures("maker_account", "taker_account")

BAD = "order: bad signature"
ALWAYS = 2**256 - 1


@pytest.fixture
def pair(desk, maker_account, taker_account):
    bid = desk.order(maker_account, WAD)
    return bid, desk.opposite(bid, taker_account)


@pytest.fixture
def part(pair, maker, taker):
    """The order and the owner of the side under attack."""
    return {"maker": (pair[0], maker), "taker": (pair[1], taker)}


@ENTRIES
@SIDES
def test_live_delegate__control__fills_to_the_last_second(
    desk, pair, part, entry, side, delegate, maker_account
):
    """A live delegate's signature is as good as the owner's."""
    order, principal = part[side]
    last = now() + 1_000
    desk.clearing_house.set_delegate(order.account_id, delegate, last, sender=principal)
    signed = desk.sign(order, delegate)
    next_block_at(last)
    submit_forged(desk, entry, side, pair, signed)
    assert now() == last
    assert holding(desk, maker_account)[0] == WAD


@ENTRIES
@SIDES
def test_expired_delegate(desk, pair, part, entry, side, delegate):
    """Signed while live, used a second after the delegate's time: refused."""
    order, principal = part[side]
    last = now() + 1_000
    desk.clearing_house.set_delegate(order.account_id, delegate, last, sender=principal)
    signed = desk.sign(order, delegate)
    next_block_at(last + 1)
    with refused(desk, BAD):
        submit_forged(desk, entry, side, pair, signed)


@ENTRIES
@SIDES
def test_revoked_delegate(desk, pair, part, entry, side, delegate, maker_account):
    """A revocation reaches what was signed before, whatever is left of a partly filled order too."""
    order, principal = part[side]
    desk.clearing_house.set_delegate(order.account_id, delegate, ALWAYS, sender=principal)
    signatures = tuple(desk.sign(o, delegate if o is order else None) for o in pair)
    submit(desk, entry, *pair, signatures, WAD // 2)
    desk.clearing_house.set_delegate(order.account_id, delegate, 0, sender=principal)
    with refused(desk, BAD):
        submit(desk, entry, *pair, signatures, WAD // 2)
    assert holding(desk, maker_account)[0] == WAD // 2


def test_readmitted_delegate(desk, pair, delegate, maker, maker_account, taker_account):
    """Orders of a revoked delegate come back with it, unless the epoch was raised in between."""
    for expires_at in (ALWAYS, 0, ALWAYS):
        desk.clearing_house.set_delegate(maker_account, delegate, expires_at, sender=maker)
    submit_forged(desk, "fill", "maker", pair, desk.sign(pair[0], delegate))
    other = desk.order(maker_account, WAD)
    desk.exchange.cancel_all(maker_account, sender=maker)
    with refused(desk, "order: old epoch"):
        submit_forged(
            desk, "fill", "maker", (other, desk.order(taker_account, -WAD)), desk.sign(other, delegate)
        )


@ENTRIES
@SIDES
def test_delegate_of_the_owners_other_account(desk, pair, part, entry, side, delegate):
    """Authority is given for an account, not for all of an owner's."""
    order, principal = part[side]
    other = desk.account(principal)
    desk.clearing_house.set_delegate(other, delegate, ALWAYS, sender=principal)
    with refused(desk, BAD):
        submit_forged(desk, entry, side, pair, desk.sign(order, delegate))


@ENTRIES
@SIDES
def test_delegate_of_the_counterparty(desk, pair, part, entry, side, delegate):
    """The other trader's delegate is a stranger here."""
    order, _ = part[side]
    other, principal = part["taker" if side == "maker" else "maker"]
    desk.clearing_house.set_delegate(other.account_id, delegate, ALWAYS, sender=principal)
    with refused(desk, BAD):
        submit_forged(desk, entry, side, pair, desk.sign(order, delegate))


def test_delegate_of_a_delegate(desk, pair, delegate, maker, stranger, maker_account):
    """Authority cannot be passed on."""
    desk.clearing_house.set_delegate(maker_account, delegate, ALWAYS, sender=maker)
    with refused(desk, "account: not the owner"):
        desk.clearing_house.set_delegate(maker_account, stranger, ALWAYS, sender=delegate)
    with refused(desk, BAD):
        submit_forged(desk, "fill", "maker", pair, desk.sign(pair[0], stranger))


def test_delegate_trading_an_account_away(desk, delegate, maker, maker_account):
    """A rogue delegate sells low to its own account: the band and the margin bound each trade, and it cannot
    withdraw."""
    desk.clearing_house.set_delegate(maker_account, delegate, ALWAYS, sender=maker)
    own = desk.account(delegate, 100_000)
    bid = desk.order(own, WAD, 3_799 * WAD)
    ask = desk.opposite(bid, maker_account)
    with refused(desk, "fill: outside price band"):
        submit(desk, "fill", bid, ask, (desk.sign(bid), desk.sign(ask, delegate)))
    with refused(desk, "account: not the owner"):
        desk.clearing_house.withdraw(maker_account, 1, delegate, sender=delegate)


@pytest.mark.parametrize("live", [True, False])
def test_cancel_all_by_a_delegate(desk, pair, delegate, maker, maker_account, live):
    """A live delegate may clear the book of the account it trades for; a former one may not."""
    desk.clearing_house.set_delegate(maker_account, delegate, ALWAYS, sender=maker)
    if not live:
        desk.clearing_house.set_delegate(maker_account, delegate, 0, sender=maker)
        with refused(desk, "account: not authorized"):
            desk.exchange.cancel_all(maker_account, sender=delegate)
        desk.fill(*pair)
        return
    desk.exchange.cancel_all(maker_account, sender=delegate)
    assert epoch(desk, maker_account) == 1
    with refused(desk, "order: old epoch"):
        desk.fill(*pair)


@ENTRIES
def test_contract_as_a_delegate(desk, pair, project, entry, maker, maker_account):
    """Only an owner's contract is asked; one that approves everything is no help as a delegate."""
    wallet = maker.deploy(project.Wallet1271, maker)
    wallet.set_mode(4, sender=maker)
    desk.clearing_house.set_delegate(maker_account, wallet, ALWAYS, sender=maker)
    with refused(desk, BAD):
        submit_forged(desk, entry, "maker", pair, b"")
