# pragma version 0.4.3
"""
@title What a fill makes of an account
@license MIT
@notice Everything happens to copies in memory; modules/settlement.vy writes them back.
"""

from contracts.interfaces import IClearingHouse
from contracts.modules import constants
from contracts.modules import errors
from contracts.modules import fixed_point
from contracts.modules import funding
from contracts.modules import ledger
from contracts.modules import margin
from contracts.modules import market_words
from contracts.modules import markets
from contracts.modules import queue

uses: ledger
uses: margin
uses: markets
uses: queue


# What fills change of an account.
struct Holding:
    cash: int256
    size: int256
    entry_price: uint256
    tier: uint256
    # Price and fee of its last fill; price 0: none was executed.
    price: uint256
    fee: uint256
    # Some fill was at a worse price than the mark. Kept only for an account with an unpriced leg.
    worse: bool


# One account of the settlement.
struct Party:
    account_id: uint256
    # Where its position will stand in the queue.
    hint: uint256
    # Account and position word as the call found them.
    word: uint256
    slot: uint256
    # As they would be written now.
    now: Holding
    # Its other markets; nothing in a settlement changes them.
    others: margin.Legs


@internal
def _enter(market_id: uint256, side: IClearingHouse.Side) -> Party:
    """
    @notice Load an account into the settlement and value its other markets.
    """
    word: uint256 = ledger.words[side.account_id]
    slot: uint256 = queue.slots[(market_id << 32) | side.account_id]
    # The shifts sign-extend.
    size: int256 = convert(convert(slot << 160, bytes32), int256) >> 160
    rest: uint256 = (word >> ledger.MARKETS_SHIFT) & ledger.MASK_64
    if size != 0:
        # Mostly it is the only one.
        rest = 0 if rest == market_id else ledger._markets(ledger._without_market(word, market_id))
    party: Party = Party(
        account_id=side.account_id,
        hint=side.hint,
        word=word,
        slot=slot,
        now=Holding(
            cash=convert(convert(word << 128, bytes32), int256) >> 128,
            size=size,
            entry_price=(slot >> queue.ENTRY_SHIFT) & queue.MASK_88,
            tier=(slot >> queue.TIER_SHIFT) & 127,
            price=0,
            fee=0,
            worse=False,
        ),
        others=empty(margin.Legs),
    )
    if rest != 0:
        party.others = margin._legs(side.account_id, rest, markets._refresh(rest))
    return party


@internal
@pure
def _check_terms(taker_id: uint256, maker_id: uint256, size: uint256, price: uint256, market: markets.Market):
    """
    @notice Refuse what no two accounts may agree on.
    """
    if size == 0:
        errors._fail("fill: zero size")
    if size > constants.MAX_SIZE:
        errors._fail("fill: size overflow")
    if price == 0 or price > constants.MAX_PRICE:
        errors._fail("fill: price out of range")
    # band < 2**20, PPM < 2**20, prices < 2**88
    band: uint256 = unsafe_mul((market.params >> market_words.BAND_SHIFT) & market_words.MASK_20, market.mark)
    distance: uint256 = unsafe_sub(max(price, market.mark), min(price, market.mark))
    if unsafe_mul(distance, constants.PPM) > band:
        errors._fail("fill: outside price band")
    if maker_id == taker_id:
        errors._fail("fill: same account")


@internal
@pure
def _fits(held: int256, taker_buys: bool, size: uint256) -> bool:
    """
    @notice Whether selling (to a taker that buys) or buying `size` only makes a position smaller: same sign
            afterwards, or closed.
    """
    # A sale that ends at or above 0 began above it. Each is less than 2**96.
    if taker_buys:
        return unsafe_sub(held, convert(size, int256)) >= 0
    return unsafe_add(held, convert(size, int256)) <= 0


@internal
def _fill(
    market_id: uint256,
    taking: Party,
    taker: IClearingHouse.Side,
    making: Party,
    maker: IClearingHouse.Side,
    taker_buys: bool,
    size: uint256,
    price: uint256,
    market: markets.Market,
) -> (Holding, Holding, uint256, int256):
    """
    @notice Trade `size` between two parties, and log it.
    @return Both holdings, the market's open interest and premium afterwards.
    """
    scale: uint256 = ledger.SCALE
    # The one integer that moves: what the buyer pays the seller.
    change: int256 = convert(size, int256)
    paid: int256 = margin._value(change, price, market.index)
    if not taker_buys:
        change = unsafe_sub(0, change)
        paid = unsafe_sub(0, paid)
    # Each rounded up, notional and fees. Notionals < 2**124, rates < 2**16.
    notional: uint256 = unsafe_div(unsafe_add(unsafe_mul(size, price), unsafe_sub(scale, 1)), scale)
    taker_ppm: uint256 = (market.params >> market_words.TAKER_FEE_SHIFT) & market_words.MASK_16
    maker_ppm: uint256 = (market.params >> market_words.MAKER_FEE_SHIFT) & market_words.MASK_16
    taken: Holding = self._trade(
        taking,
        size,
        change,
        price,
        paid,
        unsafe_div(unsafe_add(unsafe_mul(notional, taker_ppm), constants.PPM - 1), constants.PPM),
        taker.leverage,
        taker.reduce_only,
        market,
    )
    made: Holding = self._trade(
        making,
        size,
        unsafe_sub(0, change),
        price,
        unsafe_sub(0, paid),
        unsafe_div(unsafe_add(unsafe_mul(notional, maker_ppm), constants.PPM - 1), constants.PPM),
        maker.leverage,
        maker.reduce_only,
        market,
    )
    longs_before: int256 = unsafe_add(max(taking.now.size, 0), max(making.now.size, 0))
    longs: int256 = unsafe_add(max(taken.size, 0), max(made.size, 0))
    # Never below 0: what was subtracted is in it.
    open_interest: uint256 = unsafe_add(
        market.open_interest, convert(convert(unsafe_sub(longs, longs_before), bytes32), uint256)
    )
    premium: int256 = funding._sample(
        market.premium,
        market.mark,
        price,
        unsafe_div(unsafe_mul(size, market.mark), scale),
        unsafe_mul((market.params >> market_words.DEPTH_SHIFT) & market_words.MASK_36, unsafe_div(10**36, scale)),
        (market.params >> market_words.FUNDING_CAP_SHIFT) & market_words.MASK_20,
    )
    log IClearingHouse.Fill(
        market_id=market_id,
        maker_account=maker.account_id,
        taker_account=taker.account_id,
        maker_order=maker.order_hash,
        taker_order=taker.order_hash,
        size=change,
        price=price,
        maker_fee=made.fee,
        taker_fee=taken.fee,
    )
    return taken, made, open_interest, premium


@internal
@view
def _trade(
    party: Party,
    amount: uint256,
    change: int256,
    price: uint256,
    paid: int256,
    full_fee: uint256,
    leverage: uint256,
    reduce_only: uint256,
    market: markets.Market,
) -> Holding:
    """
    @notice A party's holding after its size changed by `change`, of which `amount` is the magnitude, and for which it
            pays `paid` (a seller: less than 0) and a fee.
    @dev The fee of a reduction is at most the account's share of its equity, floor(E * (M - M') / M), so that a thin
         account can always close; a partial close keeps one unit of the share, which the settlement may round away.
         With an unpriced leg E is unknown: then it is at most what the price is better than the mark.
    """
    held: int256 = party.now.size
    # Its magnitude.
    before: uint256 = convert(convert(max(held, unsafe_sub(0, held)), bytes32), uint256)
    # Each is less than 2**96.
    size: int256 = unsafe_add(held, change)
    buys: bool = change > 0
    fee: uint256 = full_fee
    tier: uint256 = party.now.tier
    entry_price: uint256 = party.now.entry_price
    worse: bool = party.now.worse
    if party.others.unpriced:
        if price != market.mark and (price > market.mark) == buys:
            worse = True

    # A reduction: same sign afterwards, or closed. A purchase that ends at or below 0 began below it.
    if size == 0 or (size < 0) == buys:
        limit: uint256 = 0
        if party.others.unpriced:
            if (price < market.mark) == buys:
                distance: uint256 = unsafe_sub(max(price, market.mark), min(price, market.mark))
                limit = fixed_point._notional_down(amount, distance, ledger.SCALE)
        else:
            equity: int256 = unsafe_add(party.now.cash, party.others.value)
            equity = unsafe_add(equity, margin._value(held, market.mark, market.index))
            if equity > 0:
                rate: uint256 = (market.params >> market_words.MAINTENANCE_SHIFT) & market_words.MASK_20
                own: uint256 = margin._maintenance_at(before, market.mark, rate)
                left: uint256 = 0
                if size != 0:
                    left = margin._maintenance_at(unsafe_sub(before, amount), market.mark, rate)
                # An equity of eight legs and cash is below 2**129, a maintenance requirement below 2**124.
                limit = unsafe_mul(convert(equity, uint256), unsafe_sub(own, left))
                limit = unsafe_div(limit, unsafe_add(party.others.maintenance, own))
                if size != 0:
                    limit = unsafe_sub(max(limit, 1), 1)
        fee = min(fee, limit)
    else:
        if reduce_only != 0:
            errors._fail("order: reduce only")
        if market.params & market_words.REDUCE_ONLY_BIT != 0:
            errors._fail("market: reduce only")
        if held != 0 and (held > 0) == buys:
            total: uint256 = unsafe_add(before, amount)
            if total > constants.MAX_SIZE:
                errors._fail("fill: size overflow")
            # Floored. Sizes < 2**95, prices < 2**88.
            entry_price = unsafe_div(
                unsafe_add(unsafe_mul(before, entry_price), unsafe_mul(amount, price)), total
            )
        else:
            entry_price = price
        # The leverage signed applies to the whole position.
        if held == 0 or leverage != (constants.LEVERAGES >> (tier << 3)) & 255:
            tier = constants._tier_of(leverage)
        if tier > market.params & market_words.MAX_TIER:
            errors._fail("market: bad leverage")

    return Holding(
        # Far inside int256; the ledger checks int128.
        cash=unsafe_sub(unsafe_sub(party.now.cash, paid), convert(fee, int256)),
        size=size,
        entry_price=entry_price,
        tier=tier,
        price=price,
        fee=fee,
        worse=worse,
    )


@internal
@view
def _equity(cash: int256, size: int256, others_value: int256, market: markets.Market) -> int256:
    return unsafe_add(unsafe_add(cash, others_value), margin._value(size, market.mark, market.index))
