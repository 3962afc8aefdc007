# pragma version 0.4.3
# pragma optimize codesize
"""
@title Waterfall
@license MIT
@notice Code of ClearingHouse that does not fit it: what happens to an account that is too thin. First others take it
        over (liquidation), then the insurance vault pays, then the top of the opposite queue gives way
        (deleveraging). See contracts/WATERFALL.md.
@dev Delegate-called by ClearingHouse, under its lock and over its storage: the order of the modules below is the
     storage layout that the two share. Needs no lock of its own.
@custom:security Holds nothing. Trusts the vault, by immutable address, to say what it can pay and to send it; that is
        checked by the vault on arrival. Nobody who calls is trusted with anything but being willing to pay gas.
@custom:kill There is none: liquidation and deleveraging can not be paused.
"""

from ethereum.ercs import IERC20

from contracts.interfaces import IClearingHouse
from contracts.interfaces import IInsuranceVault
from contracts.interfaces import IOracleRouter
from contracts.interfaces import IWaterfall
from contracts.modules import bankruptcy
from contracts.modules import constants
from contracts.modules import deleveraging
from contracts.modules import errors
from contracts.modules import fixed_point
from contracts.modules import flags
from contracts.modules import ledger
from contracts.modules import liquidation
from contracts.modules import margin
from contracts.modules import markets
from contracts.modules import positions
from contracts.modules import queue

implements: IWaterfall

initializes: ledger
initializes: markets
initializes: queue
initializes: flags[ledger := ledger]
initializes: margin[ledger := ledger, markets := markets, queue := queue]
initializes: deleveraging[ledger := ledger, margin := margin, markets := markets, queue := queue]

# `PositionChanged.reason`
LIQUIDATED: constant(uint256) = 3
TAKEN_OVER: constant(uint256) = 4
DELEVERAGED: constant(uint256) = 5

SELF: immutable(address)
VAULT: immutable(IInsuranceVault)


# An account that may be closed, seen from one of its positions.
struct Standing:
    # Its word and its position's.
    account: uint256
    position: uint256
    size: int256
    # Over all its legs, one without a price counted in the account's favour.
    equity: int256
    # The same with such a leg at its last price.
    sure_equity: int256
    maintenance: uint256
    # H of the whole position; 0 unless the account is bankrupt.
    shortfall: uint256


@deploy
def __init__(token: IERC20, router: IOracleRouter, vault: IInsuranceVault):
    ledger.__init__(token)
    markets.__init__(router)
    VAULT = vault
    SELF = self


# ------------------------------------------------------------------ liquidators


@external
def liquidate(
    account_id: uint256,
    market_id: uint256,
    size: uint256,
    liquidator_account_id: uint256,
    leverage: uint256,
    hint: uint256,
) -> uint256:
    self._check_delegated()
    errors._require(ledger._is_authorized(liquidator_account_id, msg.sender), "account: not authorized")
    errors._require(liquidator_account_id != account_id, "liq: own account")
    market: markets.Market = markets._touch(market_id)
    standing: Standing = self._standing(account_id, market_id, market)
    errors._require(size != 0, "liq: zero size")
    errors._require(standing.equity < convert(standing.maintenance, int256), "liq: not liquidatable")

    held: uint256 = fixed_point._abs(standing.size)
    terms: uint256 = markets.liquidation[market_id]
    closed: uint256 = min(
        size,
        liquidation._needed(
            standing.equity, standing.maintenance, held, market.mark, market.params, terms, ledger.SCALE
        ),
    )
    left: int256 = self._shrunk(standing.size, closed)
    errors._require(
        not liquidation._is_below_minimum(fixed_point._abs(left), market.mark, market.params, ledger.SCALE),
        "liq: below minimum",
    )

    penalty: uint256 = 0
    reward: uint256 = 0
    insured: uint256 = 0
    if standing.equity >= 0:
        freed: uint256 = margin._maintenance(standing.size, market) - margin._maintenance(left, market)
        # Not of what an unpriced leg may be worth at best: the vault would pay it back when the price returns.
        share: uint256 = bankruptcy._share_down(max(standing.sure_equity, 0), freed, standing.maintenance)
        penalty, reward = liquidation._penalty(closed, market.mark, terms, ledger.SCALE, share)
        ledger._credit_vault(unsafe_sub(penalty, reward))
    else:
        # No reward: paying for the creation of bad debt lets two colluding accounts milk the vault.
        # Only if the vault can meet the whole of it: else the first to take a part would have all the insurance, and
        # the winners who are left all the haircut.
        insured = bankruptcy._part_up(standing.shortfall, closed, held)
        errors._require(
            standing.shortfall <= self._capacity(market_id) and self._cover(market_id, insured), "liq: deleverage"
        )

    # The liquidator pays the difference of whole-position values and the account gets it: rounding loses nothing.
    moved: int256 = self._moved(standing.size, left, market)
    change: int256 = unsafe_sub(standing.size, left)
    gained: int256 = unsafe_sub(convert(insured, int256), convert(penalty, int256))
    self._shrink(account_id, market_id, market.mark, standing, left, moved, gained, LIQUIDATED)
    market.open_interest = unsafe_sub(market.open_interest, convert(max(change, 0), uint256))
    market.open_interest = self._take_over(
        liquidator_account_id, market_id, market, change, unsafe_sub(convert(reward, int256), moved), leverage, hint
    )
    log IWaterfall.Liquidated(
        account_id=account_id,
        market_id=market_id,
        liquidator_account_id=liquidator_account_id,
        size=unsafe_sub(0, change),
        price=market.mark,
        penalty=penalty,
        reward=reward,
        insurance_paid=insured,
    )
    markets._store(market_id, market)
    return closed


# ------------------------------------------------------------------ anyone


@external
def flag_bankrupt(account_id: uint256):
    self._check_delegated()
    ledger._owner(account_id)
    word: uint256 = ledger.words[account_id]
    open_markets: uint256 = ledger._markets(word)
    quotes: DynArray[IOracleRouter.Quote, 8] = markets._refresh(open_markets)
    legs: margin.Legs = margin._legs(account_id, open_markets, quotes)
    equity: int256 = margin._favoured_equity(ledger._cash(word), legs)
    flag: uint256 = flags._flag(word)
    if equity >= 0:
        errors._require(flag != 0, "flag: not bankrupt")
        ledger.words[account_id] = flags._without_flag(word)
        log IWaterfall.FlagCleared(account_id=account_id)
        return

    debt: uint256 = fixed_point._abs(equity)
    is_news: bool = flags._is_spent(flag)
    if is_news:
        ledger.words[account_id] = flags._flagged(word)
        log IWaterfall.Flagged(account_id=account_id, flagged_at=block.timestamp, shortfall=debt)
    if debt > self._covered(account_id, open_markets, quotes, legs, equity) + staticcall VAULT.gate_floor():
        if flags._raise_gate(account_id):
            is_news = True
            log IWaterfall.GateRaised(account_id=account_id, until=block.timestamp + flags.GATE_TIME)
    errors._require(is_news, "flag: already flagged")


@external
def deleverage(account_id: uint256, market_id: uint256, ranked: DynArray[uint256, deleveraging.MAX_VISITS]) -> uint256:
    return self._deleverage(account_id, market_id, ranked, len(ranked), True)


@external
def deleverage_next(account_id: uint256, market_id: uint256, max_count: uint256) -> uint256:
    return self._deleverage(account_id, market_id, [], min(max_count, deleveraging.MAX_VISITS), False)


@external
def relink(account_id: uint256, market_id: uint256, hint: uint256):
    self._check_delegated()
    word: uint256 = self._position(account_id, market_id)
    errors._require(queue._is_parked(word), "queue: not parked")
    account: uint256 = ledger.words[account_id]
    open_markets: uint256 = ledger._markets(account)
    legs: margin.Legs = margin._legs(account_id, open_markets, markets._refresh(open_markets))
    errors._require(unsafe_add(ledger._cash(account), legs.value) > 0, "relink: no equity")
    queue._relink(market_id, account_id, hint)
    log IWaterfall.Relinked(account_id=account_id, market_id=market_id)


# ------------------------------------------------------------------ internal


@internal
@view
def _check_delegated():
    """
    @notice Over its own storage there is nothing to do, and nothing must ever be.
    """
    errors._require(self != SELF, "waterfall: delegate call only")


@internal
@view
def _position(account_id: uint256, market_id: uint256) -> uint256:
    """
    @notice The word of an open position.
    """
    # Larger ids would alias other positions.
    exists: bool = market_id <= constants.MAX_MARKETS and account_id <= constants.MAX_ACCOUNT_ID
    word: uint256 = queue.slots[queue._key(market_id, account_id)]
    errors._require(exists and queue._size(word) != 0, "position: none")
    return word


@internal
def _standing(account_id: uint256, market_id: uint256, market: markets.Market) -> Standing:
    """
    @notice Value an account of which the position in `market` may be closed.
    """
    position: uint256 = self._position(account_id, market_id)
    size: int256 = queue._size(position)
    account: uint256 = ledger.words[account_id]
    others: uint256 = ledger._markets(ledger._without_market(account, market_id))
    legs: margin.Legs = empty(margin.Legs)
    if others != 0:
        legs = margin._legs(account_id, others, markets._refresh(others))
    own: uint256 = margin._maintenance(size, market)
    maintenance: uint256 = unsafe_add(legs.maintenance, own)
    sure_equity: int256 = unsafe_add(
        unsafe_add(ledger._cash(account), legs.value), margin._value(size, market.mark, market.index)
    )
    equity: int256 = unsafe_add(sure_equity, legs.favour)
    shortfall: uint256 = 0
    if equity < 0:
        loss: uint256 = margin._loss_up(size, market.mark, queue._entry(position))
        shortfall = bankruptcy._shortfall(equity, loss, unsafe_add(legs.loss, loss), own, maintenance)
    return Standing(
        account=account,
        position=position,
        size=size,
        equity=equity,
        sure_equity=sure_equity,
        maintenance=maintenance,
        shortfall=shortfall,
    )


@internal
@pure
def _shrunk(size: int256, by: uint256) -> int256:
    """
    @notice A position after `by`, at most all of it, was closed.
    """
    change: int256 = convert(by, int256)
    return unsafe_sub(size, change) if size > 0 else unsafe_add(size, change)


@internal
@view
def _moved(size: int256, left: int256, market: markets.Market) -> int256:
    """
    @notice What a position loses of its value by shrinking to `left`, which its account gets in cash.
    """
    return unsafe_sub(
        margin._value(size, market.mark, market.index), margin._value(left, market.mark, market.index)
    )


@internal
def _shrink(
    account_id: uint256,
    market_id: uint256,
    price: uint256,
    standing: Standing,
    left: int256,
    moved: int256,
    gained: int256,
    reason: uint256,
):
    """
    @notice Write back the account that was closed, all or in part. What is left keeps its place in the queue.
    @param moved See `_moved`: changes its cash and not its equity.
    @param gained What it was paid beyond that, or paid: changes both.
    """
    cash: int256 = unsafe_add(ledger._cash(standing.account), unsafe_add(moved, gained))
    account: uint256 = ledger._with_cash(standing.account, cash)
    if left == 0:
        account = ledger._without_market(account, market_id)
        queue._replace(market_id, account_id, 0, 0, 0, 0)
    else:
        queue.slots[queue._key(market_id, account_id)] = queue._resized(standing.position, left)
    if flags._flag(account) != 0 and unsafe_add(standing.equity, gained) >= 0:
        account = flags._without_flag(account)
        log IWaterfall.FlagCleared(account_id=account_id)
    ledger.words[account_id] = account
    log IClearingHouse.PositionChanged(
        account_id=account_id,
        market_id=market_id,
        size=left,
        entry_price=0 if left == 0 else queue._entry(standing.position),
        leverage=0 if left == 0 else constants._leverage_of(queue._tier(standing.position)),
        cash=cash,
        price=price,
        reason=reason,
    )


@internal
def _take_over(
    account_id: uint256,
    market_id: uint256,
    market: markets.Market,
    change: int256,
    received: int256,
    leverage: uint256,
    hint: uint256,
) -> uint256:
    """
    @notice Give the liquidator the part that was closed, at the mark, and see that it can carry it.
    @param market With the open interest that is left without that part.
    @param received Its change of cash.
    @return The open interest with it.
    """
    account: uint256 = ledger.words[account_id]
    word: uint256 = queue.slots[queue._key(market_id, account_id)]
    size: int256 = 0
    entry_price: uint256 = 0
    tier: uint256 = 0
    size, entry_price, tier = positions._traded(
        queue._size(word), queue._entry(word), queue._tier(word), change, market.mark, leverage, market.params
    )
    errors._require(
        not liquidation._is_below_minimum(fixed_point._abs(size), market.mark, market.params, ledger.SCALE),
        "liq: below minimum",
    )
    longs: uint256 = unsafe_add(market.open_interest, convert(max(size, 0), uint256))
    with_it: markets.Market = market
    with_it.open_interest = unsafe_sub(longs, convert(max(queue._size(word), 0), uint256))

    others: uint256 = ledger._markets(account)
    if word != 0:
        others = ledger._markets(ledger._without_market(account, market_id))
    legs: margin.Legs = empty(margin.Legs)
    if others != 0:
        legs = margin._legs(account_id, others, markets._refresh(others))
        errors._require(not legs.unpriced, "margin: unpriced leg")
    cash: int256 = unsafe_add(ledger._cash(account), received)
    equity: int256 = unsafe_add(unsafe_add(cash, legs.value), margin._value(size, market.mark, market.index))
    required: uint256 = unsafe_add(legs.initial, margin._initial(size, tier, with_it))
    if size != 0 and tier < queue._tier(word) and (size > 0) == (queue._size(word) > 0):
        # As in a fill: a lower rank is paid for with margin, not with the profit that is being ranked.
        required = unsafe_add(required, unsafe_add(legs.profit, margin._profit_up(size, market.mark, entry_price)))
    errors._require(equity >= convert(required, int256), "margin: insufficient")

    account = ledger._with_cash(flags._without_flag(account), cash)
    if word == 0:
        account = ledger._with_market(account, market_id)
    elif size == 0:
        account = ledger._without_market(account, market_id)
    ledger.words[account_id] = account
    queue._replace(market_id, account_id, size, entry_price, tier, hint)
    log IClearingHouse.PositionChanged(
        account_id=account_id,
        market_id=market_id,
        size=size,
        entry_price=entry_price,
        leverage=0 if size == 0 else constants._leverage_of(tier),
        cash=cash,
        price=market.mark,
        reason=TAKEN_OVER,
    )
    return with_it.open_interest


@internal
def _deleverage(
    account_id: uint256,
    market_id: uint256,
    ranked: DynArray[uint256, deleveraging.MAX_VISITS],
    visits: uint256,
    verified: bool,
) -> uint256:
    self._check_delegated()
    market: markets.Market = markets._touch(market_id)
    standing: Standing = self._standing(account_id, market_id, market)
    errors._require(standing.equity < 0, "adl: not bankrupt")

    # All that the vault may pay is fetched first: if it cannot be sent, it counts as nothing.
    capacity: uint256 = self._capacity(market_id)
    insurance: uint256 = min(standing.shortfall, capacity)
    if not self._cover(market_id, insurance):
        insurance = 0
        capacity = 0
    errors._require(
        capacity < standing.shortfall or flags._is_ripe(flags._flag(standing.account)), "adl: insured"
    )
    log IWaterfall.DeleveragingStarted(
        account_id=account_id,
        market_id=market_id,
        size=standing.size,
        equity=standing.equity,
        shortfall=standing.shortfall,
        insurance=insurance,
        verified=verified,
    )

    owed: uint256 = unsafe_sub(standing.shortfall, insurance)
    closed: uint256 = 0
    visited: uint256 = 0
    closed, visited = deleveraging._close(
        account_id, market_id, market, standing.size, owed, ranked, visits, verified
    )
    errors._require(visited != 0, "adl: no counterparties")

    whole: uint256 = fixed_point._abs(standing.size)
    haircut: uint256 = bankruptcy._part_up(owed, closed, whole)
    insured: uint256 = unsafe_div(insurance * closed, whole)
    if insured != insurance:
        ledger._credit_vault(unsafe_sub(insurance, insured))
        extcall VAULT.refund(market_id, unsafe_sub(insurance, insured))
    left: int256 = self._shrunk(standing.size, closed)
    gained: int256 = convert(unsafe_add(haircut, insured), int256)
    moved: int256 = self._moved(standing.size, left, market)
    self._shrink(account_id, market_id, market.mark, standing, left, moved, gained, DELEVERAGED)
    # Both a long and a short shrank by it.
    market.open_interest = unsafe_sub(market.open_interest, closed)
    log IWaterfall.DeleveragingEnded(
        account_id=account_id,
        market_id=market_id,
        closed=closed,
        left=fixed_point._abs(left),
        shortfall=standing.shortfall,
        insurance_paid=insured,
        haircut=haircut,
    )
    markets._store(market_id, market)
    return closed


@internal
@view
def _capacity(market_id: uint256) -> uint256:
    return staticcall VAULT.capacity(market_id, ledger._vault_credit())


@internal
def _cover(market_id: uint256, amount: uint256) -> bool:
    """
    @notice Have the vault pay `amount`, from its credit here first. False, and nothing is changed, if it may not or
            can not: a vault that is short, or blocked by the token, stops nobody.
    @dev Starving the call of gas starves the caller: all that follows needs more than the 1/64 that is kept back.
    """
    if amount == 0:
        return True
    from_credit: uint256 = min(amount, ledger._vault_credit())
    paid: bool = raw_call(
        VAULT.address,
        abi_encode(market_id, amount, from_credit, method_id=method_id("cover(uint256,uint256,uint256)")),
        revert_on_failure=False,
    )
    if paid:
        ledger._receive_insurance(from_credit, unsafe_sub(amount, from_credit))
    return paid


@internal
@view
def _covered(
    account_id: uint256,
    open_markets: uint256,
    quotes: DynArray[IOracleRouter.Quote, 8],
    legs: margin.Legs,
    equity: int256,
) -> uint256:
    """
    @notice How much of a bankrupt account's shortfall the vault could pay now, over all its priced legs.
    """
    credit: uint256 = ledger._vault_credit()
    if legs.maintenance == 0:
        # Nothing of it can be closed while no leg has a price, so no market's bucket can be named.
        return staticcall VAULT.capacity(0, credit)
    covered: uint256 = 0
    rest: uint256 = open_markets
    for quote: IOracleRouter.Quote in quotes:
        market_id: uint256 = rest & 255
        rest >>= 8
        if not quote.valid:
            continue
        market: markets.Market = markets._accrued(markets._load(market_id), quote)
        word: uint256 = queue.slots[queue._key(market_id, account_id)]
        size: int256 = queue._size(word)
        shortfall: uint256 = bankruptcy._shortfall(
            equity,
            margin._loss_up(size, market.mark, queue._entry(word)),
            legs.loss,
            margin._maintenance(size, market),
            legs.maintenance,
        )
        covered += min(shortfall, staticcall VAULT.capacity(market_id, credit))
    return min(covered, staticcall VAULT.capacity(0, credit))
