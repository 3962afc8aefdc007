"""Attacks through the price, as trading, withdrawing and liquidation see it."""

import ape
import pytest
from ape import chain

from tests.helpers.crash import CRASHED, fall, liquidate, told, wreck
from tests.helpers.desk import PRICE, REPORTERS, USD, WAD
from tests.helpers.parameters import PLAIN, SourceConfig

HOUR = 3_600
# Modes of the misbehaving source.
ANSWER, REVERT, SHORT, LONG, BURN_GAS = 1, 2, 4, 8, 16


@pytest.fixture
def pair(desk, maker, taker):
    """Accounts 1 (long) and 2 (short) with 1,000 and 1 base each."""
    long, short = desk.account(maker, 1_000), desk.account(taker, 1_000)
    desk.trade(long, short)
    return long, short


@pytest.fixture
def polled(desk, project, owner):
    """Market 2 at 4,000, whose source is asked; and that source."""
    source = owner.deploy(project.PolledSource)
    desk.router.set_source(2, tuple(vars(SourceConfig(source.address, polled=True)).values()), sender=owner)
    say(source, PRICE, owner)
    desk.router.sync([2], sender=owner)
    desk.governance.list_market(tuple(vars(PLAIN).values()), sender=owner)
    return source


def say(source, price, owner):
    """A new observation of the polled source, of a second ago."""
    chain.mine(timestamp=int(chain.blocks.head.timestamp) + 2)
    source.set_price(2, price, int(chain.blocks.head.timestamp) - 1, sender=owner)


def refused(desk, pair, maker):
    """Everything that needs the price says it has none."""
    house = desk.clearing_house
    with ape.reverts("oracle: no valid price"):
        desk.trade(*pair, WAD // 10)
    with ape.reverts("oracle: no valid price"):
        desk.close(*pair)
    with ape.reverts("oracle: no valid price"):
        house.set_leverage(pair[0], 1, 20, 0, sender=maker)
    with ape.reverts("margin: unpriced leg"):
        house.withdraw(pair[0], 1, maker, sender=maker)
    return True


def test_stale_price__traded_by_who_knows_the_new_one(desk, pair, maker):
    """Two hours and a second after the last report nothing trades on it; a second before it does."""
    desk.report(PRICE)
    desk.mine(2 * HOUR - 1)
    desk.wait(1)
    desk.trade(*pair, WAD // 10)
    desk.mine(1)
    assert refused(desk, pair, maker)
    desk.report(PRICE)
    desk.trade(*pair, WAD // 10)


@pytest.mark.parametrize(
    ("price", "ahead", "reason"),
    [
        (0, 0, "source: price out of range"),
        (10**6 - 1, 0, "source: price out of range"),
        (2**88, 0, "source: price out of range"),
        (PRICE, 100, "source: future timestamp"),
        (PRICE, -HOUR, "source: old report"),
    ],
)
def test_bad_report__moves_or_stops_the_market(desk, pair, price, ahead, reason):
    """A reporter signs zero, an absurd, a future or an old price: refused, and the market trades on."""
    now = desk.wait(10)
    report = desk.reports.report(REPORTERS, 1, price, now + ahead)
    with ape.reverts(reason):
        desk.source.report(*report, sender=desk.owner)
    assert desk.clearing_house.mark_price(1) == PRICE
    desk.trade(*pair, WAD // 10)


@pytest.mark.parametrize("price", [PRICE * 11 // 10 + 1, PRICE * 9 // 10 - 1])
def test_jump__one_report_liquidates_or_enriches(desk, pair, maker, price):
    """One report 10 % off (a wei more) closes the market instead of repricing it: nobody is liquidated by it.

    A report back within reach releases it.
    """
    desk.report(price)
    assert refused(desk, pair, maker)
    assert not desk.clearing_house.is_liquidatable(pair[0])
    assert not desk.clearing_house.is_liquidatable(pair[1])
    desk.report(PRICE)
    assert desk.clearing_house.mark_price(1) == PRICE
    desk.close(*pair)


@pytest.mark.parametrize("price", [PRICE * 11 // 10, PRICE * 9 // 10])
def test_jump__exactly_the_maximum_is_no_jump(desk, pair, price):
    desk.report(price)
    assert desk.clearing_house.mark_price(1) == price


def test_crash__the_breaker_keeps_bad_debt_open(desk, pair, maker):
    """A breaker that only refuses would block liquidation in the crash: after a minute the crash is
    the price."""
    house = desk.clearing_house
    desk.report(2_800 * WAD)
    assert refused(desk, pair, maker)
    assert not house.is_bankrupt(pair[0])
    since = desk.router.pending_price(1)[2]
    for seconds in (59, 60):
        assert not desk.router.peek(1).valid
        desk.wait(since + seconds - int(chain.blocks.head.timestamp))
        desk.router.sync([1], sender=maker)
    # The same observation confirmed itself; anyone may ask.
    assert house.mark_price(1) == 2_800 * WAD
    assert (house.is_liquidatable(pair[0]), house.is_bankrupt(pair[0])) == (True, True)
    assert desk.values(pair[1])[0] == 2_200 * USD


def test_low_and_high_price_in_one_block__traded_in_between(desk, polled, maker, taker, owner):
    """A source pushes a low price, the attacker buys, it pushes a high one, the attacker sells: all in
    one block.

    The first price accepted in a block stands for all of it; the next block may have another.
    """
    long, short = desk.account(maker, 10_000), desk.account(taker, 10_000)
    now = desk.wait(10)
    polled.push(desk.router, 2, [3_700 * WAD, 4_300 * WAD], now, sender=owner)
    assert desk.clearing_house.mark_price(2) == 3_700 * WAD
    chain.mine(timestamp=now + 1)
    with ape.reverts("fill: outside price band"):
        desk.trade(long, short, price=4_300 * WAD, market_id=2)
    desk.trade(long, short, price=3_700 * WAD, market_id=2)


def test_first_price_of_a_block__cannot_be_forced_by_trading_first(desk, polled, maker, taker, owner):
    """An attacker trades before anyone asks the source, at the price the source no longer has: trading
    asks it.

    The fill itself brings the new price in, and is outside its band; so does withdrawing.
    """
    long, short = desk.account(maker, 1_000), desk.account(taker, 10_000)
    desk.trade(long, short, market_id=2)
    say(polled, 3_700 * WAD, owner)
    assert desk.clearing_house.mark_price(2) == PRICE
    with ape.reverts("fill: outside price band"):
        desk.trade(long, short, market_id=2)
    # Worth 700 at 3,700, of which 370 stays; at the old price 600 was free.
    with ape.reverts("withdraw: too much"):
        desk.clearing_house.withdraw(long, 330 * USD + 1, maker, sender=maker)
    desk.clearing_house.withdraw(long, 330 * USD, maker, sender=maker)
    assert desk.clearing_house.mark_price(2) == 3_700 * WAD


def test_asked_source_jumps__the_asking_transaction_reverts(desk, polled, maker, taker, owner):
    """The price asked for by a fill is pending: the fill reverts, and takes that note with it; `sync`
    keeps it."""
    long, short = desk.account(maker, 1_000), desk.account(taker, 10_000)
    desk.trade(long, short, market_id=2)
    say(polled, 5_000 * WAD, owner)
    for _ in range(2):
        with ape.reverts("oracle: no valid price"):
            desk.trade(long, short, market_id=2)
    with ape.reverts("margin: unpriced leg"):
        desk.clearing_house.withdraw(long, 1, maker, sender=maker)
    desk.router.sync([2], sender=maker)
    assert desk.router.pending_price(2)[0] == 5_000 * WAD
    desk.wait(60)
    desk.trade(long, short, price=5_000 * WAD, market_id=2)


@pytest.mark.parametrize("mode", [REVERT, SHORT, LONG, BURN_GAS])
def test_asked_source_misbehaves__holds_the_market_hostage(desk, polled, maker, taker, owner, mode):
    """A source that reverts, lies about its length or burns its gas: trading goes on at the last price."""
    long, short = desk.account(maker, 1_000), desk.account(taker, 10_000)
    polled.set_mode(mode, sender=owner)
    desk.trade(long, short, market_id=2)
    desk.close(long, short, market_id=2)
    desk.clearing_house.withdraw(long, 1_000 * USD, maker, sender=maker)


def test_asked_source__enters_the_house(desk, polled, maker, taker, owner):
    """The source is asked in the middle of a fill and calls back: statically, so that it can write
    nothing."""
    long, short = desk.account(maker, 1_000), desk.account(taker, 10_000)
    house = desk.clearing_house
    polled.arm(house, house.open_account.encode_input(), sender=owner)
    desk.trade(long, short, market_id=2)
    assert house.account_count() == 2


def test_counterparty_ruined_in_a_polled_market__closed_at_its_old_price(desk, polled, maker, taker, owner):
    """The deleveraging itself asks the sources of a counterparty's other markets, and passes over whoever is
    bankrupt at the new price."""
    wrecked = wreck(desk, maker, taker, (20, 10))
    ruined, sound = wrecked.winners
    other = desk.account(maker, 10_000)
    desk.trade(ruined, other, 4 * WAD, leverage=50, market_id=2)
    fall(desk, CRASHED)
    say(polled, 3_620 * WAD, owner)

    receipt = desk.deleverage_next(wrecked.victim)

    # 1,000 paid in, 100 won in the crash, a haircut of 50, 4 x 380 lost. At 4,000 it would have paid.
    (passed,) = told(desk, receipt, "PassedOver")
    assert (passed["counterparty"], passed["equity"]) == (ruined, -470 * USD)
    assert [each["counterparty"] for each in told(desk, receipt, "Deleveraged")] == [sound]
    assert desk.clearing_house.mark_price(2) == 3_620 * WAD


@pytest.mark.parametrize(
    ("price", "reason"), [(3_620, "margin: insufficient"), (3_500, "margin: unpriced leg")]
)
def test_liquidator_ruined_in_a_polled_market__takes_over_on_its_old_price(
    desk, polled, maker, taker, owner, price, reason
):
    """The takeover asks the sources of the liquidator's other markets: at a price that nobody has brought in
    yet it has no margin, and at one that jumped it has no price. At the old one it would be let in."""
    victim = wreck(desk, maker, taker, (20,), margin=110).victim
    liquidator, other = desk.account(taker, 1_000), desk.account(maker, 10_000)
    desk.trade(liquidator, other, 4 * WAD, leverage=50, market_id=2)
    fall(desk, CRASHED)
    say(polled, price * WAD, owner)

    with ape.reverts(reason):
        liquidate(desk, victim, liquidator)

    say(polled, PRICE, owner)
    liquidate(desk, victim, liquidator)


def test_price_pushed__by_a_stranger_or_another_markets_source(desk, polled, stranger, owner):
    """Only a market's own source may push its price."""
    with ape.reverts("oracle: not the source"):
        desk.router.push(1, PRICE // 2, int(chain.blocks.head.timestamp), sender=stranger)
    with ape.reverts("oracle: not the source"):
        polled.push(desk.router, 1, [PRICE // 2], int(chain.blocks.head.timestamp), sender=owner)
    assert desk.clearing_house.mark_price(1) == PRICE
