"""A market polled from ChainlinkSource: what its feeds can do to it and what callers cannot."""

import pytest

from tests.helpers.undoing import undone
from tests.unit.oracle.conftest import CONFIRM, MARKET, PRICE, events
from tests.unit.oracle.sources.conftest import ANSWER_8, BURN_GAS, GRACE, SLOW

DAY = 86_400
# What the router grants a source.
SOURCE_GAS = 150_000


@pytest.fixture(scope="module")
def polled_router(bare_router, rollup_chainlink, make_config, owner):
    """MARKET is polled from a feed behind a sequencer."""
    config = make_config(source=rollup_chainlink.address, polled=True, max_age=DAY)
    bare_router.set_source(MARKET, config, sender=owner)
    return bare_router


@pytest.fixture
def asked(polled_router, clock, stranger):
    """Ask for the price a second, or more, after the latest block."""

    def asked(seconds=1, **options):
        clock.next(seconds)
        return polled_router.refresh(MARKET, sender=stranger, **options)

    return asked


@pytest.fixture
def traded(price_feed, uptime_feed, asked, clock):
    """PRICE is accepted, the sequencer has been up for a day."""
    uptime_feed.say(started_at=clock.now - DAY)
    price_feed.say()
    assert asked().return_value == (PRICE, True, 500_000)


def test_refresh__new_round__accepted(polled_router, traded, price_feed, asked):
    words = price_feed.say(answer=ANSWER_8 + 1)

    receipt = asked()

    assert events(receipt, polled_router.PriceAccepted) == [
        {"market_id": MARKET, "price": PRICE + 10**10, "updated_at": words["updated_at"]}
    ]


def test_refresh__outage__in_doubt_until_the_grace_is_over(polled_router, traded, uptime_feed, asked, clock):
    """Down, up again, grace, and then the round from before it all is good again: the feed did not move."""
    uptime_feed.say(answer=1)
    assert asked().return_value == (PRICE, False, 500_000)

    up = uptime_feed.say()["started_at"]
    assert asked().return_value == (PRICE, False, 500_000)
    assert asked(up + GRACE - 1 - clock.now).return_value == (PRICE, False, 500_000)
    assert asked().return_value == (PRICE, True, 500_000)


def test_refresh__moved_during_the_outage__confirmed_as_any_jump(
    traded, price_feed, uptime_feed, asked, clock
):
    uptime_feed.say(answer=1)
    asked()
    up = uptime_feed.say()["started_at"]
    price_feed.say(answer=ANSWER_8 * 9 // 10)

    assert asked(up + GRACE - clock.now).return_value == (PRICE, False, 500_000)
    assert asked(CONFIRM - 1).return_value == (PRICE, False, 500_000)
    assert asked(1).return_value == (PRICE * 9 // 10, True, 500_000)


def test_refresh__feed_burns_all_it_gets__last_price_stands(traded, price_feed, asked):
    price_feed.say(answer=ANSWER_8 + 1)
    price_feed.fail(round_mode=BURN_GAS)

    receipt = asked()

    assert receipt.return_value == (PRICE, True, 500_000)
    assert receipt.gas_used < SOURCE_GAS


def test_refresh__uptime_feed_burns_all_it_gets__doubt_is_said(polled_router, traded, uptime_feed, asked):
    uptime_feed.fail(round_mode=BURN_GAS)

    receipt = asked()

    assert [e["price"] for e in events(receipt, polled_router.PricePending)] == [0]
    assert receipt.return_value == (PRICE, False, 500_000)


def test_refresh__every_feed_is_slow__accepted(traded, price_feed, uptime_feed, asked):
    """Three calls that use nearly all they may fit into what the router grants the source."""
    price_feed.say(answer=ANSWER_8 + 1)
    uptime_feed.fail(round_mode=SLOW)
    price_feed.fail(round_mode=SLOW, decimals_mode=SLOW)

    receipt = asked()

    assert receipt.return_value == (PRICE + 10**10, True, 500_000)
    assert receipt.gas_used > SOURCE_GAS - 10_000


@pytest.mark.parametrize(
    ("method", "arguments"),
    [("refresh", [MARKET]), ("sync", [[MARKET]]), ("apply_source", [MARKET])],
)
def test_refresh__feed_calls_the_router_back__writes_nothing(
    polled_router, traded, price_feed, asked, stranger, method, arguments
):
    price_feed.say(answer=ANSWER_8 + 1)
    data = getattr(polled_router, method).encode_input(*arguments)
    price_feed.contract.arm(polled_router, data, sender=stranger)

    receipt = asked()

    assert [e["price"] for e in events(receipt, polled_router.PriceAccepted)] == [PRICE + 10**10]
    assert receipt.return_value == (PRICE + 10**10, True, 500_000)


def test_refresh__feed_asks_the_source_back__answers(
    traded, rollup_chainlink, price_feed, uptime_feed, asked, stranger
):
    """Views are not locked: the sequencer's feed asks for the price that is being asked for."""
    price_feed.say(answer=ANSWER_8 + 1)
    uptime_feed.contract.arm(rollup_chainlink, rollup_chainlink.feed_of.encode_input(MARKET), sender=stranger)

    assert asked().return_value == (PRICE + 10**10, True, 500_000)


@pytest.mark.parametrize("down", [False, True])
def test_refresh__too_little_gas__never_another_outcome(
    chain, polled_router, traded, price_feed, uptime_feed, asked, clock, down
):
    """Who starves a feed, the sequencer's or the price's, reverts with it: nobody chooses what is heard."""
    answer = ANSWER_8 + 1
    if down:
        uptime_feed.say(answer=1)
    price_feed.say(answer=answer)
    expected = (PRICE, False, 500_000) if down else (PRICE + 10**10, True, 500_000)
    before = polled_router.peek(MARKET)
    with undone():
        enough = asked().gas_used

    outcomes = set()
    for limit in range(26_000, enough + 3_000, 500):
        with undone():
            receipt = asked(gas_limit=limit, raise_on_revert=False)
            after = polled_router.peek(MARKET)
            assert after == (before if receipt.failed else expected), limit
            outcomes.add(receipt.failed)
    assert outcomes == {True, False}
