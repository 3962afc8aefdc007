"""Markets priced by the contracts that Chainlink and Pyth ship, up to a trade at their price."""

from dataclasses import astuple

import ape
import pytest
from ape import chain

from tests.helpers.desk import PRICE, WAD
from tests.helpers.parameters import PLAIN, SourceConfig
from tests.helpers.real_feeds import (
    deploy_aggregator,
    deploy_arbitrum_uptime,
    deploy_optimism_uptime,
    deploy_pyth,
    deploy_pyth_aggregator,
)
from tests.helpers.solidity import needs_solidity

pytestmark = needs_solidity

HOUR = 3_600
DAY = 24 * HOUR
GRACE = HOUR
# Markets in the order of listing; market 1 is the desk's own.
CHAINLINK_MARKET, PYTH_MARKET = 2, 3
ANSWER = PRICE // 10**10
PRICE_ID = b"\x11" * 32
FEE = 7
# Pyth's exponent here: 8 decimals.
EXPONENT = -8


def now():
    return int(chain.blocks.head.timestamp)


@pytest.fixture(scope="module")
def real_aggregator(desk, owner):
    return deploy_aggregator(owner, ANSWER)


@pytest.fixture(scope="module")
def real_uptime(owner):
    """Optimism's, up for a day, readable by contracts."""
    feed = deploy_optimism_uptime(owner)
    feed.contract.disableAccessCheck(sender=owner)
    chain.mine(timestamp=now() + DAY)
    return feed


@pytest.fixture(scope="module")
def chainlink_market(project, desk, real_aggregator, real_uptime, owner):
    """CHAINLINK_MARKET is listed; returns its source."""
    feeds = [(CHAINLINK_MARKET, real_aggregator.address, 2 * HOUR)]
    source = owner.deploy(project.ChainlinkSource, feeds, real_uptime.contract, GRACE)
    config = SourceConfig(source.address, polled=True)
    desk.router.set_source(CHAINLINK_MARKET, astuple(config), sender=owner)
    real_aggregator.updateAnswer(ANSWER, sender=owner)
    desk.router.sync([CHAINLINK_MARKET], sender=owner)
    desk.governance.list_market(astuple(PLAIN), sender=owner)
    return source


@pytest.fixture(scope="module")
def real_pyth(owner):
    return deploy_pyth(owner, FEE)


@pytest.fixture(scope="module")
def pyth_update(real_pyth):
    """The data of an update, right but for what `changes` name."""

    def update(price=ANSWER, confidence=ANSWER // 1_000, exponent=EXPONENT, time=None, price_id=PRICE_ID):
        time = now() if time is None else time
        return real_pyth.createPriceFeedUpdateData(
            price_id, price, confidence, exponent, price, confidence, time, 0
        )

    return update


@pytest.fixture(scope="module")
def pyth_market(project, desk, chainlink_market, real_pyth, pyth_update, owner):
    """PYTH_MARKET is listed; returns its source."""
    source = owner.deploy(project.PythSource, real_pyth, desk.router, [(PYTH_MARKET, PRICE_ID, WAD // 100)])
    desk.router.set_source(PYTH_MARKET, astuple(SourceConfig(source.address)), sender=owner)
    source.update([pyth_update()], [PYTH_MARKET], value=FEE, sender=owner)
    desk.governance.list_market(astuple(PLAIN), sender=owner)
    return source


@pytest.fixture
def counterparts(desk, maker, taker):
    return desk.account(maker, 10_000), desk.account(taker, 10_000)


def answer(desk, aggregator, value):
    """A new answer, in a later second than anything before it."""
    desk.wait(1)
    aggregator.updateAnswer(value, sender=desk.owner)


def mark(desk, market_id):
    return desk.clearing_house.mark_price(market_id)


def test_chainlink__new_answer__next_trade_is_at_it(desk, chainlink_market, real_aggregator, counterparts):
    """Nobody calls `sync`: the trade asks."""
    answer(desk, real_aggregator, ANSWER * 102 // 100)
    assert mark(desk, CHAINLINK_MARKET) == PRICE

    desk.wait(1)
    desk.trade(*counterparts, market_id=CHAINLINK_MARKET)

    assert mark(desk, CHAINLINK_MARKET) == PRICE * 102 // 100


@pytest.mark.parametrize("value", [0, -ANSWER, 2**255 - 1, -(2**255)])
def test_chainlink__bad_answer__last_price_stands(
    desk, chainlink_market, real_aggregator, counterparts, value
):
    answer(desk, real_aggregator, value)
    assert chainlink_market.latest(CHAINLINK_MARKET) == (0, 0)

    desk.trade(*counterparts, market_id=CHAINLINK_MARKET)

    assert mark(desk, CHAINLINK_MARKET) == PRICE


@pytest.mark.parametrize(
    ("updated_at", "usable"), [(0, False), (-2 * HOUR, True), (-2 * HOUR - 1, False), (1, False)]
)
def test_chainlink__time_of_the_round__within_the_heartbeat(
    chainlink_market, real_aggregator, desk, updated_at, usable
):
    time = updated_at and desk.wait(1) + updated_at
    real_aggregator.updateRoundData(99, ANSWER, time, time, sender=desk.owner)

    assert chainlink_market.latest(CHAINLINK_MARKET) == ((PRICE, time) if usable else (0, 0))


def test_optimism__down_and_up_again__no_trade_until_the_grace_is_over(
    desk, chainlink_market, real_uptime, counterparts
):
    real_uptime.tell(True, now())
    with ape.reverts("oracle: no valid price"):
        desk.trade(*counterparts, market_id=CHAINLINK_MARKET)
    # What reverts writes nothing; a poll that stands puts the price in doubt for everyone who only reads it.
    desk.router.sync([CHAINLINK_MARKET], sender=desk.owner)
    assert not desk.router.peek(CHAINLINK_MARKET).valid

    up = desk.wait(60)
    real_uptime.tell(False, up)
    desk.wait(up + GRACE - 1 - now())
    with ape.reverts("oracle: no valid price"):
        desk.trade(*counterparts, market_id=CHAINLINK_MARKET)
    desk.wait(up + GRACE + 1 - now())
    desk.trade(*counterparts, market_id=CHAINLINK_MARKET)
    assert mark(desk, CHAINLINK_MARKET) == PRICE


def test_optimism__source_without_access__in_doubt(project, real_aggregator, owner):
    """Chainlink's feeds answer contracts on their list only: whoever deploys names the proxy, which is."""
    feed = deploy_optimism_uptime(owner)
    feeds = [(1, real_aggregator.address, 2 * DAY)]
    source = owner.deploy(project.ChainlinkSource, feeds, feed.contract, 1)
    real_aggregator.updateAnswer(ANSWER, sender=owner)
    chain.mine(timestamp=now() + 1)
    # The caller of a view may be anybody; to the feed, who starts a transaction is always welcome.
    assert source.latest(1) == (0, now())

    feed.contract.addAccess(source, sender=owner)
    assert source.latest(1)[0] == PRICE


def test_arbitrum__initialised_down_and_up__in_doubt_until_the_grace_is_over(project, real_aggregator, owner):
    feed = deploy_arbitrum_uptime(owner)
    feed.contract.disableAccessCheck(sender=owner)
    feeds = [(1, real_aggregator.address, 2 * DAY)]
    source = owner.deploy(project.ChainlinkSource, feeds, feed.contract, GRACE)
    real_aggregator.updateAnswer(ANSWER, sender=owner)
    chain.mine(timestamp=now() + 1)
    assert source.latest(1) == (0, now())

    feed.contract.initialize(sender=owner)
    assert source.latest(1) == (0, now())
    chain.mine(timestamp=now() + GRACE)
    assert source.latest(1)[0] == PRICE

    feed.tell(True, now())
    assert source.latest(1) == (0, now())
    up = now()
    feed.tell(False, up)
    chain.mine(timestamp=up + GRACE - 1)
    assert source.latest(1) == (0, now())
    chain.mine(timestamp=up + GRACE)
    assert source.latest(1)[0] == PRICE


def test_pyth__update_paid__next_trade_is_at_it(desk, pyth_market, pyth_update, real_pyth, counterparts):
    paid = real_pyth.balance
    chain.mine(timestamp=now() + 5)

    data = [pyth_update(ANSWER * 103 // 100)]
    assert pyth_market.update_fee(data) == FEE
    pyth_market.update(data, [PYTH_MARKET], value=10 * FEE, sender=desk.owner)
    desk.trade(*counterparts, market_id=PYTH_MARKET)

    assert mark(desk, PYTH_MARKET) == PRICE * 103 // 100
    assert (real_pyth.balance - paid, pyth_market.balance) == (FEE, 0)


def test_pyth__fee_of_one_for_two_updates__reverts(desk, pyth_market, pyth_update):
    data = [pyth_update(), pyth_update(price_id=b"\x22" * 32)]
    assert pyth_market.update_fee(data) == 2 * FEE

    with ape.reverts("source: fee too low"):
        pyth_market.update(data, [PYTH_MARKET], value=FEE, sender=desk.owner)


def test_pyth__garbage__reverts(desk, pyth_market):
    with ape.reverts():
        pyth_market.update([b"garbage"], [PYTH_MARKET], value=FEE, sender=desk.owner)


@pytest.mark.parametrize(
    "changes",
    [
        {"confidence": ANSWER // 100 + 1},
        {"price": 0},
        {"price": -ANSWER},
        {"price": 2**63 - 1, "confidence": 0},
        {"exponent": 1},
        {"exponent": -19},
    ],
    ids="-".join,
)
def test_pyth__bad_price__last_price_stands(desk, pyth_market, pyth_update, counterparts, changes):
    chain.mine(timestamp=now() + 5)

    receipt = pyth_market.update([pyth_update(**changes)], [PYTH_MARKET], value=FEE, sender=desk.owner)

    assert not list(receipt.decode_logs(desk.router.PriceAccepted))
    if changes.get("price") != 2**63 - 1:
        assert pyth_market.latest(PYTH_MARKET) == (0, 0)
    desk.trade(*counterparts, market_id=PYTH_MARKET)
    assert mark(desk, PYTH_MARKET) == PRICE


def test_pyth__price_from_the_future__accepted_when_its_time_has_come(desk, pyth_market, pyth_update):
    time = now() + 30
    pyth_market.update([pyth_update(ANSWER + 1, time=time)], [PYTH_MARKET], value=FEE, sender=desk.owner)
    assert mark(desk, PYTH_MARKET) == PRICE

    desk.wait(time - now())
    pyth_market.pull([PYTH_MARKET], sender=desk.owner)
    assert mark(desk, PYTH_MARKET) == PRICE + 10**10


def test_pyth__id_without_a_price__nothing(project, desk, real_pyth, owner):
    source = owner.deploy(project.PythSource, real_pyth, desk.router, [(9, b"\x33" * 32, WAD // 100)])

    assert source.latest(9) == (0, 0)


def test_pyth_through_chainlinks_interface__other_exponent__nothing(
    project, real_pyth, pyth_update, pyth_market, owner
):
    """Pyth's own adapter derives `decimals` from the exponent: when that changes, so does the scale."""
    adapter = deploy_pyth_aggregator(owner, real_pyth, PRICE_ID)
    source = owner.deploy(project.ChainlinkSource, [(1, adapter.address, HOUR)], "0x" + "00" * 20, 0)
    chain.mine(timestamp=now() + 5)
    real_pyth.updatePriceFeeds([pyth_update(ANSWER)], value=FEE, sender=owner)
    assert source.latest(1)[0] == PRICE

    chain.mine(timestamp=now() + 5)
    real_pyth.updatePriceFeeds([pyth_update(ANSWER * 100, exponent=-10)], value=FEE, sender=owner)
    assert source.latest(1) == (0, 0)


@pytest.fixture
def seconded(project, desk, real_aggregator, real_pyth, owner):
    """CHAINLINK_MARKET's source gets Pyth as its second; market 9 of the router is enough for that."""
    first = owner.deploy(project.ChainlinkSource, [(9, real_aggregator.address, HOUR)], "0x" + "00" * 20, 0)
    second = owner.deploy(project.PythSource, real_pyth, desk.router, [(9, PRICE_ID, WAD // 100)])
    config = SourceConfig(first.address, second.address, polled=True)
    desk.router.set_source(9, astuple(config), sender=owner)
    real_aggregator.updateAnswer(ANSWER, sender=owner)
    desk.router.sync([9], sender=owner)
    return second


@pytest.mark.parametrize("share", [70, 71, 90])
def test_jump__pyth_as_second_source__released_if_it_agrees(
    desk, seconded, real_aggregator, real_pyth, pyth_update, owner, share
):
    """Chainlink falls by 30 %; Pyth within 10 % of that releases it at once, at Chainlink's price."""
    chain.mine(timestamp=now() + 5)
    real_pyth.updatePriceFeeds([pyth_update(ANSWER * share // 100)], value=FEE, sender=owner)
    answer(desk, real_aggregator, ANSWER * 70 // 100)

    desk.router.sync([9], sender=owner)

    price, valid, _ = desk.router.peek(9)
    assert (price, valid) == ((PRICE, False) if share == 90 else (PRICE * 70 // 100, True))
