"""Waterfall holds no state: called at its own address it does nothing, over no storage but
ClearingHouse's.
"""

import ape
import pytest

from tests.helpers import anvil
from tests.helpers.reading import rpc

CALLS = {
    "liquidate": (1, 1, 1, 2, 10, 0),
    "flag_bankrupt": (1,),
    "deleverage": (1, 1, [2]),
    "deleverage_next": (1, 1, 1),
    "relink": (1, 1, 0),
}
EMPTY_TRIE = "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421"


def root(contract) -> str:
    return rpc("eth_getProof", str(contract.address), [], "latest")["storageHash"]


@pytest.mark.parametrize("name", CALLS)
def test_waterfall__called_directly__reverts_and_stores_nothing(desk, stranger, name):
    """Whoever calls, also those with a say elsewhere."""
    senders = (stranger, desk.owner, *map(anvil.impersonated, (desk.clearing_house, desk.vault)))
    for sender in senders:
        with ape.reverts("waterfall: delegate call only"):
            getattr(desk.waterfall, name)(*CALLS[name], sender=sender)
    assert root(desk.waterfall) == EMPTY_TRIE


def test_waterfall__every_function__is_one_of_these(desk):
    """A new one must be tested, too; views of its own it has none."""
    functions = desk.waterfall.contract_type.mutable_methods
    assert {method.name for method in functions} == set(CALLS)
    assert list(desk.waterfall.contract_type.view_methods) == []


def test_waterfall__used_through_clearing_house__stores_nothing_itself(desk, debtor, winner):
    long = desk.account(debtor, 400)
    desk.trade(long, desk.account(winner, 10_000))
    desk.crash(3_500 * 10**18)
    before = root(desk.clearing_house)
    desk.flag(long)
    desk.deleverage_next(long)
    assert root(desk.clearing_house) != before
    assert root(desk.waterfall) == EMPTY_TRIE
