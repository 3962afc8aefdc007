"""collect_treasury: Governance only."""

import ape
import pytest

from tests.helpers.desk import USD, WAD
from tests.helpers.events import emitted
from tests.helpers.parameters import MarketParams

PARAMS = MarketParams(funding_cap=0)
ZERO_ADDRESS = "0x" + "00" * 20
# Of fees of 2.80, a quarter is the vault's.
TREASURY, VAULT = 2_100_000, 700_000


@pytest.fixture
def credited(desk, maker, taker, owner):
    desk.governance.set_vault_fee_share(WAD // 4, sender=owner)
    desk.trade(desk.account(maker, 10_000), desk.account(taker, 10_000))
    return desk


def books(desk):
    house = desk.clearing_house
    return house.treasury_credit(), house.vault_credit(), house.collateral_ledger(), house.total_cash()


CASH = 20_000 * USD - TREASURY - VAULT
BEFORE = (TREASURY, VAULT, 20_000 * USD, CASH)


def test_collect_treasury__owner__pays_all_of_it_and_only_it(credited, owner, stranger):
    assert books(credited) == BEFORE
    credited.governance.collect_treasury(stranger, sender=owner)
    assert books(credited) == (0, VAULT, 20_000 * USD - TREASURY, CASH)
    assert credited.token.balanceOf(stranger) == TREASURY
    assert credited.token.balanceOf(credited.clearing_house) == 20_000 * USD - TREASURY


def test_collect_treasury__any__emits_exactly_this(credited, owner, stranger):
    receipt = credited.governance.collect_treasury(stranger, sender=owner)
    assert emitted(receipt, credited.clearing_house) == [
        ("TreasuryCollected", {"receiver": stranger.address, "amount": TREASURY})
    ]


def test_collect_treasury__twice__pays_nothing_more(credited, owner, stranger):
    credited.governance.collect_treasury(stranger, sender=owner)
    receipt = credited.governance.collect_treasury(stranger, sender=owner)
    assert emitted(receipt, credited.clearing_house)[0][1]["amount"] == 0
    assert credited.token.balanceOf(stranger) == TREASURY


def test_collect_treasury__share_of_the_vault__survives(credited, owner, stranger):
    """Credits and the share are one word."""
    credited.governance.collect_treasury(stranger, sender=owner)
    credited.trade(1, 2)
    assert books(credited)[:2] == (TREASURY, 2 * VAULT)


def test_collect_treasury__to_nobody_or_to_the_house__reverts(credited, owner):
    for receiver in (ZERO_ADDRESS, credited.clearing_house.address):
        with ape.reverts("withdraw: bad receiver"):
            credited.governance.collect_treasury(receiver, sender=owner)
    assert books(credited) == BEFORE


def test_collect_treasury__stranger_or_owner_directly__reverts(credited, stranger, owner):
    for sender in (stranger, owner):
        with ape.reverts("market: not governance"):
            credited.clearing_house.collect_treasury(sender, sender=sender)
    assert books(credited) == BEFORE
