"""open_account."""

import ape
import pytest

from tests.helpers import anvil
from tests.helpers.events import emitted

LAST_ID = 2**32 - 1


@pytest.fixture
def crowded(desk, maker):
    """All account ids but the last are taken: three accounts, and a counter that says more."""
    for _ in range(3):
        desk.account(maker)
    anvil.poke(desk.clearing_house, 3, LAST_ID - 1)
    return desk


def test_open_account__first__is_number_one(desk, maker):
    house = desk.clearing_house
    assert (house.account_count(), house.owner_of(1)) == (0, "0x" + "00" * 20)

    receipt = house.open_account(sender=maker)

    assert receipt.return_value == 1
    assert house.account_count() == 1
    assert house.owner_of(1) == maker
    assert house.account_word(1) == 0


def test_open_account__any__emits_exactly_this(desk, maker):
    receipt = desk.clearing_house.open_account(sender=maker)
    assert emitted(receipt, desk.clearing_house) == [
        ("AccountOpened", {"account_id": 1, "owner": maker.address})
    ]


def test_open_account__same_owner_again__has_another_account(desk, maker, taker):
    desk.account(maker)
    desk.account(taker)
    assert desk.clearing_house.open_account(sender=maker).return_value == 3
    assert [desk.clearing_house.owner_of(i) for i in (1, 2, 3)] == [maker, taker, maker]


def test_open_account__last_id__trades(crowded, maker, taker):
    first = crowded.account(taker, 10_000)
    assert first == LAST_ID
    crowded.traders[1] = maker
    crowded.endow(1, 10_000 * crowded.unit)
    crowded.trade(first, 1)
    assert (crowded.queue(True), crowded.queue(False)) == ([LAST_ID], [1])


def test_open_account__no_ids_left__reverts(crowded, maker):
    crowded.account(maker)
    with ape.reverts("account: no ids left"):
        crowded.clearing_house.open_account(sender=maker)
    assert crowded.clearing_house.account_count() == LAST_ID
