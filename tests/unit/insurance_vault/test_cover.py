"""cover."""

import ape
import pytest

from tests.helpers.anvil import impersonated
from tests.helpers.events import emitted
from tests.unit.insurance_vault.vault_desk import DAY, MARKET

OTHER = 2


@pytest.fixture
def limits(desk, shares):
    """Market 1 may pay 600 a day, market 2 500, both together 800. The vault has 1,000."""
    desk.set_bucket(0, 800)
    desk.set_bucket(MARKET, 600)
    desk.set_bucket(OTHER, 500)


def test_cover__from_the_ledger__sends_tokens(desk, vault, token, shares):
    desk.cover(300)
    assert token.balanceOf(desk.house) == 300
    left = 1_000 * desk.unit - 300
    assert desk.books()[:3] == (left, left, left)


def test_cover__from_credit__moves_no_token(desk, vault, token, shares):
    desk.earn(500)
    receipt = desk.cover(300, from_credit=300)
    assert emitted(receipt, token) == []
    assert vault.collateral_ledger() == 1_000 * desk.unit
    assert vault.totalAssets() == 1_000 * desk.unit + 200


def test_cover__from_both__sends_the_rest(desk, vault, token, shares):
    desk.earn(500)
    desk.cover(800, from_credit=500)
    assert token.balanceOf(desk.house) == 500 + 300
    assert vault.collateral_ledger() == vault.totalAssets() == 1_000 * desk.unit - 300


def test_cover__any__emits_exactly_this(desk, vault, shares):
    desk.earn(500)
    receipt = desk.cover(800, from_credit=500)
    assert emitted(receipt, vault) == [("Covered", {"market_id": MARKET, "amount": 800, "from_credit": 500})]


def test_cover__any__is_taken_from_both_buckets(desk, vault, limits):
    desk.wait(DAY)
    desk.cover(300)
    assert (vault.bucket(MARKET), vault.bucket(OTHER), vault.bucket(0)) == (
        (600, 300),
        (500, 500),
        (800, 500),
    )


def test_cover__from_credit__is_taken_from_both_buckets(desk, vault, limits):
    """The limit is on what leaves the depositors, in whatever form."""
    desk.earn(500)
    desk.wait(DAY)
    desk.cover(300, from_credit=300)
    assert (vault.bucket(MARKET)[1], vault.bucket(0)[1]) == (300, 500)


def test_cover__more_than_the_markets_bucket__reverts(desk, vault, limits):
    desk.wait(DAY)
    with ape.reverts("vault: over capacity"):
        desk.cover(601)
    desk.wait(DAY)
    desk.cover(600)


def test_cover__more_than_the_global_bucket__reverts(desk, vault, limits):
    desk.wait(DAY)
    desk.cover(500, market_id=OTHER)
    # No time passes: 300 are left.
    desk.wait(0)
    with ape.reverts("vault: over capacity"):
        desk.cover(301)
    assert vault.bucket(0)[1] == 300
    desk.wait(0)
    desk.cover(300)
    assert vault.bucket(0)[1] == 0


def test_cover__more_than_the_ledger__reverts(desk, vault, shares):
    desk.earn(500)
    with ape.reverts("vault: over capacity"):
        desk.cover(1_000 * desk.unit + 501, from_credit=500)
    desk.cover(1_000 * desk.unit + 500, from_credit=500)
    assert desk.books()[:3] == (0, 0, 0)


def test_cover__market_without_a_bucket__reverts(desk, shares):
    with ape.reverts("vault: over capacity"):
        desk.cover(1, market_id=OTHER)


def test_cover__without_a_global_bucket__reverts(desk, shares):
    desk.set_bucket(0, 0)
    with ape.reverts("vault: over capacity"):
        desk.cover(1)


def test_cover__nothing__changes_nothing(desk, shares):
    before = desk.books()
    desk.cover(0)
    assert desk.books() == before


@pytest.mark.parametrize("market_id", [0, 65, 2**256 - 1])
def test_cover__no_such_market__reverts(desk, shares, market_id):
    with ape.reverts("vault: bad market"):
        desk.cover(1, market_id=market_id)


def test_cover__last_market__pays(desk, token, shares):
    desk.set_bucket(64, 10)
    desk.cover(10, market_id=64)
    assert token.balanceOf(desk.house) == 10


def test_cover__more_credit_than_amount__reverts(desk, vault, shares):
    before = desk.books()
    with ape.reverts():
        desk.cover(5, from_credit=6)
    assert desk.books() == before


@pytest.mark.parametrize("role", ["owner", "depositor", "stranger"])
def test_cover__not_the_clearing_house__reverts(desk, vault, shares, request, role):
    before = desk.books(), vault.bucket(0)
    with ape.reverts("vault: not the clearing house"):
        vault.cover(MARKET, 1, 0, sender=request.getfixturevalue(role))
    assert (desk.books(), vault.bucket(0)) == before


def test_cover__clearing_house__gas(desk, vault, shares):
    """Measured, not guessed: buckets and ledger written before, tokens moving."""
    house = impersonated(desk.house)
    vault.cover(MARKET, 5, 0, sender=house)
    assert vault.cover(MARKET, 5, 0, sender=house).gas_used < 75_000
    assert vault.cover(MARKET, 5, 5, sender=house).gas_used < 45_000


# -- SYB-1: in 24 h at most twice the bucket, at no hour more than at another


@pytest.fixture
def days(desk, shares):
    """A cap of 86,400 flows in at one unit a second."""
    desk.set_bucket(0, DAY)
    desk.wait(DAY)
    desk.set_bucket(MARKET, DAY)


def taken(desk, vault) -> int:
    """Take all there is, in the block after the latest."""
    desk.wait(1)
    amount = vault.capacity(MARKET, 0)
    # The view answered for the block before.
    amount += amount < DAY
    desk.cover(amount)
    assert vault.capacity(MARKET, 0) == 0
    return amount


def test_cover__within_24_hours__never_twice_the_bucket(desk, vault, days):
    total, end = 0, desk.now + DAY
    for pause in (0, 1, 3_599, 20_000, 7, 40_000):
        if pause:
            desk.mine(pause)
        total += taken(desk, vault)
    desk.mine(end - desk.now - 1)
    total += taken(desk, vault)
    assert desk.now == end
    # Full at the start, a unit for each of the 86,399 seconds since the first payment.
    assert total == DAY + DAY - 1


@pytest.mark.parametrize("hour", [0, 23])
def test_cover__around_midnight__no_limit_doubles(desk, vault, days, hour):
    """A limit per calendar day would give a whole bucket before midnight UTC and another after."""
    desk.mine(2 * DAY - desk.now % DAY - 2 + 3_600 * (hour + 1))
    assert taken(desk, vault) == DAY
    assert taken(desk, vault) == 1
    desk.mine(9)
    assert taken(desk, vault) == 10


def test_cover__asked_every_second__refills_no_slower(desk, vault, shares):
    """86,401 a day is 1.0000116 a second: what is less than a unit is not lost."""
    desk.set_bucket(0, DAY + 1)
    desk.set_bucket(OTHER, DAY + 1)
    desk.wait(DAY)
    desk.cover(DAY + 1, market_id=OTHER)
    for _ in range(5):
        desk.wait(1)
        desk.cover(1, market_id=OTHER)
    # 86,399 s after it was empty, 86,400 s, and enough for all that was taken since.
    desk.mine(DAY - 6)
    assert vault.bucket(OTHER)[1] == DAY - 1 - 5
    desk.mine(1)
    assert vault.bucket(OTHER)[1] == DAY + 1 - 5
    desk.mine(5)
    assert vault.bucket(OTHER)[1] == DAY + 1
