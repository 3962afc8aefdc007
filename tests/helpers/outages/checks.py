"""What each column of contracts/OUTAGES.md means by its words, tried to the unit."""

from collections.abc import Callable

import ape
from ape.api import ReceiptAPI

from tests.helpers.desk import PRICE
from tests.helpers.model.arithmetic import initial_requirement, positive_pnl
from tests.helpers.model.market import Funding
from tests.helpers.outages.stage import CONFIRM, LAST, MARKET, PARAMS, Stage
from tests.helpers.parameters import WAD
from tests.helpers.reading import SCALE
from tests.helpers.undoing import undone

NO_PRICE = "oracle: no valid price"
UNPRICED_LEG = "margin: unpriced leg"
Check = Callable[[Stage], None]


def mark_of(stage: Stage, receipt: ReceiptAPI) -> int:
    """At what the market was touched."""
    touches = stage.desk.named(receipt, "FundingAccrued")
    (mark,) = (touch["mark"] for touch in touches if touch["market_id"] == MARKET)
    return int(mark)


# -- trade


def trade_at(stage: Stage, price: int) -> None:
    """Both sides grow, then both shrink."""
    cast = stage.cast
    for buyer, seller in ((cast.long, cast.short), (cast.short, cast.long)):
        assert mark_of(stage, stage.fill(buyer, seller, WAD // 2, price)) == price
    # The band is around that mark, to the unit.
    edge = price + price * PARAMS.price_band // WAD
    with ape.reverts("fill: outside price band"):
        stage.fill(cast.long, cast.short, WAD, edge + 1)
    stage.fill(cast.long, cast.short, WAD, edge)


def trade_stopped(stage: Stage) -> None:
    """In the market nothing; elsewhere whoever has a leg in it may only reduce, and not below the mark."""
    cast = stage.cast
    for buyer, seller in ((cast.long, cast.short), (cast.short, cast.long)):
        with ape.reverts(NO_PRICE):
            stage.fill(buyer, seller, WAD, LAST)
    with ape.reverts(UNPRICED_LEG):
        stage.fill(cast.long, cast.short, WAD, PRICE, market_id=1)
    with ape.reverts(UNPRICED_LEG):
        stage.fill(cast.short, cast.long, WAD, PRICE + 1, market_id=1)
    stage.fill(cast.short, cast.long, WAD, PRICE, market_id=1)


# -- withdraw


def free(stage: Stage, account: int, price: int) -> int:
    """What it may withdraw with market 2 at a price, both positions at 10x."""
    desk = stage.desk
    left = stage.equity(account, price)
    for market_id, mark in ((1, PRICE), (MARKET, price)):
        slot = desk.slot(account, market_id)
        left -= initial_requirement(
            slot.size,
            mark,
            10,
            open_interest=int(desk.clearing_house.open_interest(market_id)),
            lower=PARAMS.open_interest_lower,
            upper=PARAMS.open_interest_upper,
            max_leverage=PARAMS.max_leverage,
            scale=SCALE,
        )
        left -= positive_pnl(slot.size, slot.entry_price, mark, SCALE)
    return left


def withdraw_at(stage: Stage, price: int) -> None:
    """All that is withdrawable at that price and not a unit more."""
    account = stage.cast.long
    most = free(stage, account, price)
    with ape.reverts("withdraw: too much"):
        stage.withdraw(account, most + 1)
    stage.withdraw(account, most)


def withdraw_stopped(stage: Stage) -> None:
    """Not a unit with a leg in the market; everything without."""
    cast = stage.cast
    for account in (cast.long, cast.short):
        with ape.reverts(UNPRICED_LEG):
            stage.withdraw(account, 1)
    stage.withdraw(cast.flat, stage.desk.cash(cast.flat))


# -- liquidate


def liquidate_at(stage: Stage, price: int) -> None:
    """A unit short of its maintenance at that price an account is taken over, at that price; else not."""
    desk, victim = stage.desk, stage.cast.victim
    needed = stage.maintenance(victim, MARKET, price)
    stage.raise_to(victim, needed - 1, now=stage.equity(victim, price))
    with undone():
        receipt = stage.liquidate(victim)
        assert desk.named(receipt, "Liquidated")[0]["price"] == mark_of(stage, receipt) == price
    stage.raise_to(victim, needed, now=needed - 1)
    with ape.reverts("liq: not liquidatable"):
        stage.liquidate(victim)


def liquidate_stopped(stage: Stage) -> None:
    """Its leg in a live market is taken over only if the dead one's last price, moved in its favour, does
    not save it."""
    desk, cast = stage.desk, stage.cast
    with ape.reverts(NO_PRICE):
        stage.liquidate(cast.victim)
    needed = stage.maintenance(cast.straddler, 1, PRICE)
    stage.raise_to(cast.straddler, needed - 1, now=stage.equity(cast.straddler, LAST, favour=True))
    with undone():
        receipt = stage.liquidate(cast.straddler, market_id=1)
        assert desk.named(receipt, "Liquidated")[0]["price"] == PRICE
    stage.raise_to(cast.straddler, needed, now=needed - 1)
    with ape.reverts("liq: not liquidatable"):
        stage.liquidate(cast.straddler, market_id=1)


# -- deleverage


def deleverage_at(stage: Stage, price: int) -> None:
    """An account a unit below zero at that price is closed against the queue, at that price; else not."""
    desk, victim = stage.desk, stage.cast.victim
    stage.raise_to(victim, -1, now=stage.equity(victim, price))
    with undone():
        receipt = stage.deleverage(victim)
        assert desk.named(receipt, "DeleveragingStarted")[0]["equity"] == -1
        assert mark_of(stage, receipt) == price
        assert desk.slot(victim, MARKET).size == 0
    stage.raise_to(victim, 0, now=-1)
    with ape.reverts("adl: not bankrupt"):
        stage.deleverage(victim)


def deleverage_stopped(stage: Stage) -> None:
    """As `liquidate_stopped`, where equity so counted is negative."""
    desk, cast = stage.desk, stage.cast
    with ape.reverts(NO_PRICE):
        stage.deleverage(cast.victim)
    stage.raise_to(cast.straddler, -1, now=stage.equity(cast.straddler, LAST, favour=True))
    with undone():
        receipt = stage.deleverage(cast.straddler, market_id=1)
        assert desk.named(receipt, "DeleveragingStarted")[0]["equity"] == -1
    stage.raise_to(cast.straddler, 0, now=-1)
    with ape.reverts("adl: not bankrupt"):
        stage.deleverage(cast.straddler, market_id=1)


# -- funding; `Stage.premium` was called before the outage


def funding_at(stage: Stage, price: int) -> None:
    """Charged since the last touch at that price."""
    touched = Funding(*stage.touched)
    receipt = stage.send(stage.desk.clearing_house.accrue_funding, MARKET)
    (touch,) = stage.desk.named(receipt, "FundingAccrued")
    expected = touched.accrued(int(receipt.timestamp), price, PARAMS.funding_tau)
    assert touch["mark"] == price
    assert (touch["index"], touch["premium"]) == (expected.index, expected.premium)
    assert expected.index > touched.index


def funding_stopped(stage: Stage) -> None:
    """Nothing is charged, and the clock stands: the first touch afterwards charges up to an hour."""
    stage.desk.mine(CONFIRM // 4)
    with ape.reverts(NO_PRICE):
        stage.send(stage.desk.clearing_house.accrue_funding, MARKET)
    stage.sync()
    assert stage.desk.clearing_house.funding_index(MARKET) == stage.touched[0]
