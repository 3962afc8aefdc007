"""set_reduce_only: guardian or owner, one market or all, without a price."""

import ape
import pytest

from tests.unit.governance.conftest import ZERO_ADDRESS, emitted
from tests.unit.governance.parameters import PARAMS, WORSE, named, params, words


@pytest.mark.parametrize("role", ["guardian", "owner"])
def test_set_reduce_only__guardian_or_owner__switches_that_bit_alone(listed, clearing_house, request, role):
    caller = request.getfixturevalue(role)
    for on in (True, True, False):
        listed.set_reduce_only(1, on, sender=caller)
        assert listed.is_reduce_only(1) == on
        assert (clearing_house.params_word(1), clearing_house.liquidation_word(1)) == words(
            PARAMS, reduce_only=on
        )
        assert named(listed.market_params(1)) == PARAMS


def test_set_reduce_only__on_and_off__emits_exactly_this(listed, clearing_house, guardian):
    for old, new in [(False, True), (True, True), (True, False)]:
        params_word, liquidation_word = words(PARAMS, reduce_only=new)
        assert emitted(listed.set_reduce_only(1, new, sender=guardian)) == [
            (
                clearing_house.address,
                "MarketWritten",
                {"market_id": 1, "params": params_word, "liquidation": liquidation_word},
            ),
            (
                listed.address,
                "ReduceOnlySet",
                {"market_id": 1, "old_reduce_only": old, "new_reduce_only": new},
            ),
        ]


@pytest.mark.parametrize("market_id", [0, 1])
@pytest.mark.parametrize("on", [True, False])
def test_set_reduce_only__stranger__reverts(listed, state, stranger, market_id, on):
    before = state()
    with ape.reverts("governance: not guardian"):
        listed.set_reduce_only(market_id, on, sender=stranger)
    assert state() == before


def test_set_reduce_only__former_guardian__reverts(listed, guardian, owner):
    listed.set_guardian(ZERO_ADDRESS, sender=owner)
    with ape.reverts("governance: not guardian"):
        listed.set_reduce_only(1, True, sender=guardian)


@pytest.mark.parametrize("market_id", [2, 2**256 - 1])
def test_set_reduce_only__not_listed__reverts(listed, state, guardian, market_id):
    before = state()
    with ape.reverts("market: not listed"):
        listed.set_reduce_only(market_id, True, sender=guardian)
    assert state() == before


def test_set_reduce_only__market_0__is_every_listed_market(listed, guardian, owner):
    listed.list_market(PARAMS, sender=owner)
    listed.set_reduce_only(2, True, sender=guardian)
    events = emitted(listed.set_reduce_only(0, True, sender=guardian))
    assert [arguments for _, name, arguments in events if name == "ReduceOnlySet"] == [
        {"market_id": 1, "old_reduce_only": False, "new_reduce_only": True},
        {"market_id": 2, "old_reduce_only": True, "new_reduce_only": True},
    ]
    assert listed.is_reduce_only(1)
    assert listed.is_reduce_only(2)


def test_set_reduce_only__market_0_of_none__does_nothing(governance, guardian):
    assert emitted(governance.set_reduce_only(0, True, sender=guardian)) == []


def test_set_reduce_only__no_price_and_a_set_waiting__switches_and_leaves_the_set(
    listed, set_source, guardian, owner
):
    listed.set_market(1, params(**WORSE[0]), sender=owner)
    waiting = listed.scheduled(1)
    set_source(1, valid=False)
    listed.set_reduce_only(1, True, sender=guardian)
    assert listed.is_reduce_only(1)
    assert listed.scheduled(1) == waiting
