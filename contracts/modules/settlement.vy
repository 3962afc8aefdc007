# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Settlement of one taker against makers
@license MIT
@notice Everything happens to copies in memory; accounts are written back, and margins checked, once each after the
        last maker.
@custom:security A fill moves one integer from buyer to seller, so no rounding creates or destroys a unit (ACC-1).
"""

from contracts.interfaces import IClearingHouse
from contracts.modules import constants
from contracts.modules import errors
from contracts.modules import fills
from contracts.modules import fixed_point
from contracts.modules import funding
from contracts.modules import ledger
from contracts.modules import margin
from contracts.modules import market_words
from contracts.modules import markets
from contracts.modules import outcomes
from contracts.modules import queue

uses: fills
uses: ledger
uses: margin
uses: markets
uses: queue

MAX_MATCHES: constant(uint256) = 8
# `PositionChanged.reason`
FILLED: constant(uint256) = 1

EXCHANGE: immutable(address)


@deploy
def __init__(exchange: address):
    EXCHANGE = exchange


@external
def settle(
    market_id: uint256,
    taker: IClearingHouse.Side,
    taker_buys: bool,
    matches: DynArray[IClearingHouse.Match, MAX_MATCHES],
) -> uint256:
    """
    @notice Exchange only: fill the taker against each maker at the maker's price, in order.
    @return What became of each match, a byte each, the first lowest (modules/outcomes.vy). If a signer is not the
            account's owner or live delegate nothing was done: byte 31 speaks of the taker's.
    """
    assert msg.sender == EXCHANGE, "settle: not the exchange"
    outcome: uint256 = 0
    if not ledger._is_authorized(taker.account_id, taker.signer):
        outcome = outcomes.UNSIGNED << outcomes.TAKER_LANE
    for i: uint256 in range(len(matches), bound=MAX_MATCHES):
        if not ledger._is_authorized(matches[i].maker.account_id, matches[i].maker.signer):
            outcome |= outcomes.UNSIGNED << (i << 3)
    if outcome != 0:
        return outcome

    market: markets.Market = markets._touch(market_id)
    scale: uint256 = ledger.SCALE
    interest_before: uint256 = market.open_interest
    # band < 2**20, PPM < 2**20, prices < 2**88
    band: uint256 = unsafe_mul((market.params >> market_words.BAND_SHIFT) & market_words.MASK_20, market.mark)
    taking: fills.Party = fills._enter(market_id, taker.account_id, taker.hint)
    assert (taking.word >> ledger.EPOCH_SHIFT) & ledger.MASK_24 == taker.epoch, "order: old epoch"
    making: fills.Party = empty(fills.Party)
    fees: uint256 = 0
    lane: uint256 = 0
    makers: DynArray[fills.Party, MAX_MATCHES] = []

    for m: IClearingHouse.Match in matches:
        this_lane: uint256 = lane
        lane = unsafe_add(lane, 8)
        assert m.size != 0, "fill: zero size"
        assert m.size <= constants.MAX_SIZE, "fill: size overflow"
        assert m.price != 0 and m.price <= constants.MAX_PRICE, "fill: price out of range"
        distance: uint256 = unsafe_sub(max(m.price, market.mark), min(m.price, market.mark))
        assert unsafe_mul(distance, constants.PPM) <= band, "fill: outside price band"
        assert m.maker.account_id != taker.account_id, "fill: same account"

        index: uint256 = 0
        for _: uint256 in range(len(makers), bound=MAX_MATCHES):
            if makers[index].account_id == m.maker.account_id:
                break
            index = unsafe_add(index, 1)
        if index == len(makers):
            makers.append(fills._enter(market_id, m.maker.account_id, m.maker.hint))
        making = makers[index]
        if (making.word >> ledger.EPOCH_SHIFT) & ledger.MASK_24 != m.maker.epoch:
            outcome |= outcomes.OLD_EPOCH << this_lane
            continue

        # The one integer that moves: what the buyer pays the seller.
        change: int256 = convert(m.size, int256)
        paid: int256 = margin._value(change, m.price, market.index)
        if not taker_buys:
            change = unsafe_sub(0, change)
            paid = unsafe_sub(0, paid)
        if m.maker.reduce_only and not fills._reduces(making.now.size, unsafe_sub(0, change)):
            outcome |= outcomes.REDUCE_ONLY << this_lane
            continue
        outcome |= outcomes.EXECUTED << this_lane

        notional: uint256 = fixed_point._notional_up(m.size, m.price, scale)
        longs: int256 = unsafe_add(max(taking.now.size, 0), max(making.now.size, 0))
        taking.now = fills._trade(
            taking,
            change,
            m.price,
            paid,
            fixed_point._div_up(
                unsafe_mul(notional, (market.params >> market_words.TAKER_FEE_SHIFT) & market_words.MASK_16),
                constants.PPM,
            ),
            taker.leverage,
            taker.reduce_only,
            market,
        )
        making.now = fills._trade(
            making,
            unsafe_sub(0, change),
            m.price,
            unsafe_sub(0, paid),
            fixed_point._div_up(
                unsafe_mul(notional, (market.params >> market_words.MAKER_FEE_SHIFT) & market_words.MASK_16),
                constants.PPM,
            ),
            m.maker.leverage,
            m.maker.reduce_only,
            market,
        )
        makers[index].now = making.now
        fees = unsafe_add(fees, unsafe_add(taking.now.fee, making.now.fee))
        longs = unsafe_sub(unsafe_add(max(taking.now.size, 0), max(making.now.size, 0)), longs)
        # Never below 0: what was subtracted is in it.
        market.open_interest = unsafe_add(market.open_interest, convert(convert(longs, bytes32), uint256))
        market.premium = funding._sample(
            market.premium,
            market.mark,
            m.price,
            unsafe_div(unsafe_mul(m.size, market.mark), scale),
            unsafe_mul(market.params >> market_words.DEPTH_SHIFT & market_words.MASK_36, unsafe_div(10**36, scale)),
            (market.params >> market_words.FUNDING_CAP_SHIFT) & market_words.MASK_20,
        )
        log IClearingHouse.Fill(
            market_id=market_id,
            maker_account=m.maker.account_id,
            taker_account=taker.account_id,
            maker_order=m.maker.order_hash,
            taker_order=taker.order_hash,
            size=change,
            price=m.price,
            maker_fee=making.now.fee,
            taker_fee=taking.now.fee,
        )

    if taking.now.price == 0:
        return outcome
    # It may stand above a cap that was lowered, but not grow there.
    if market.open_interest > interest_before:
        assert market.open_interest <= market_words._open_interest_cap(market.params), "market: open interest cap"
    self._leave(market_id, taking, market)
    for party: fills.Party in makers:
        if party.now.price != 0:
            self._leave(market_id, party, market)
    ledger._credit_fees(fees)
    markets._store(market_id, market)
    return outcome


@internal
def _leave(market_id: uint256, party: fills.Party, market: markets.Market):
    """
    @notice Check an account's minimum notional and margin, write it back, log it.
    """
    size: int256 = party.now.size
    size_before: int256 = convert(convert(party.slot << 160, bytes32), int256) >> 160
    leverage: uint256 = 0
    equity: int256 = unsafe_add(party.now.cash, party.others.value)
    required: uint256 = party.others.initial
    if size != 0:
        # size < 2**95, prices < 2**88, scale * 10**(d - 2) is 10**34
        product: uint256 = unsafe_mul(convert(abs(size), uint256), market.mark)
        minimum: uint256 = (market.params >> market_words.MIN_NOTIONAL_SHIFT) & market_words.MASK_32
        assert product >= unsafe_mul(minimum, 10**34) or size == size_before, "fill: below minimum"
        leverage = constants._leverage_of(party.now.tier)
        equity = unsafe_add(equity, margin._value(size, market.mark, market.index))
        required = unsafe_add(required, margin._initial_at(fixed_point._div_up(product, ledger.SCALE), party.now.tier, market))
        tier_before: uint256 = (party.slot >> queue.TIER_SHIFT) & 127
        if party.now.tier < tier_before and (size > 0) == (size_before > 0):
            # As in `set_leverage`: a lower rank is paid for with margin, not with the profit that is being ranked.
            profit: uint256 = margin._profit_up(size, market.mark, party.now.entry_price)
            required = unsafe_add(required, unsafe_add(party.others.profit, profit))
    if party.others.unpriced or equity < convert(required, int256):
        self._check_reduction(party, size_before, equity, market)

    word: uint256 = ledger._with_cash(party.word, party.now.cash)
    if size_before == 0:
        if size != 0:
            word = ledger._with_market(word, market_id)
    elif size == 0:
        word = ledger._without_market(word, market_id)
    ledger.words[party.account_id] = word
    queue._replace(market_id, party.account_id, size, party.now.entry_price, party.now.tier, party.hint)
    log IClearingHouse.PositionChanged(
        account_id=party.account_id,
        market_id=market_id,
        size=size,
        entry_price=0 if size == 0 else party.now.entry_price,
        leverage=leverage,
        cash=party.now.cash,
        price=party.now.price,
        reason=FILLED,
    )


@internal
@view
def _check_reduction(party: fills.Party, size_before: int256, equity: int256, market: markets.Market):
    """
    @notice What an account that does not meet its initial requirement, or can not be valued, may still do: reduce
            without lowering equity / maintenance; with an unpriced leg, reduce at the mark or better. Never while
            bankrupt.
    @dev "equity >= maintenance" would not be enough: at 100x, selling 11 % to a friend 5 % below the mark would
         carry margin out.
    """
    size: int256 = party.now.size
    reduced: bool = size == 0 or ((size > 0) == (size_before > 0) and abs(size) < abs(size_before))
    if party.others.unpriced:
        assert reduced and not party.now.worse, "margin: unpriced leg"
        # At the unpriced legs' last prices. A bankrupt account is the waterfall's: else a leg in a dead market lets it
        # close at the mark, and its bad debt leaves as the cash of whoever took the other side.
        assert equity >= 0, "margin: insufficient"
        return
    before: int256 = fills._equity(ledger._cash(party.word), size_before, party.others.value, market)
    needed_before: uint256 = unsafe_add(party.others.maintenance, margin._maintenance(size_before, market))
    needed: uint256 = unsafe_add(party.others.maintenance, margin._maintenance(size, market))
    assert (
        reduced and equity >= 0 and equity * convert(needed_before, int256) >= before * convert(needed, int256)
    ), "margin: insufficient"
