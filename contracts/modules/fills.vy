# pragma version 0.4.3
"""
@title What a fill makes of an account
@license MIT
@notice Everything happens to copies in memory; modules/settlement.vy writes them back.
"""

from contracts.modules import constants
from contracts.modules import fixed_point
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
def _enter(market_id: uint256, account_id: uint256, hint: uint256) -> Party:
    """
    @notice Load an account into the settlement and value its other markets.
    """
    word: uint256 = ledger.words[account_id]
    slot: uint256 = queue.slots[(market_id << 32) | account_id]
    party: Party = empty(Party)
    party.account_id = account_id
    party.hint = hint
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
def _reduces(held: int256, change: int256) -> bool:
    """
    @notice Whether a change only makes a position smaller: same sign afterwards, or closed.
    """
    # A purchase that ends at or below 0 began below it. Each is less than 2**96.
    after: int256 = unsafe_add(held, change)
    return after <= 0 if change > 0 else after >= 0


@internal
@view
def _trade(
    party: Party,
    change: int256,
    price: uint256,
    paid: int256,
    full_fee: uint256,
    leverage: uint256,
    reduce_only: bool,
    market: markets.Market,
) -> Holding:
    """
    @notice A party's holding after its size changed by `change`, for which it pays `paid` (a seller: less than 0) and
            a fee.
    @dev The fee of a reduction is at most the account's share of its equity, floor(E * (M - M') / M), so that a thin
         account can always close; a partial close keeps one unit of the share, which the settlement may round away.
         With an unpriced leg E is unknown: then it is at most what the price is better than the mark.
    """
    held: int256 = party.now.size
    # Each is less than 2**96.
    size: int256 = unsafe_add(held, change)
    fee: uint256 = full_fee
    tier: uint256 = party.now.tier
    entry_price: uint256 = party.now.entry_price
    worse: bool = party.now.worse
    if party.others.unpriced and price != market.mark and (price > market.mark) == (change > 0):
        worse = True

    if self._reduces(held, change):
        limit: uint256 = 0
        if party.others.unpriced:
            if (price < market.mark) == (change > 0):
                distance: uint256 = unsafe_sub(max(price, market.mark), min(price, market.mark))
                limit = fixed_point._notional_down(convert(abs(change), uint256), distance, ledger.SCALE)
        else:
            equity: int256 = self._equity(party.now.cash, held, party.others.value, market)
            if equity > 0:
                own: uint256 = margin._maintenance(held, market)
                freed: uint256 = own
                if size != 0:
                    freed = unsafe_sub(own, margin._maintenance(size, market))
                limit = convert(equity, uint256) * freed // unsafe_add(party.others.maintenance, own)
                if size != 0 and limit != 0:
                    limit = unsafe_sub(limit, 1)
        fee = min(fee, limit)
    else:
        assert not reduce_only, "order: reduce only"
        assert market.params & market_words.REDUCE_ONLY_BIT == 0, "market: reduce only"
        total: uint256 = convert(abs(size), uint256)
        assert total <= constants.MAX_SIZE, "fill: size overflow"
        # The leverage signed applies to the whole position.
        if held == 0 or leverage != constants._leverage_of(tier):
            tier = constants._tier_of(leverage)
        assert tier <= market.params & market_words.MAX_TIER, "market: bad leverage"
        if held != 0 and (held > 0) == (change > 0):
            # Floored. Sizes < 2**95, prices < 2**88; both terms have the sign of the position.
            before: uint256 = unsafe_mul(convert(abs(held), uint256), entry_price)
            entry_price = unsafe_div(unsafe_add(before, unsafe_mul(convert(abs(change), uint256), price)), total)
        else:
            entry_price = price

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
