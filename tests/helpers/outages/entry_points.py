"""Every function that reads a price, tried on a polled market: when it is refused, and what it must say."""

from collections.abc import Callable
from dataclasses import astuple

from ape.api import ReceiptAPI

from tests.helpers.desk import PRICE, USD
from tests.helpers.model.arithmetic import ceil_div, notional_up
from tests.helpers.outages.checks import NO_PRICE, UNPRICED_LEG, free
from tests.helpers.outages.polled import Polled, Reason
from tests.helpers.outages.stage import LAST, MARKET, PARAMS
from tests.helpers.parameters import HOUR, WAD
from tests.helpers.reading import SCALE

SIZE = WAD // 10


def prepare(polled: Polled) -> None:
    """Both poor accounts have just enough at the last price: each price after it decides anew."""
    stage = polled.stage
    for account in (stage.cast.victim, stage.cast.straddler):
        needed = sum(stage.maintenance(account, m, p) for m, p in ((1, PRICE), (MARKET, LAST)))
        stage.raise_to(account, needed, now=stage.equity(account, LAST))


def never(_: int) -> str:
    return ""


def always(reason: str) -> Reason:
    return lambda _: reason


def accrue_funding(polled: Polled) -> None:
    house = polled.stage.desk.clearing_house
    polled.attempt(lambda _: polled.stage.send(house.accrue_funding, MARKET), never, always(NO_PRICE))


def increase(polled: Polled) -> None:
    cast = polled.stage.cast
    polled.attempt(lambda p: polled.stage.fill(cast.long, cast.short, SIZE, p), never, always(NO_PRICE))


def reduce(polled: Polled) -> None:
    cast = polled.stage.cast
    polled.attempt(lambda p: polled.stage.fill(cast.short, cast.long, SIZE, p), never, always(NO_PRICE))


def batch(polled: Polled) -> None:
    desk, cast = polled.stage.desk, polled.stage.cast

    def fill(price: int) -> ReceiptAPI:
        bid = desk.order(cast.long, SIZE, price, market_id=MARKET)
        return desk.fill_batch([bid], desk.opposite(bid, cast.short))

    polled.attempt(fill, never, always(NO_PRICE))


def elsewhere(polled: Polled) -> None:
    """A fill in the other market, which values this one's leg."""
    stage, cast = polled.stage, polled.stage.cast
    polled.attempt(
        lambda _: stage.fill(cast.long, cast.short, SIZE, PRICE, market_id=1), never, always(UNPRICED_LEG)
    )


def set_leverage(polled: Polled) -> None:
    stage, account = polled.stage, polled.stage.cast.long
    change = stage.desk.clearing_house.set_leverage
    trader = stage.desk.traders[account]
    polled.attempt(
        lambda _: stage.send(change, account, MARKET, 20, 0, sender=trader), never, always(NO_PRICE)
    )


def withdraw_all(polled: Polled) -> None:
    stage, account = polled.stage, polled.stage.cast.long
    polled.attempt(lambda p: stage.withdraw(account, free(stage, account, p)), never, always(UNPRICED_LEG))


def withdraw_more(polled: Polled) -> None:
    stage, account = polled.stage, polled.stage.cast.long
    polled.attempt(
        lambda p: stage.withdraw(account, free(stage, account, p) + 1),
        always("withdraw: too much"),
        always(UNPRICED_LEG),
    )


def liquidate(polled: Polled) -> None:
    stage, victim = polled.stage, polled.stage.cast.victim

    def priced(price: int) -> str:
        return _takeover(stage.equity(victim, price), stage.maintenance(victim, MARKET, price))

    polled.attempt(lambda _: stage.liquidate(victim), priced, always(NO_PRICE))


def liquidate_elsewhere(polled: Polled) -> None:
    """Its leg in the other market, which has lost nothing. Without a price this one counts at the last, moved
    in its favour."""
    stage, account = polled.stage, polled.stage.cast.straddler
    own = stage.maintenance(account, 1, PRICE)

    def priced(price: int) -> str:
        # What it owes was lost here: the leg over there is nobody's cost.
        needed = own + stage.maintenance(account, MARKET, price)
        return _takeover(max(stage.equity(account, price), 0), needed)

    def unpriced(price: int) -> str:
        return _takeover(stage.equity(account, price, favour=True), own)

    polled.attempt(lambda _: stage.liquidate(account, market_id=1), priced, unpriced)


def deleverage(polled: Polled) -> None:
    cast, house = polled.stage.cast, polled.stage.desk.clearing_house
    _deleverage(polled, lambda: polled.stage.send(house.deleverage, cast.victim, MARKET, [cast.short]))


def deleverage_next(polled: Polled) -> None:
    _deleverage(polled, lambda: polled.stage.deleverage(polled.stage.cast.victim))


def _deleverage(polled: Polled, call: Callable[[], ReceiptAPI]) -> None:
    stage, victim = polled.stage, polled.stage.cast.victim

    def at(price: int) -> ReceiptAPI:
        owed = stage.equity(victim, price)
        receipt = call()
        assert stage.desk.named(receipt, "DeleveragingStarted")[0]["equity"] == owed
        return receipt

    def priced(price: int) -> str:
        return "" if stage.equity(victim, price) < 0 else "adl: not bankrupt"

    polled.attempt(at, priced, always(NO_PRICE))


def flag_bankrupt(polled: Polled) -> None:
    """The one that judges without a price too: at the last, moved in the account's favour."""
    stage, account = polled.stage, polled.stage.cast.straddler

    def equity(price: int) -> int:
        valid = polled.asked().is_valid(polled.next_second)
        return stage.equity(account, price, favour=not valid)

    def at(price: int) -> ReceiptAPI:
        owed = -equity(price)
        receipt = stage.desk.flag(account)
        assert stage.desk.named(receipt, "Flagged")[0]["shortfall"] == owed
        return receipt

    def reason(price: int) -> str:
        return "" if equity(price) < 0 else "flag: not bankrupt"

    polled.attempt(at, reason, reason)


def set_market(polled: Polled) -> None:
    """Governance's bound on the funding depth is at the mark: the least depth passes."""
    _set_market(polled, 0, never)


def set_market_too_shallow(polled: Polled) -> None:
    """A token less does not."""
    _set_market(polled, -USD, always("market: funding depth too low"))


def _set_market(polled: Polled, more: int, priced: Reason) -> None:
    stage = polled.stage
    change = stage.desk.governance.set_market

    def at(price: int) -> ReceiptAPI:
        params = PARAMS.but(funding_depth=_least_depth(price) + more)
        return stage.send(change, MARKET, astuple(params))

    polled.attempt(at, priced, always("market: no price"))


def _least_depth(price: int) -> int:
    """Whole tokens, in quote units."""
    cap_value = notional_up(PARAMS.open_interest_cap, price, SCALE)
    fees = PARAMS.maker_fee + PARAMS.taker_fee
    least = ceil_div(cap_value * PARAMS.funding_cap * PARAMS.funding_tau, fees * 8 * HOUR)
    return ceil_div(least, USD) * USD


def _takeover(equity: int, maintenance: int) -> str:
    """Nothing is insured."""
    if equity >= maintenance:
        return "liq: not liquidatable"
    return "" if equity >= 0 else "liq: deleverage"


ENTRY_POINTS: tuple[Callable[[Polled], None], ...] = (
    accrue_funding,
    increase,
    reduce,
    batch,
    elsewhere,
    set_leverage,
    withdraw_all,
    withdraw_more,
    liquidate,
    liquidate_elsewhere,
    deleverage,
    deleverage_next,
    flag_bankrupt,
    set_market,
    set_market_too_shallow,
)
