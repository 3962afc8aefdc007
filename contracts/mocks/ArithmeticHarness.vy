# pragma version 0.4.3
"""
@title The arithmetic of the trading core, callable
@license MIT
@notice For tests: margin, funding, fees, average entry and the packing of words, as ClearingHouse compiles them.
"""

from ethereum.ercs import IERC20

from contracts.interfaces import IOracleRouter
from contracts.modules import fills
from contracts.modules import fixed_point
from contracts.modules import constants
from contracts.modules import funding
from contracts.modules import ledger
from contracts.modules import margin
from contracts.modules import markets
from contracts.modules import queue

initializes: ledger
initializes: markets
initializes: queue
initializes: margin[ledger := ledger, markets := markets, queue := queue]
initializes: fills[ledger := ledger, margin := margin, markets := markets, queue := queue]


@deploy
def __init__(token: IERC20):
    ledger.__init__(token)
    markets.__init__(IOracleRouter(self))


# ---- margin


@external
@view
def value(size: int256, price: uint256, index: int256) -> int256:
    return margin._value(size, price, index)


@external
@view
def maintenance(size: int256, params: uint256, mark: uint256) -> uint256:
    return margin._maintenance(size, self._market(params, mark, 0, 0))


@external
@view
def initial(size: int256, tier: uint256, params: uint256, mark: uint256, open_interest: uint256) -> uint256:
    return margin._initial(size, tier, self._market(params, mark, 0, open_interest))


@external
@view
def profit_up(size: int256, price: uint256, entry_price: uint256) -> uint256:
    return margin._profit_up(size, price, entry_price)


@external
@view
def withdrawable(cash: int256, worth: int256, initial: uint256, profit: uint256) -> uint256:
    legs: margin.Legs = empty(margin.Legs)
    legs.value = worth
    legs.initial = initial
    legs.profit = profit
    return margin._withdrawable(cash, legs)


# ---- funding


@external
@view
def accrue(index: int256, premium: int256, elapsed: uint256, tau: uint256, price: uint256) -> (int256, int256):
    return funding._accrue(index, premium, elapsed, tau, price)


@external
@view
def sample(
    premium: int256, price: uint256, fill_price: uint256, notional: uint256, depth: uint256, cap_ppm: uint256
) -> int256:
    return funding._sample(premium, price, fill_price, notional, depth, cap_ppm)


# ---- a fill


@external
@view
def trade(
    cash: int256,
    held: int256,
    entry_price: uint256,
    tier: uint256,
    others_value: int256,
    others_maintenance: uint256,
    others_unpriced: bool,
    size: uint256,
    buys: bool,
    price: uint256,
    leverage: uint256,
    fee_ppm: uint256,
    params: uint256,
    mark: uint256,
    index: int256,
) -> (int256, int256, uint256, uint256, uint256):
    """
    @return Cash, size, entry price, tier and fee of the account after it bought or sold `size` at `price`.
    """
    party: fills.Party = empty(fills.Party)
    party.now.cash = cash
    party.now.size = held
    party.now.entry_price = entry_price
    party.now.tier = tier
    party.others.value = others_value
    party.others.maintenance = others_maintenance
    party.others.unpriced = others_unpriced
    change: int256 = convert(size, int256)
    paid: int256 = margin._value(change, price, index)
    if not buys:
        change = unsafe_sub(0, change)
        paid = unsafe_sub(0, paid)
    fee: uint256 = fixed_point._div_up(
        unsafe_mul(fixed_point._notional_up(size, price, ledger.SCALE), fee_ppm), constants.PPM
    )
    after: fills.Holding = fills._trade(
        party, size, change, price, paid, fee, leverage, 0, self._market(params, mark, index, 0)
    )
    return after.cash, after.size, after.entry_price, after.tier, after.fee


# ---- words


@external
def store_market(
    market_id: uint256, params: uint256, index: int256, open_interest: uint256, premium: int256, touched: uint256
) -> (uint256, markets.Market):
    """
    @return The state word and what is read back from it.
    """
    market: markets.Market = self._market(params, 0, index, open_interest)
    market.premium = premium
    market.touched = touched
    markets.params[market_id] = params
    markets._store(market_id, market)
    return markets.states[market_id], markets._load(market_id)


@external
@pure
def with_cash(word: uint256, cash: int256) -> (uint256, int256):
    """
    @return The word and the cash read back from it.
    """
    changed: uint256 = ledger._with_cash(word, cash)
    return changed, ledger._cash(changed)


@external
@pure
def with_market(word: uint256, market_id: uint256) -> uint256:
    return ledger._with_market(word, market_id)


@external
@pure
def without_market(word: uint256, market_id: uint256) -> uint256:
    return ledger._without_market(word, market_id)


@external
def credit_fees(vault: uint256, treasury: uint256, share_ppm: uint256, fees: uint256) -> (uint256, uint256, uint256):
    """
    @return Both credits and the share afterwards.
    """
    ledger.credits = vault | (treasury << ledger.TREASURY_SHIFT) | (share_ppm << ledger.SHARE_SHIFT)
    ledger._credit_fees(fees)
    return ledger._vault_credit(), ledger._treasury_credit(), ledger.credits >> ledger.SHARE_SHIFT


@internal
@pure
def _market(params: uint256, mark: uint256, index: int256, open_interest: uint256) -> markets.Market:
    return markets.Market(
        params=params, index=index, open_interest=open_interest, premium=0, touched=0, mark=mark
    )
