# pragma version 0.4.3
"""
@title What an account is worth and what it must hold
@license MIT
@notice equity = cash + sum of value(size) over its open markets, funding accrued to now in every one of them.
"""

from contracts.interfaces import IOracleRouter
from contracts.modules import constants
from contracts.modules import fixed_point
from contracts.modules import ledger
from contracts.modules import market_words
from contracts.modules import markets
from contracts.modules import queue

uses: ledger
uses: markets
uses: queue


# Sums over some of an account's positions, quote units.
struct Legs:
    value: int256
    initial: uint256
    maintenance: uint256
    # Positive unrealised profits against entry, each rounded up: never withdrawable, never pays for a lower tier.
    profit: uint256
    # Unrealised losses against entry of priced legs, each rounded up: how a bankruptcy is split between them.
    loss: uint256
    # Some leg has no valid price. It counts in `value` at its last accepted price, and nowhere else.
    unpriced: bool
    # What unpriced legs would add at that price moved by `stale_move` in the account's favour. Only for judging
    # whether it may be liquidated: a leg in a dead market must not make an account immune, nor serve it as margin.
    favour: int256


@internal
@view
def _value(size: int256, price: uint256, index: int256) -> int256:
    """
    @notice The one valuation: value(s) = floor(s * (P - F) / scale), quote units. With a fill price for P it is the
            integer that the fill moves from buyer to seller.
    @dev abs(s) < 2**95, abs(P - F) < 2**90, scale <= 10**30.
    """
    unit_price: int256 = unsafe_sub(convert(price, int256), index)
    return fixed_point._floor_div(unsafe_mul(size, unit_price), convert(ledger.SCALE, int256))


@internal
@view
def _maintenance(size: int256, market: markets.Market) -> uint256:
    """
    @notice ceil(notional * maintenance rate) at the mark.
    """
    return self._maintenance_at(
        fixed_point._abs(size), market.mark, market_words._maintenance_ppm(market.params)
    )


@internal
@view
def _maintenance_at(size: uint256, mark: uint256, rate_ppm: uint256) -> uint256:
    """
    @notice `_maintenance` of an unsigned size at a rate.
    """
    # size < 2**95, price < 2**88, notional < 2**124, rate < 2**20: nothing wraps by rounding up.
    scale: uint256 = ledger.SCALE
    notional: uint256 = unsafe_div(unsafe_add(unsafe_mul(size, mark), unsafe_sub(scale, 1)), scale)
    return unsafe_div(unsafe_add(unsafe_mul(notional, rate_ppm), constants.PPM - 1), constants.PPM)


@internal
@view
def _initial(size: int256, tier: uint256, market: markets.Market) -> uint256:
    """
    @notice ceil(notional * max(1 / leverage, imf(OI))) at the mark, one rounding.
    @dev With L the market's maximum leverage, D = upper - lower and x = OI - lower clamped to 0..D:
         imf = 1/L + x/D * (1 - 1/L) = (D + x * (L - 1)) / (L * D). Scaled by the market's open interest and not
         by the account's size, because accounts are free and per-account brackets are evaded by splitting.
    """
    return self._initial_at(
        fixed_point._notional_up(fixed_point._abs(size), market.mark, ledger.SCALE),
        tier,
        constants._leverage_of(tier),
        market.params,
        market.open_interest,
    )


@internal
@pure
def _initial_at(
    notional: uint256, tier: uint256, leverage: uint256, params: uint256, open_interest: uint256
) -> uint256:
    """
    @notice `_initial` of a notional, rounded up, at a tier and its leverage.
    """
    # Rounded up. notional < 2**124, leverage <= 100
    by_leverage: uint256 = unsafe_div(unsafe_add(notional, unsafe_sub(leverage, 1)), leverage)
    # As `market_words._open_interest_lower`.
    lower: uint256 = unsafe_mul(
        unsafe_mul((params >> market_words.CAP_SHIFT) & market_words.MASK_51, market_words.BOUND_UNIT),
        (params >> market_words.LOWER_SHIFT) & market_words.MASK_16,
    )
    max_tier: uint256 = params & market_words.MAX_TIER
    if open_interest <= lower and tier <= max_tier:
        # imf == 1/L <= 1/leverage, unless the maximum was lowered below this position's leverage.
        return by_leverage
    maximum: uint256 = constants._leverage_of(max_tier)
    width: uint256 = unsafe_sub(market_words._open_interest_upper(params), lower)
    above: uint256 = min(unsafe_sub(max(open_interest, lower), lower), width)
    # notional < 2**124, width * leverage < 2**108
    scaled: uint256 = unsafe_mul(notional, unsafe_add(width, unsafe_mul(above, unsafe_sub(maximum, 1))))
    return max(by_leverage, fixed_point._div_up(scaled, unsafe_mul(maximum, width)))


@internal
@view
def _profit_up(size: int256, price: uint256, entry_price: uint256) -> uint256:
    """
    @notice max(0, size * (P - entry) / scale), rounded up.
    """
    gain: int256 = unsafe_mul(size, unsafe_sub(convert(price, int256), convert(entry_price, int256)))
    if gain <= 0:
        return 0
    return fixed_point._div_up(convert(gain, uint256), ledger.SCALE)


@internal
@view
def _loss_up(size: int256, price: uint256, entry_price: uint256) -> uint256:
    """
    @notice max(0, -size * (P - entry) / scale), rounded up.
    """
    return self._profit_up(unsafe_sub(0, size), price, entry_price)


@internal
@view
def _legs(account_id: uint256, open_markets: uint256, quotes: DynArray[IOracleRouter.Quote, 8]) -> Legs:
    """
    @notice The sums over the given markets of an account, all of which it must have open.
    @param open_markets One byte each, in the order of `quotes`.
    @dev Eight legs of less than 2**125 each.
    """
    legs: Legs = empty(Legs)
    rest: uint256 = open_markets
    for quote: IOracleRouter.Quote in quotes:
        market_id: uint256 = rest & 255
        rest >>= 8
        market: markets.Market = markets._accrued(markets._load(market_id), quote)
        legs = self._with_leg(legs, queue.slots[queue._key(market_id, account_id)], market, quote)
    return legs


@internal
@view
def _with_leg(others: Legs, word: uint256, market: markets.Market, quote: IOracleRouter.Quote) -> Legs:
    """
    @notice The sums with one more position.
    @param market With funding accrued at the quote.
    """
    legs: Legs = others
    size: int256 = queue._size(word)
    value: int256 = self._value(size, quote.price, market.index)
    legs.value = unsafe_add(legs.value, value)
    if quote.valid:
        legs.maintenance = unsafe_add(legs.maintenance, self._maintenance(size, market))
        legs.initial = unsafe_add(legs.initial, self._initial(size, queue._tier(word), market))
        profit: uint256 = self._profit_up(size, quote.price, queue._entry(word))
        legs.profit = unsafe_add(legs.profit, profit)
        if profit == 0:
            legs.loss = unsafe_add(legs.loss, self._loss_up(size, quote.price, queue._entry(word)))
    else:
        legs.unpriced = True
        favour: uint256 = unsafe_add(constants.PPM, quote.stale_move)
        if size < 0:
            favour = unsafe_sub(constants.PPM, min(quote.stale_move, constants.PPM))
        moved: uint256 = unsafe_div(unsafe_mul(quote.price, favour), constants.PPM)
        legs.favour = unsafe_add(legs.favour, unsafe_sub(self._value(size, moved, market.index), value))
    return legs


@internal
@pure
def _withdrawable(cash: int256, legs: Legs) -> uint256:
    """
    @notice Equity less the initial requirement and unrealised profit, not below 0. Profit leaves only by being
            realised against another account.
    """
    held: int256 = convert(unsafe_add(legs.initial, legs.profit), int256)
    return convert(max(unsafe_sub(unsafe_add(cash, legs.value), held), 0), uint256)


@internal
@pure
def _favoured_equity(cash: int256, legs: Legs) -> int256:
    """
    @notice Equity with unpriced legs counted in the account's favour: by it an account is liquidated or bankrupt.
    """
    return unsafe_add(unsafe_add(cash, legs.value), legs.favour)
