"""list_market: the owner lists the next market, within every hard bound."""

import ape
import pytest

from tests.unit.governance.conftest import ZERO_ADDRESS, emitted, quote
from tests.unit.governance.parameters import (
    ACCEPTED,
    FIELDS,
    MAX_SIZE,
    PARAMS,
    PPM,
    REFUSED,
    TOKEN,
    WAD,
    named,
    params,
    unit_of,
    words,
)


def test_list_market__good_parameters__stores_both_words(governance, clearing_house, owner):
    receipt = governance.list_market(PARAMS, sender=owner)
    assert receipt.return_value == 1
    assert governance.market_count() == 1
    assert (clearing_house.params_word(1), clearing_house.liquidation_word(1)) == words(PARAMS)
    assert named(governance.market_params(1)) == PARAMS
    assert not governance.is_reduce_only(1)


def test_list_market__good_parameters__emits_exactly_this(governance, clearing_house, owner):
    params_word, liquidation_word = words(PARAMS)
    assert emitted(governance.list_market(PARAMS, sender=owner)) == [
        (
            clearing_house.address,
            "MarketWritten",
            {"market_id": 1, "params": params_word, "liquidation": liquidation_word},
        ),
        (governance.address, "MarketListed", {"market_id": 1, "params": PARAMS}),
    ]


@pytest.mark.parametrize("role", ["guardian", "stranger"])
def test_list_market__not_the_owner__reverts(governance, state, request, role):
    before = state()
    with ape.reverts("ownable: caller is not the owner"):
        governance.list_market(PARAMS, sender=request.getfixturevalue(role))
    assert state() == before


def test_list_market__second__takes_the_next_id(listed, clearing_house, owner):
    second = params(max_leverage=5)
    assert listed.list_market(second, sender=owner).return_value == 2
    assert listed.market_count() == 2
    assert named(listed.market_params(1)) == PARAMS
    assert named(listed.market_params(2)) == second


def test_list_market__collateral_of_18_decimals__packs_in_its_units(
    project, clearing_house, router, set_source, owner
):
    governance = owner.deploy(project.Governance, clearing_house, router, 18)
    set_source(1)
    values = params(min_notional=10 * WAD, funding_depth=357_142_858 * WAD)
    governance.list_market(values, sender=owner)
    assert clearing_house.params_word(1) == words(values, token=WAD)[0]
    assert named(governance.market_params(1)) == values
    with ape.reverts("market: funding depth too low"):
        governance.set_market(1, params(min_notional=10 * WAD, funding_depth=357_142_857 * WAD), sender=owner)


@pytest.mark.parametrize(("changes", "reason"), REFUSED, ids=str)
def test_list_market__past_a_hard_bound__reverts(governance, state, owner, changes, reason):
    before = state()
    with ape.reverts(reason):
        governance.list_market(params(**changes), sender=owner)
    assert state() == before


@pytest.mark.parametrize("changes", ACCEPTED, ids=str)
def test_list_market__at_a_hard_bound__lists(governance, owner, changes):
    governance.list_market(params(**changes), sender=owner)
    assert named(governance.market_params(1)) == params(**changes)


def test_list_market__largest_cap_that_a_position_can_hold__lists(governance, router, owner):
    router.set_quote(1, quote(price=10**6), sender=owner)
    cap = MAX_SIZE // 10**15 * 10**15
    values = params(open_interest_cap=cap, open_interest_lower=0, open_interest_upper=cap)
    governance.list_market(values, sender=owner)
    assert named(governance.market_params(1)) == values


@pytest.mark.parametrize("field", FIELDS)
def test_list_market__not_a_whole_unit__reverts(governance, owner, field):
    for off in (-1, 1):
        with ape.reverts(FIELDS[field][2]):
            governance.list_market(params(**{field: PARAMS[field] + off}), sender=owner)


@pytest.mark.parametrize("field", FIELDS)
def test_list_market__more_than_the_field_holds__reverts(governance, owner, field):
    _, bits, reason = FIELDS[field]
    for units in (1 << bits, (2**256 - 1) // unit_of(field)):
        with ape.reverts(reason):
            governance.list_market(params(**{field: units * unit_of(field)}), sender=owner)


def test_list_market__no_source__reverts(governance, router, owner):
    times_and_rates = ("max_age", "max_move", "confirm", "stale_move", "update_threshold")
    config = {"source": ZERO_ADDRESS, "second_source": ZERO_ADDRESS, "polled": False}
    config |= dict.fromkeys(times_and_rates, 0)
    router.set_source_config(1, config, sender=owner)
    with ape.reverts("market: no source"):
        governance.list_market(PARAMS, sender=owner)


def test_list_market__source_publishes_too_seldom__reverts(governance, set_source, owner):
    # 1 / 10 = 2 * 5 %
    for threshold in (50_000 * PPM + 1, 2**256 - 1):
        set_source(1, update_threshold=threshold)
        with ape.reverts("market: source too coarse"):
            governance.list_market(PARAMS, sender=owner)
    set_source(1, update_threshold=50_000 * PPM)
    governance.list_market(PARAMS, sender=owner)


@pytest.mark.parametrize("funding_cap", [0, PARAMS["funding_cap"]])
def test_list_market__no_valid_price__reverts(governance, set_source, owner, funding_cap):
    set_source(1, valid=False)
    with ape.reverts("market: no price"):
        governance.list_market(params(funding_cap=funding_cap), sender=owner)


def test_list_market__polled_source__is_asked_first(governance, router, set_source, owner):
    set_source(1, valid=False)
    router.set_refreshed(1, quote(), sender=owner)
    governance.list_market(PARAMS, sender=owner)
    assert router.peek(1).valid


def test_list_market__funding_depth__is_measured_at_the_mark(governance, set_source, owner):
    # 600,000,000 * 0.07 % / 0.5 % / 1,000 = 84,000, and one wei more rounds up to the next quote unit
    values = params(funding_depth=600_000_000 * TOKEN)
    set_source(1, price=84_000 * WAD + 1)
    with ape.reverts("market: funding depth too low"):
        governance.list_market(values, sender=owner)
    set_source(1, price=84_000 * WAD)
    governance.list_market(values, sender=owner)
