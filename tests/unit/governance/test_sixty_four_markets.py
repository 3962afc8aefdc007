"""The most markets there can be."""

import ape
import pytest

from tests.unit.governance.parameters import PARAMS

# EIP-7825
TRANSACTION_GAS_LIMIT = 2**24


@pytest.fixture(scope="module")
def full(governance, set_source, owner):
    for market_id in range(1, 65):
        set_source(market_id)
        assert governance.list_market(PARAMS, sender=owner).return_value == market_id
    return governance


def test_list_market__64_listed__reverts(full, set_source, owner):
    set_source(65)
    with ape.reverts("market: too many"):
        full.list_market(PARAMS, sender=owner)
    assert full.market_count() == 64


def test_set_reduce_only__all_64__fits_a_transaction(full, guardian):
    receipt = full.set_reduce_only(0, True, sender=guardian)
    assert all(full.is_reduce_only(market_id) for market_id in range(1, 65))
    # The real ClearingHouse accrues funding too: leave it most of the limit.
    assert receipt.gas_used < TRANSACTION_GAS_LIMIT // 8
