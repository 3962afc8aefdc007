"""What fuzzing found, each as the shortest story that tells it."""

import pytest

from scripts.sandbox.orders import Order, Signed
from tests.helpers.chain.boa_chain import BoaChain
from tests.helpers.chain.driver import FOREVER
from tests.helpers.model.arithmetic import MAX_PRICE, MAX_SIZE
from tests.helpers.parameters import WAD, MarketParams, SourceConfig
from tests.stateful.actions import Actions

CAP = MAX_SIZE // 10**15 * 10**15
# Half of the largest price, a size and fees at which one fill fills half of the treasury's 116 bits.
PRICE = MAX_PRICE // 2
SIZE = CAP // 2
GIANT = MarketParams(
    max_leverage=5,
    maintenance_rate=WAD // 10,
    maker_fee=WAD // 100,
    taker_fee=WAD // 100,
    open_interest_cap=CAP,
    open_interest_lower=CAP // 10_000,
    open_interest_upper=CAP // 10_000 * 60_000,
    min_notional=10 * WAD,
    funding_cap=0,
    funding_depth=WAD,
)


@pytest.fixture(scope="module")
def chain() -> BoaChain:
    return BoaChain(18)


@pytest.fixture
def actions(chain: BoaChain) -> Actions:
    """A market of giants, a maker (account 1) and a taker (account 2)."""
    actions = Actions(chain, 18)
    config = SourceConfig(chain.addresses["SignedSource"], update_threshold=WAD // 1_000)
    actions.list_market(price=PRICE, params=GIANT, config=config)
    for account_id in (1, 2):
        trader = chain.traders[account_id]
        actions.open_account(sender=trader)
        actions.deposit(sender=trader, account_id=account_id, amount=2**124)
    return actions


def trade(actions: Actions, size: int) -> str:
    """The taker buys (sells if negative) at the mark; what came of it."""
    chain, salt = actions.chain, len(actions.log)
    maker, taker = (
        Signed(Order(i, 1, s, PRICE, 2, expires_at=FOREVER, salt=salt), chain.traders[i])
        for i, s in ((1, -size), (2, size))
    )
    before = actions.outcomes.copy()
    actions.fill(sender=chain.stranger, maker=maker, taker=taker, size=abs(size), maker_hint=0, taker_hint=0)
    (outcome,) = actions.outcomes - before
    return outcome


def test_close__treasury_credit_full__refused_until_it_is_collected(actions: Actions) -> None:
    """EXIT-1 ends where the treasury's 116 bits do: 83 quadrillion tokens of 18 decimals."""
    assert trade(actions, SIZE) == "fill"
    assert trade(actions, -SIZE) == "fill: ledger: credit overflow"
    actions.collect_treasury(receiver=actions.chain.stranger)
    assert trade(actions, -SIZE) == "fill"
    assert [actions.model.open_markets(i) for i in (1, 2)] == [[], []]
