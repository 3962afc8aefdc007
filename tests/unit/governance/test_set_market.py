"""set_market: at once, unless anything is worse for holders of positions; then the whole set waits 48 h."""

import ape
import pytest

from tests.unit.governance.conftest import emitted, quote
from tests.unit.governance.parameters import (
    ACCEPTED,
    AT_ONCE,
    FIELDS,
    PARAMS,
    PPM,
    REFUSED,
    TOKEN,
    WORSE,
    named,
    params,
    words,
)

DELAY = 48 * 3600
NOTHING = dict.fromkeys(PARAMS, 0)


def scheduled(governance, market_id=1):
    values, effective_at = governance.scheduled(market_id)
    return named(values), effective_at


@pytest.mark.parametrize("changes", AT_ONCE, ids=str)
def test_set_market__not_worse_for_a_holder__in_force_at_once(listed, clearing_house, owner, changes):
    values = params(**changes)
    listed.set_market(1, values, sender=owner)
    assert named(listed.market_params(1)) == values
    assert (clearing_house.params_word(1), clearing_house.liquidation_word(1)) == words(values)
    assert scheduled(listed) == (NOTHING, 0)


def test_set_market__not_worse_for_a_holder__emits_exactly_this(listed, clearing_house, owner):
    values = params(maintenance_rate=19_000 * PPM)
    params_word, liquidation_word = words(values)
    assert emitted(listed.set_market(1, values, sender=owner)) == [
        (
            clearing_house.address,
            "MarketWritten",
            {"market_id": 1, "params": params_word, "liquidation": liquidation_word},
        ),
        (listed.address, "MarketSet", {"market_id": 1, "old_params": PARAMS, "new_params": values}),
    ]


@pytest.mark.parametrize("role", ["guardian", "stranger"])
@pytest.mark.parametrize("changes", [AT_ONCE[1], WORSE[0]], ids=["at once", "worse"])
def test_set_market__not_the_owner__reverts(listed, state, request, role, changes):
    before = state()
    with ape.reverts("ownable: caller is not the owner"):
        listed.set_market(1, params(**changes), sender=request.getfixturevalue(role))
    assert state() == before


@pytest.mark.parametrize("changes", WORSE, ids=str)
def test_set_market__worse_for_a_holder__waits(listed, clearing_house, owner, changes):
    values = params(**changes)
    receipt = listed.set_market(1, values, sender=owner)
    assert named(listed.market_params(1)) == PARAMS
    assert (clearing_house.params_word(1), clearing_house.liquidation_word(1)) == words(PARAMS)
    assert scheduled(listed) == (values, receipt.timestamp + DELAY)


def test_set_market__worse_for_a_holder__emits_exactly_this(listed, owner):
    values = params(**WORSE[0])
    receipt = listed.set_market(1, values, sender=owner)
    assert emitted(receipt) == [
        (
            listed.address,
            "MarketScheduled",
            {
                "market_id": 1,
                "old_params": PARAMS,
                "new_params": values,
                "effective_at": receipt.timestamp + DELAY,
            },
        )
    ]


@pytest.mark.parametrize("changes", WORSE, ids=str)
def test_set_market__worse_among_better__all_of_it_waits(listed, owner, changes):
    better = params(liquidator_reward=0, price_band=60_000 * PPM, funding_tau=7 * 3600)
    listed.set_market(1, better | changes, sender=owner)
    assert named(listed.market_params(1)) == PARAMS
    assert scheduled(listed)[0] == better | changes


def test_set_market__at_once_over_a_scheduled_set__drops_it(listed, owner):
    effective_at = listed.set_market(1, params(**WORSE[0]), sender=owner).timestamp + DELAY
    values = params(price_band=60_000 * PPM)
    events = emitted(listed.set_market(1, values, sender=owner))
    assert events[0] == (listed.address, "ScheduleCancelled", {"market_id": 1, "effective_at": effective_at})
    assert [name for _, name, _ in events] == ["ScheduleCancelled", "MarketWritten", "MarketSet"]
    assert named(listed.market_params(1)) == values
    assert scheduled(listed) == (NOTHING, 0)


def test_set_market__worse_over_a_scheduled_set__replaces_it_and_starts_again(listed, chain, owner):
    effective_at = listed.set_market(1, params(**WORSE[0]), sender=owner).timestamp + DELAY
    chain.mine(deltatime=DELAY - 60)
    values = params(**WORSE[1])
    receipt = listed.set_market(1, values, sender=owner)
    assert [name for _, name, _ in emitted(receipt)] == ["ScheduleCancelled", "MarketScheduled"]
    assert emitted(receipt)[0][2] == {"market_id": 1, "effective_at": effective_at}
    assert scheduled(listed) == (values, receipt.timestamp + DELAY)
    chain.mine(deltatime=120)
    with ape.reverts("market: too early"):
        listed.apply_market(1, sender=owner)


def test_set_market__one_market__leaves_the_others(listed, owner):
    listed.list_market(PARAMS, sender=owner)
    listed.set_market(2, params(**WORSE[0]), sender=owner)
    listed.set_market(1, params(max_leverage=20), sender=owner)
    assert named(listed.market_params(2)) == PARAMS
    assert scheduled(listed, 2)[0] == params(**WORSE[0])


def test_set_market__reduce_only__stays(listed, clearing_house, guardian, owner):
    listed.set_reduce_only(1, True, sender=guardian)
    values = params(price_band=60_000 * PPM)
    listed.set_market(1, values, sender=owner)
    assert listed.is_reduce_only(1)
    assert clearing_house.params_word(1) == words(values, reduce_only=True)[0]


@pytest.mark.parametrize("market_id", [0, 2, 2**256 - 1])
def test_set_market__not_listed__reverts(listed, state, owner, market_id):
    before = state()
    with ape.reverts("market: not listed"):
        listed.set_market(market_id, PARAMS, sender=owner)
    assert state() == before


@pytest.mark.parametrize(("changes", "reason"), REFUSED, ids=str)
def test_set_market__past_a_hard_bound__reverts(listed, state, owner, changes, reason):
    before = state()
    with ape.reverts(reason):
        listed.set_market(1, params(**changes), sender=owner)
    assert state() == before


@pytest.mark.parametrize("changes", ACCEPTED, ids=str)
def test_set_market__at_a_hard_bound__is_taken(listed, owner, changes):
    listed.set_market(1, params(**changes), sender=owner)
    assert params(**changes) in (named(listed.market_params(1)), scheduled(listed)[0])


@pytest.mark.parametrize("field", FIELDS)
def test_set_market__not_a_whole_unit__reverts(listed, owner, field):
    with ape.reverts(FIELDS[field][2]):
        listed.set_market(1, params(**{field: PARAMS[field] + 1}), sender=owner)


def test_set_market__source_publishes_too_seldom__reverts(listed, set_source, owner):
    set_source(1, update_threshold=25_000 * PPM + 1)
    with ape.reverts("market: source too coarse"):
        listed.set_market(1, params(max_leverage=20), sender=owner)


def test_set_market__no_valid_price_and_funding__reverts(listed, set_source, state, owner):
    set_source(1, valid=False)
    before = state()
    with ape.reverts("market: no price"):
        listed.set_market(1, PARAMS, sender=owner)
    assert state() == before


def test_set_market__no_valid_price_but_no_funding__is_taken(listed, set_source, owner):
    set_source(1, valid=False)
    values = params(funding_cap=0, price_band=10_000 * PPM)
    listed.set_market(1, values, sender=owner)
    assert named(listed.market_params(1)) == values


def test_set_market__polled_source__is_asked_first(listed, router, set_source, owner):
    set_source(1, valid=False)
    router.set_refreshed(1, quote(), sender=owner)
    listed.set_market(1, params(max_leverage=20), sender=owner)
    assert listed.market_params(1).max_leverage == 20


def test_set_market__funding_depth__is_measured_at_the_mark(listed, set_source, owner):
    set_source(1, price=100_000 * 10**18)
    with ape.reverts("market: funding depth too low"):
        listed.set_market(1, PARAMS, sender=owner)
    listed.set_market(1, params(funding_depth=714_285_715 * TOKEN), sender=owner)
