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
    maker: IClearingHouse.Side,
    taker_buys: bool,
    size: uint256,
    price: uint256,
) -> uint256:
    """
    @notice Exchange only: fill the taker against one maker, `size` base at the maker's price.
    @return What became of it, as `settle_batch` of one match says it.
    """
    if msg.sender != EXCHANGE:
        errors._fail("settle: not the exchange")
    outcome: uint256 = 0
    if not ledger._is_authorized(taker.account_id, convert(taker.signer, address)):
        outcome = outcomes.UNSIGNED << outcomes.TAKER_LANE
    if not ledger._is_authorized(maker.account_id, convert(maker.signer, address)):
        outcome |= outcomes.UNSIGNED
    if outcome != 0:
        return outcome

    market: markets.Market = markets._touch(market_id)
    taking: fills.Party = fills._enter(market_id, taker)
    if (taking.word >> ledger.EPOCH_SHIFT) & ledger.MASK_24 != taker.epoch:
        errors._fail("order: old epoch")
    fills._check_terms(taker.account_id, maker.account_id, size, price, market)
    making: fills.Party = fills._enter(market_id, maker)
    if (making.word >> ledger.EPOCH_SHIFT) & ledger.MASK_24 != maker.epoch:
        return outcomes.OLD_EPOCH
    if maker.reduce_only != 0 and not fills._fits(making.now.size, taker_buys, size):
        return outcomes.REDUCE_ONLY

    interest_before: uint256 = market.open_interest
    taking.now, making.now, market.open_interest, market.premium = fills._fill(
        market_id, taking, taker, making, maker, taker_buys, size, price, market
    )
    # It may stand above a cap that was lowered, but not grow there.
    if market.open_interest > interest_before:
        if market.open_interest > market_words._open_interest_cap(market.params):
            errors._fail("market: open interest cap")
    self._leave(market_id, taking, market)
    self._leave(market_id, making, market)
    ledger._credit_fees(unsafe_add(taking.now.fee, making.now.fee))
    markets._store(market_id, market)
    return outcomes.EXECUTED


@external
def settle_batch(
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
    if msg.sender != EXCHANGE:
        errors._fail("settle: not the exchange")
    outcome: uint256 = 0
    if not ledger._is_authorized(taker.account_id, convert(taker.signer, address)):
        outcome = outcomes.UNSIGNED << outcomes.TAKER_LANE
    lane: uint256 = 0
    for m: IClearingHouse.Match in matches:
        if not ledger._is_authorized(m.maker.account_id, convert(m.maker.signer, address)):
            outcome |= outcomes.UNSIGNED << lane
        lane = unsafe_add(lane, 8)
    if outcome != 0:
        return outcome

    market: markets.Market = markets._touch(market_id)
    interest_before: uint256 = market.open_interest
    taking: fills.Party = fills._enter(market_id, taker)
    if (taking.word >> ledger.EPOCH_SHIFT) & ledger.MASK_24 != taker.epoch:
        errors._fail("order: old epoch")
    makers: DynArray[fills.Party, MAX_MATCHES] = []
    fees: uint256 = 0
    lane = 0

    for m: IClearingHouse.Match in matches:
        fills._check_terms(taker.account_id, m.maker.account_id, m.size, m.price, market)
        index: uint256 = 0
        for _: uint256 in range(len(makers), bound=MAX_MATCHES):
            if makers[index].account_id == m.maker.account_id:
                break
            index = unsafe_add(index, 1)
        if index == len(makers):
            makers.append(fills._enter(market_id, m.maker))
        result: uint256 = outcomes.EXECUTED
        if ledger._epoch(makers[index].word) != m.maker.epoch:
            result = outcomes.OLD_EPOCH
        elif m.maker.reduce_only != 0 and not fills._fits(makers[index].now.size, taker_buys, m.size):
            result = outcomes.REDUCE_ONLY
        outcome |= result << lane
        lane = unsafe_add(lane, 8)
        if result == outcomes.EXECUTED:
            taking.now, makers[index].now, market.open_interest, market.premium = fills._fill(
                market_id, taking, taker, makers[index], m.maker, taker_buys, m.size, m.price, market
            )
            fees = unsafe_add(fees, unsafe_add(taking.now.fee, makers[index].now.fee))

    if taking.now.price == 0:
        return outcome
    # It may stand above a cap that was lowered, but not grow there.
    if market.open_interest > interest_before:
        if market.open_interest > market_words._open_interest_cap(market.params):
            errors._fail("market: open interest cap")
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
        magnitude: uint256 = convert(convert(max(size, unsafe_sub(0, size)), bytes32), uint256)
        product: uint256 = unsafe_mul(magnitude, market.mark)
        minimum: uint256 = (market.params >> market_words.MIN_NOTIONAL_SHIFT) & market_words.MASK_32
        if product < unsafe_mul(minimum, 10**34) and size != size_before:
            errors._fail("fill: below minimum")
        leverage = (constants.LEVERAGES >> (party.now.tier << 3)) & 255
        equity = unsafe_add(equity, margin._value(size, market.mark, market.index))
        # Rounded up.
        scale: uint256 = ledger.SCALE
        notional: uint256 = unsafe_div(unsafe_add(product, unsafe_sub(scale, 1)), scale)
        required = unsafe_add(
            required, margin._initial_at(notional, party.now.tier, leverage, market.params, market.open_interest)
        )
        tier_before: uint256 = (party.slot >> queue.TIER_SHIFT) & 127
        if party.now.tier < tier_before and (size > 0) == (size_before > 0):
            # As in `set_leverage`: a lower rank is paid for with margin, not with the profit that is being ranked.
            profit: uint256 = margin._profit_up(size, market.mark, party.now.entry_price)
            required = unsafe_add(required, unsafe_add(party.others.profit, profit))
    if party.others.unpriced or equity < convert(required, int256):
        self._check_reduction(party, size_before, equity, market)

    # Who gets here has equity, so it is no longer bankrupt if it was flagged.
    word: uint256 = ledger._with_cash(party.word & ledger.FLAGLESS, party.now.cash)
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
        if not reduced or party.now.worse:
            errors._fail("margin: unpriced leg")
        # At the unpriced legs' last prices. A bankrupt account is the waterfall's: else a leg in a dead market lets it
        # close at the mark, and its bad debt leaves as the cash of whoever took the other side.
        if equity < 0:
            errors._fail("margin: insufficient")
        return
    before: int256 = fills._equity(ledger._cash(party.word), size_before, party.others.value, market)
    needed_before: uint256 = unsafe_add(party.others.maintenance, margin._maintenance(size_before, market))
    needed: uint256 = unsafe_add(party.others.maintenance, margin._maintenance(size, market))
    if (
        not reduced or equity < 0 or equity * convert(needed_before, int256) < before * convert(needed, int256)
    ):
        errors._fail("margin: insufficient")
