"""write_market: Governance only."""

import ape
import pytest

from tests.helpers import anvil
from tests.helpers.desk import PRICE, USD, WAD
from tests.helpers.events import emitted, named
from tests.helpers.parameters import MarketParams

HOUR = 3_600
REDUCE_ONLY_BIT = 1 << 3
PARAMS = MarketParams(
    open_interest_cap=100 * WAD, open_interest_lower=50 * WAD, open_interest_upper=200 * WAD
)
PARAMS = PARAMS.but(funding_depth=12_000_000 * USD)


@pytest.fixture
def governance(desk):
    return anvil.impersonated(desk.governance)


@pytest.fixture
def premium(desk, maker, taker):
    """One base 1 % above the mark: 333,333e-11 of premium."""
    desk.trade(desk.account(maker, 10_000), desk.account(taker, 10_000), price=4_040 * WAD)


def words(desk, market_id=1):
    return desk.clearing_house.params_word(market_id), desk.clearing_house.liquidation_word(market_id)


def test_write_market__listed_by_governance__words_and_clock_set(desk, owner):
    """Default parameters, field by field, market_words.vy."""
    desk.router.set_source(2, desk.router.source_config(1), sender=owner)
    desk.report(PRICE, 2)
    now = desk.wait(50)
    desk.governance.list_market(tuple(vars(PARAMS).values()), sender=owner)

    params, liquidation = words(desk, 2)
    assert params == sum(
        [
            7,  # 100x is tier 7
            1 << 4,  # listed, not reduce-only
            5_000 << 5,  # 0.5 % maintenance
            200 << 25,  # maker fee
            500 << 41,  # taker fee
            50_000 << 57,  # band
            1_000 << 77,  # 10 USD in cents
            100_000 << 109,  # 100 base in 1e15
            5_000 << 160,
            20_000 << 176,
            10_000 << 192,  # funding cap
            12_000_000 << 212,
            8 << 248,
        ]
    )
    assert liquidation == 1_250_000 | 2_000 << 24 | 1_000 << 44
    state = desk.clearing_house.market_state(2)
    assert tuple(state) == (params, 0, 0, 0, now, PRICE)


def test_write_market__changed__accrues_under_the_old_parameters_first(desk, premium, governance):
    """Half an hour at tau = 8 h, then tau = 1 h for what follows."""
    params, liquidation = words(desk)
    desk.wait(HOUR // 2)
    faster = params & (2**248 - 1) | 1 << 248
    receipt = desk.clearing_house.write_market(1, faster, liquidation, sender=governance)

    # 333,333 * exp(-1/16); with tau = 1 h it would be 202,176.
    accrued = named(receipt, "FundingAccrued")
    assert [e["premium"] for e in accrued] == [313_137]
    assert accrued[0]["index"] > 0
    desk.wait(HOUR // 2)
    desk.clearing_house.accrue_funding(1, sender=desk.owner)
    # 313,137 * exp(-1/2) = 189,927.2
    assert desk.clearing_house.market_state(1).premium == 189_927


def test_write_market__any__emits_exactly_this(desk, premium, governance):
    params, _ = words(desk)
    receipt = desk.clearing_house.write_market(1, params | REDUCE_ONLY_BIT, 77, sender=governance)
    assert emitted(receipt, desk.clearing_house)[1:] == [
        ("MarketWritten", {"market_id": 1, "params": params | REDUCE_ONLY_BIT, "liquidation": 77})
    ]
    assert words(desk) == (params | REDUCE_ONLY_BIT, 77)


def test_write_market__no_valid_price__writes_and_the_clock_stands(desk, premium, owner):
    """The guardian's switch must work in a dead market, and must not erase its funding."""
    before = desk.clearing_house.market_state(1)
    desk.mine(3 * HOUR)
    receipt = desk.governance.set_reduce_only(1, True, sender=owner)

    assert [name for name, _ in emitted(receipt, desk.clearing_house)] == ["MarketWritten"]
    after = desk.clearing_house.market_state(1)
    assert after.params == before.params | REDUCE_ONLY_BIT
    assert (after.premium, after.touched) == (333_333, before.touched)


def test_write_market__stranger_or_owner__reverts_and_nothing_changes(desk, stranger, owner, guardian):
    before = words(desk)
    for sender in (stranger, owner, guardian, anvil.impersonated(desk.exchange)):
        with ape.reverts("market: not governance"):
            desk.clearing_house.write_market(1, 0, 0, sender=sender)
        with ape.reverts("market: not governance"):
            desk.clearing_house.write_market(2, before[0], before[1], sender=sender)
    assert words(desk) == before
    assert words(desk, 2) == (0, 0)
