# pragma version 0.4.3
"""
@title Markets: parameters, open interest, funding, mark price
@license MIT
@notice Storage of ClearingHouse, two slots a market on the trading path.
"""

from contracts.interfaces import IClearingHouse
from contracts.interfaces import IOracleRouter
from contracts.modules import errors
from contracts.modules import funding
from contracts.modules import market_words

# State word, lowest bit first: funding index int88 | open interest 96 | premium int40 | touched 32.
INTEREST_SHIFT: constant(uint256) = 88
PREMIUM_SHIFT: constant(uint256) = 184
TOUCHED_SHIFT: constant(uint256) = 224
MASK_88: constant(uint256) = 2**88 - 1
MASK_96: constant(uint256) = 2**96 - 1
MASK_40: constant(uint256) = 2**40 - 1

ROUTER: immutable(IOracleRouter)

# market id => parameter words, see market_words. Written by Governance.
params: HashMap[uint256, uint256]
liquidation: HashMap[uint256, uint256]
# market id => state word.
states: HashMap[uint256, uint256]


struct Market:
    params: uint256
    # Cumulative funding index F, signed price units.
    index: int256
    # Sum of longs, base.
    open_interest: uint256
    # Decaying premium of trades over the mark, 1e-11.
    premium: int256
    # When funding was last accrued.
    touched: uint256
    # The mark price funding was accrued at in memory; 0 as loaded.
    mark: uint256


@deploy
def __init__(router: IOracleRouter):
    ROUTER = router


@internal
@view
def _load(market_id: uint256) -> Market:
    """
    @notice A market as stored. Reverts "market: not listed".
    """
    params: uint256 = self.params[market_id]
    if params & market_words.LISTED_BIT == 0:
        errors._fail("market: not listed")
    state: uint256 = self.states[market_id]
    market: Market = Market(
        params=params,
        # The shifts sign-extend.
        index=convert(convert(state << 168, bytes32), int256) >> 168,
        open_interest=(state >> INTEREST_SHIFT) & MASK_96,
        premium=convert(convert(state << 32, bytes32), int256) >> 216,
        touched=state >> TOUCHED_SHIFT,
        mark=0,
    )
    return market


@internal
def _store(market_id: uint256, market: Market):
    # Bounds: funding clamps the index; open interest <= sum of int96 sizes of one sign, checked where it grows;
    # abs(premium) <= the cap, 20 bits of ppm; time fits 32 bits until 2106.
    self.states[market_id] = (
        (convert(convert(market.index, bytes32), uint256) & MASK_88)
        | (market.open_interest << INTEREST_SHIFT)
        | ((convert(convert(market.premium, bytes32), uint256) & MASK_40) << PREMIUM_SHIFT)
        | (market.touched << TOUCHED_SHIFT)
    )
    log IClearingHouse.FundingAccrued(
        market_id=market_id, index=market.index, premium=market.premium, mark=market.mark
    )


@internal
@view
def _accrued(stored: Market, quote: IOracleRouter.Quote) -> Market:
    """
    @notice The market with funding accrued to now at the quote's mark; as stored if the quote is not valid. Without
            a mark nothing may change, not even the clock: else touching while the price is stale erases what longs
            and shorts owe each other.
    """
    if not quote.valid:
        return stored
    market: Market = stored
    market.mark = quote.price
    elapsed: uint256 = unsafe_sub(block.timestamp, market.touched)
    if elapsed != 0:
        market.touched = block.timestamp
        market.index, market.premium = funding._accrue(
            market.index,
            market.premium,
            elapsed,
            unsafe_mul(market.params >> market_words.TAU_SHIFT, market_words.TAU_UNIT),
            quote.price,
        )
    return market


@internal
def _touch(market_id: uint256) -> Market:
    """
    @notice The market with funding accrued to now, after asking a polled source. The caller stores it.
            Reverts "market: not listed", "oracle: no valid price".
    """
    market: Market = self._load(market_id)
    quote: IOracleRouter.Quote = extcall ROUTER.refresh(market_id, skip_contract_check=True)
    if not quote.valid:
        errors._fail("oracle: no valid price")
    # As `_accrued`; every fill comes here.
    market.mark = quote.price
    elapsed: uint256 = unsafe_sub(block.timestamp, market.touched)
    if elapsed != 0:
        market.touched = block.timestamp
        market.index, market.premium = funding._accrue(
            market.index,
            market.premium,
            elapsed,
            unsafe_mul(market.params >> market_words.TAU_SHIFT, market_words.TAU_UNIT),
            quote.price,
        )
    return market


@internal
@view
def _mark(market_id: uint256) -> uint256:
    """
    @notice The valid mark price as it stands, for views.
    """
    quote: IOracleRouter.Quote = staticcall ROUTER.peek(market_id)
    errors._require(quote.valid, "oracle: no valid price")
    return quote.price


@internal
def _refresh(markets: uint256) -> DynArray[IOracleRouter.Quote, 8]:
    """
    @notice Quotes of an account's open markets (one byte each), after asking polled sources.
    """
    quotes: DynArray[IOracleRouter.Quote, 8] = []
    rest: uint256 = markets
    for _: uint256 in range(8):
        if rest == 0:
            break
        quotes.append(extcall ROUTER.refresh(rest & 255))
        rest >>= 8
    return quotes


@internal
@view
def _peek(markets: uint256) -> DynArray[IOracleRouter.Quote, 8]:
    """
    @notice `_refresh` for views.
    """
    quotes: DynArray[IOracleRouter.Quote, 8] = []
    rest: uint256 = markets
    for _: uint256 in range(8):
        if rest == 0:
            break
        quotes.append(staticcall ROUTER.peek(rest & 255))
        rest >>= 8
    return quotes
