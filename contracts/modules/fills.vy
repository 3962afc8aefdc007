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
from contracts.modules import outcomes
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


# What a fill changes.
struct Filled:
    taking: Holding
    making: Holding
    open_interest: uint256
    premium: int256


@internal
def _enter(market_id: uint256, side: IClearingHouse.Side) -> Party:
    """
    @notice Load an account into the settlement and value its other markets.
    """
    account_id: uint256 = side.account_id
    word: uint256 = ledger.words[account_id]
    slot: uint256 = queue.slots[(market_id << 32) | account_id]
    party: Party = empty(Party)
    party.account_id = account_id
    party.hint = side.hint
    party.word = word
    party.slot = slot
    # The shifts sign-extend.
    party.now.cash = convert(convert(word << 128, bytes32), int256) >> 128
    party.now.size = convert(convert(slot << 160, bytes32), int256) >> 160
    party.now.entry_price = (slot >> queue.ENTRY_SHIFT) & queue.MASK_88
    party.now.tier = (slot >> queue.TIER_SHIFT) & 127
    others: uint256 = (word >> ledger.MARKETS_SHIFT) & ledger.MASK_64
    if party.now.size != 0:
        # Mostly it is the only one.
        others = 0 if others == market_id else ledger._markets(ledger._without_market(word, market_id))
    if others != 0:
        party.others = margin._legs(account_id, others, markets._refresh(others))
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
) -> Filled:
    """
    @notice Trade `size` between two parties, and log it.
    """
    scale: uint256 = ledger.SCALE
    # The one integer that moves: what the buyer pays the seller.
    change: int256 = convert(size, int256)
    paid: int256 = margin._value(change, price, market.index)
    if not taker_buys:
        change = unsafe_sub(0, change)
        paid = unsafe_sub(0, paid)
    # Rounded up. Notionals < 2**124, rates < 2**16.
    notional: uint256 = fixed_point._notional_up(size, price, scale)
    taker_fee: uint256 = (market.params >> market_words.TAKER_FEE_SHIFT) & market_words.MASK_16
    maker_fee: uint256 = (market.params >> market_words.MAKER_FEE_SHIFT) & market_words.MASK_16
    filled: Filled = empty(Filled)
    filled.taking = self._trade(
        taking,
        size,
        change,
        price,
        paid,
        fixed_point._div_up(unsafe_mul(notional, taker_fee), constants.PPM),
        taker.leverage,
        taker.reduce_only,
        market,
    )
    filled.making = self._trade(
        making,
        size,
        unsafe_sub(0, change),
        price,
        unsafe_sub(0, paid),
        fixed_point._div_up(unsafe_mul(notional, maker_fee), constants.PPM),
        maker.leverage,
        maker.reduce_only,
        market,
    )
    longs_before: int256 = unsafe_add(max(taking.now.size, 0), max(making.now.size, 0))
    longs: int256 = unsafe_add(max(filled.taking.size, 0), max(filled.making.size, 0))
    # Never below 0: what was subtracted is in it.
    filled.open_interest = unsafe_add(
        market.open_interest, convert(convert(unsafe_sub(longs, longs_before), bytes32), uint256)
    )
    filled.premium = funding._sample(
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
        maker_fee=filled.making.fee,
        taker_fee=filled.taking.fee,
    )
    return filled


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
    """
    held: int256 = party.now.size
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

    # Same sign afterwards, or closed: a purchase that ends at or below 0 began below it.
    if size <= 0 if buys else size >= 0:
        fee = min(fee, self._fee_limit(party, amount, size, price, market))
    else:
        if reduce_only != 0:
            errors._fail("order: reduce only")
        if market.params & market_words.REDUCE_ONLY_BIT != 0:
            errors._fail("market: reduce only")
        if held != 0 and (held > 0) == buys:
            before: uint256 = convert(abs(held), uint256)
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
def _fee_limit(party: Party, amount: uint256, size: int256, price: uint256, market: markets.Market) -> uint256:
    """
    @notice The largest fee of a reduction by `amount` to `size`.
    @dev The account's share of its equity, floor(E * (M - M') / M), so that a thin account can always close; a partial
         close keeps one unit of the share, which the settlement may round away. With an unpriced leg E is unknown:
         then what the price is better than the mark.
    """
    held: int256 = party.now.size
    if party.others.unpriced:
        if price == market.mark or (price > market.mark) == (held < 0):
            return 0
        distance: uint256 = unsafe_sub(max(price, market.mark), min(price, market.mark))
        return fixed_point._notional_down(amount, distance, ledger.SCALE)
    equity: int256 = self._equity(party.now.cash, held, party.others.value, market)
    if equity <= 0:
        return 0
    rate: uint256 = (market.params >> market_words.MAINTENANCE_SHIFT) & market_words.MASK_20
    own: uint256 = margin._maintenance_at(convert(abs(held), uint256), market.mark, rate)
    # own < 2**124, equity < 2**130
    share: uint256 = convert(equity, uint256)
    if size == 0:
        return share * own // unsafe_add(party.others.maintenance, own)
    left: uint256 = margin._maintenance_at(convert(abs(size), uint256), market.mark, rate)
    share = share * unsafe_sub(own, left) // unsafe_add(party.others.maintenance, own)
    return unsafe_sub(max(share, 1), 1)


@internal
@view
def _equity(cash: int256, size: int256, others_value: int256, market: markets.Market) -> int256:
    return unsafe_add(unsafe_add(cash, others_value), margin._value(size, market.mark, market.index))
