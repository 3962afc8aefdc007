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

MAX_MATCHES: constant(uint256) = 8
# `PositionChanged.reason`
FILLED: constant(uint256) = 1

EXCHANGE: immutable(address)


# One account of the settlement, as it would be written now.
struct Party:
    account_id: uint256
    cash: int256
    size: int256
    entry_price: uint256
    tier: uint256
    hint: uint256
    # Price and fee of its last fill; price 0: none was executed.
    price: uint256
    fee: uint256
    # Some fill was at a worse price than the mark.
    worse: bool
    # As the call found it.
    word: uint256
    size_before: int256
    tier_before: uint256
    # Its other markets; nothing in a settlement changes them.
    others: margin.Legs


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
    interest_before: uint256 = market.open_interest
    # band < 2**20, PPM < 2**20, prices < 2**88
    band: uint256 = unsafe_mul(market_words._band_ppm(market.params), market.mark)
    taking: Party = self._enter(market_id, taker)
    assert ledger._epoch(taking.word) == taker.epoch, "order: old epoch"
    makers: DynArray[Party, MAX_MATCHES] = []
    fees: uint256 = 0
    lane: uint256 = 0

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
            makers.append(self._enter(market_id, m.maker))
        making: Party = makers[index]
        if ledger._epoch(making.word) != m.maker.epoch:
            outcome |= outcomes.OLD_EPOCH << this_lane
            continue

        if m.maker.reduce_only and not self._reduces(making.size, m.size, not taker_buys):
            outcome |= outcomes.REDUCE_ONLY << this_lane
            continue
        outcome |= outcomes.EXECUTED << this_lane

        # The one integer that moves: what the buyer pays the seller.
        change: int256 = convert(m.size, int256)
        paid: int256 = margin._value(change, m.price, market.index)
        if not taker_buys:
            change = unsafe_sub(0, change)
            paid = unsafe_sub(0, paid)
        longs: int256 = unsafe_add(max(taking.size, 0), max(making.size, 0))
        taking = self._trade(
            taking,
            m.size,
            taker_buys,
            m.price,
            paid,
            taker.leverage,
            taker.reduce_only,
            market_words._taker_fee_ppm(market.params),
            market,
        )
        making = self._trade(
            making,
            m.size,
            not taker_buys,
            m.price,
            unsafe_sub(0, paid),
            m.maker.leverage,
            m.maker.reduce_only,
            market_words._maker_fee_ppm(market.params),
            market,
        )
        makers[index] = making
        fees = unsafe_add(fees, unsafe_add(taking.fee, making.fee))
        longs = unsafe_sub(unsafe_add(max(taking.size, 0), max(making.size, 0)), longs)
        market.open_interest = convert(unsafe_add(convert(market.open_interest, int256), longs), uint256)
        market.premium = funding._sample(
            market.premium,
            market.mark,
            m.price,
            fixed_point._notional_down(m.size, market.mark, ledger.SCALE),
            unsafe_mul(market_words._funding_depth_tokens(market.params), 10**36 // ledger.SCALE),
            market_words._funding_cap_ppm(market.params),
        )
        log IClearingHouse.Fill(
            market_id=market_id,
            maker_account=m.maker.account_id,
            taker_account=taker.account_id,
            maker_order=m.maker.order_hash,
            taker_order=taker.order_hash,
            size=change,
            price=m.price,
            maker_fee=making.fee,
            taker_fee=taking.fee,
        )

    if taking.price == 0:
        return outcome
    errors._require(
        market.open_interest <= max(interest_before, market_words._open_interest_cap(market.params)),
        "market: open interest cap",
    )
    self._leave(market_id, taking, market)
    for i: uint256 in range(len(makers), bound=MAX_MATCHES):
        if makers[i].price != 0:
            self._leave(market_id, makers[i], market)
    ledger._credit_fees(fees)
    markets._store(market_id, market)
    return outcome


@internal
def _enter(market_id: uint256, side: IClearingHouse.Side) -> Party:
    """
    @notice Load an account into the settlement and value its other markets.
    """
    party: Party = empty(Party)
    party.account_id = side.account_id
    party.hint = side.hint
    party.word = ledger.words[side.account_id]
    party.cash = ledger._cash(party.word)
    party.size, party.entry_price, party.tier = queue._unpack(queue.slots[queue._key(market_id, side.account_id)])
    party.size_before = party.size
    party.tier_before = party.tier
    others: uint256 = ledger._markets(party.word)
    if party.size != 0:
        # Mostly it is the only one.
        others = 0 if others == market_id else ledger._markets(ledger._without_market(party.word, market_id))
    if others != 0:
        party.others = margin._legs(side.account_id, others, markets._refresh(others))
    return party


@internal
@pure
def _reduces(held: int256, size: uint256, buys: bool) -> bool:
    """
    @notice Whether buying or selling `size` only makes a position smaller: same sign afterwards, or closed.
    """
    return (held > 0) != buys and size <= fixed_point._abs(held)


@internal
@view
def _trade(
    before: Party,
    size: uint256,
    buys: bool,
    price: uint256,
    paid: int256,
    leverage: uint256,
    reduce_only: bool,
    fee_ppm: uint256,
    market: markets.Market,
) -> Party:
    """
    @notice A party after buying or selling `size`, for which it pays `paid` (a seller: less than 0) and a fee.
    @dev The fee is rounded up. That of a reduction is at most the account's share of its equity,
         floor(E * (M - M') / M), so that a thin account can always close; a partial close keeps one unit of the
         share, which the settlement may round away. With an unpriced leg E is unknown: then it is at most what the
         price is better than the mark.
    """
    party: Party = before
    change: int256 = convert(size, int256)
    party.size = unsafe_add(party.size, change) if buys else unsafe_sub(party.size, change)
    party.price = price
    is_worse: bool = price > market.mark if buys else price < market.mark
    party.worse = party.worse or is_worse
    party.fee = fixed_point._div_up(
        unsafe_mul(fixed_point._notional_up(size, price, ledger.SCALE), fee_ppm), constants.PPM
    )

    if self._reduces(before.size, size, buys):
        limit: uint256 = 0
        if party.others.unpriced:
            if not is_worse:
                distance: uint256 = unsafe_sub(max(price, market.mark), min(price, market.mark))
                limit = fixed_point._notional_down(size, distance, ledger.SCALE)
        else:
            equity: int256 = self._equity(before.cash, before.size, before.others, market)
            if equity > 0:
                own: uint256 = margin._maintenance(before.size, market)
                freed: uint256 = unsafe_sub(own, margin._maintenance(party.size, market))
                limit = convert(equity, uint256) * freed // unsafe_add(party.others.maintenance, own)
                if party.size != 0 and limit != 0:
                    limit = unsafe_sub(limit, 1)
        party.fee = min(party.fee, limit)
    else:
        assert not reduce_only, "order: reduce only"
        assert market.params & market_words.REDUCE_ONLY_BIT == 0, "market: reduce only"
        held: uint256 = fixed_point._abs(before.size)
        total: uint256 = fixed_point._abs(party.size)
        assert total <= constants.MAX_SIZE, "fill: size overflow"
        # The leverage signed applies to the whole position.
        if held == 0 or leverage != constants._leverage_of(party.tier):
            party.tier = constants._tier_of(leverage)
        assert party.tier <= market_words._max_tier(market.params), "market: bad leverage"
        party.entry_price = price
        if held != 0 and (before.size > 0) == buys:
            # Floored. Sizes < 2**95, prices < 2**88.
            party.entry_price = unsafe_div(
                unsafe_add(unsafe_mul(held, before.entry_price), unsafe_mul(size, price)), total
            )

    # Far inside int256; `_leave` checks int128.
    party.cash = unsafe_sub(unsafe_sub(party.cash, paid), convert(party.fee, int256))
    return party


@internal
@view
def _equity(cash: int256, size: int256, others: margin.Legs, market: markets.Market) -> int256:
    return unsafe_add(unsafe_add(cash, others.value), margin._value(size, market.mark, market.index))


@internal
def _leave(market_id: uint256, party: Party, market: markets.Market):
    """
    @notice Check an account's minimum notional and margin, write it back, log it.
    """
    if party.size != 0 and party.size != party.size_before:
        minimum: uint256 = unsafe_mul(market_words._min_notional_cents(market.params), 10**34 // ledger.SCALE)
        notional: uint256 = fixed_point._notional_down(fixed_point._abs(party.size), market.mark, ledger.SCALE)
        assert notional >= minimum, "fill: below minimum"

    equity: int256 = self._equity(party.cash, party.size, party.others, market)
    required: uint256 = unsafe_add(party.others.initial, margin._initial(party.size, party.tier, market))
    if party.tier < party.tier_before and (party.size > 0) == (party.size_before > 0):
        # As in `set_leverage`: a lower rank is paid for with margin, not with the profit that is being ranked.
        profit: uint256 = margin._profit_up(party.size, market.mark, party.entry_price)
        required = unsafe_add(required, unsafe_add(party.others.profit, profit))
    if party.others.unpriced or equity < convert(required, int256):
        self._check_reduction(party, equity, market)

    # Who gets here has equity, so it is no longer bankrupt if it was flagged.
    word: uint256 = ledger._with_cash(party.word & ledger.FLAGLESS, party.cash)
    if party.size_before == 0:
        if party.size != 0:
            word = ledger._with_market(word, market_id)
    elif party.size == 0:
        word = ledger._without_market(word, market_id)
    ledger.words[party.account_id] = word
    queue._replace(market_id, party.account_id, party.size, party.entry_price, party.tier, party.hint)
    log IClearingHouse.PositionChanged(
        account_id=party.account_id,
        market_id=market_id,
        size=party.size,
        entry_price=0 if party.size == 0 else party.entry_price,
        leverage=0 if party.size == 0 else constants._leverage_of(party.tier),
        cash=party.cash,
        price=party.price,
        reason=FILLED,
    )


@internal
@view
def _check_reduction(party: Party, equity: int256, market: markets.Market):
    """
    @notice What an account that does not meet its initial requirement, or can not be valued, may still do: reduce
            without lowering equity / maintenance; with an unpriced leg, reduce at the mark or better. Never while
            bankrupt.
    @dev "equity >= maintenance" would not be enough: at 100x, selling 11 % to a friend 5 % below the mark would
         carry margin out.
    """
    reduced: bool = party.size == 0 or (
        (party.size > 0) == (party.size_before > 0) and abs(party.size) < abs(party.size_before)
    )
    if party.others.unpriced:
        assert reduced and not party.worse, "margin: unpriced leg"
        # At the unpriced legs' last prices. A bankrupt account is the waterfall's: else a leg in a dead market lets it
        # close at the mark, and its bad debt leaves as the cash of whoever took the other side.
        assert equity >= 0, "margin: insufficient"
        return
    before: int256 = self._equity(ledger._cash(party.word), party.size_before, party.others, market)
    needed_before: uint256 = unsafe_add(party.others.maintenance, margin._maintenance(party.size_before, market))
    needed: uint256 = unsafe_add(party.others.maintenance, margin._maintenance(party.size, market))
    assert (
        reduced and equity >= 0 and equity * convert(needed_before, int256) >= before * convert(needed, int256)
    ), "margin: insufficient"
