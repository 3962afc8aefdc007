# pragma version 0.4.3
"""
@title Closing a bankrupt position against the top of the opposite queue
@license MIT
@notice One engine for the chain's own pick and for a verified list. At every step the one to be closed is the best of
        at most eight fronts, so right order and nobody left out are a property of what is read, not of the list.
@custom:security Those removed are collected and the lists' fronts written once at the end: until then a list begins at
        `fronts`, whatever its stored head says. Nothing but the router is called meanwhile, and ClearingHouse's lock
        keeps even views out.
"""

from contracts.interfaces import IOracleRouter
from contracts.interfaces import IWaterfall
from contracts.modules import constants
from contracts.modules import fixed_point
from contracts.modules import ledger
from contracts.modules import margin
from contracts.modules import markets
from contracts.modules import queue

uses: ledger
uses: margin
uses: markets
uses: queue

MAX_VISITS: constant(uint256) = 256


@internal
def _close(
    account_id: uint256,
    market_id: uint256,
    market: markets.Market,
    size: int256,
    owed: uint256,
    ranked: DynArray[uint256, MAX_VISITS],
    visits: uint256,
    verified: bool,
) -> (uint256, uint256):
    """
    @notice Close up to all of a bankrupt account's position against its top-ranked counterparties, write them back
            and log each. The bankrupt account itself is the caller's.
    @param size The bankrupt position, signed.
    @param owed H - C: what the counterparties give up for the whole of it. Closing k in total costs them
           G(k) = ceil(owed * k / S), each the difference it makes: everyone is closed at the same price.
    @param ranked With `verified`: who must be visited, in order.
    @return Size closed, base, and how many were visited.
    """
    is_long: bool = size < 0
    whole: uint256 = fixed_point._abs(size)
    done: uint256 = 0
    paid: uint256 = 0
    # The bankrupt position after `done`.
    left: int256 = size
    left_value: int256 = margin._value(size, market.mark, market.index)

    # The first account of each tier's list and its ROE.
    fronts: uint256[8] = empty(uint256[8])
    scores: int256[8] = empty(int256[8])
    moved: bool[8] = empty(bool[8])
    heads: uint256 = queue.heads[queue._heads_key(market_id, is_long)]
    for tier: uint256 in range(8):
        front: uint256 = (heads >> (tier << 5)) & queue.MASK_32
        if front != 0:
            fronts[tier] = front
            scores[tier] = queue._roe_of(queue.slots[queue._key(market_id, front)], is_long, market.mark)
    # The best of them, which stays the best until its score falls to that of the runner-up.
    best: uint256 = constants.NO_TIER
    runner_up: uint256 = constants.NO_TIER
    front: uint256 = 0
    word: uint256 = 0
    roe: int256 = 0
    removed: uint256 = 0

    # Last prices and indices of other markets, asked for once.
    prices: uint256[constants.MAX_MARKETS + 1] = empty(uint256[constants.MAX_MARKETS + 1])
    indices: int256[constants.MAX_MARKETS + 1] = empty(int256[constants.MAX_MARKETS + 1])

    visited: uint256 = 0
    for rank: uint256 in range(visits, bound=MAX_VISITS):
        if done == whole:
            break
        if front == 0:
            best, runner_up = self._best(fronts, scores)
            if best == constants.NO_TIER:
                assert not verified, "adl: not top ranked"
                break
            front = fronts[best]
            roe = scores[best]
            word = queue.slots[queue._key(market_id, front)]
        visited = unsafe_add(visited, 1)

        counterparty: uint256 = front
        tier: uint256 = best
        if verified and ranked[rank] != front:
            # Equal ROE may stand in either order.
            counterparty = ranked[rank]
            assert counterparty <= constants.MAX_ACCOUNT_ID, "adl: not top ranked"
            word = queue.slots[queue._key(market_id, counterparty)]
            held: int256 = queue._size(word)
            assert held != 0 and (held > 0) == is_long and not queue._is_parked(word), "adl: not top ranked"
            assert queue._roe_of(word, is_long, market.mark) == roe, "adl: not top ranked"
            tier = queue._tier(word)

        # What closing as much of it as there is would leave of it.
        before: int256 = queue._size(word)
        part: uint256 = min(unsafe_sub(whole, done), fixed_point._abs(before))
        change: int256 = convert(part, int256)
        if is_long:
            change = unsafe_sub(0, change)
        after: int256 = unsafe_add(before, change)
        left_after: int256 = unsafe_sub(left, change)
        left_after_value: int256 = margin._value(left_after, market.mark, market.index)
        haircut: uint256 = unsafe_sub(fixed_point._div_up(unsafe_mul(owed, unsafe_add(done, part)), whole), paid)
        # What it pays: the bankrupt position's loss of value, and its haircut.
        cost: int256 = unsafe_add(unsafe_sub(left_value, left_after_value), convert(haircut, int256))
        account: uint256 = ledger.words[counterparty]
        cash: int256 = unsafe_sub(ledger._cash(account), cost)
        equity: int256 = cash
        if after != 0:
            equity = unsafe_add(cash, margin._value(after, market.mark, market.index))
        rest: uint256 = ledger._markets(account)
        is_single: bool = rest == market_id
        if not is_single:
            for _: uint256 in range(8):
                if rest == 0:
                    break
                other: uint256 = rest & 255
                rest >>= 8
                if other == market_id:
                    continue
                if prices[other] == 0:
                    quote: IOracleRouter.Quote = extcall markets.ROUTER.refresh(other)
                    accrued: markets.Market = markets._accrued(markets._load(other), quote)
                    prices[other] = quote.price
                    indices[other] = accrued.index
                leg: int256 = queue._size(queue.slots[queue._key(other, counterparty)])
                equity = unsafe_add(equity, margin._value(leg, prices[other], indices[other]))

        key: uint256 = queue._key(market_id, counterparty)
        if equity < 0:
            # A bankrupt-to-be has its own turn. It leaves the list, or a wall of them would be walked by every call.
            queue.slots[key] = queue._parked(word)
            log IWaterfall.PassedOver(
                account_id=account_id, market_id=market_id, counterparty=counterparty, rank=rank, equity=equity
            )
        else:
            done = unsafe_add(done, part)
            paid = unsafe_add(paid, haircut)
            left = left_after
            left_value = left_after_value
            log IWaterfall.Deleveraged(
                account_id=account_id,
                market_id=market_id,
                counterparty=counterparty,
                rank=rank,
                roe=roe,
                size=change,
                price=self._price(cost, change, market.index),
                haircut=haircut,
                left=after,
                cash=cash,
            )
            account = ledger._with_cash(account & ledger.FLAGLESS, cash)
            if after != 0:
                # The last of them. Entry and tier stay, so does its place.
                ledger.words[counterparty] = account
                queue.slots[key] = queue._resized(word, after)
                break
            removed = unsafe_add(removed, 1)
            ledger.words[counterparty] = (
                account & ~ledger.MARKETS_FIELD if is_single else ledger._without_market(account, market_id)
            )
            queue.slots[key] = 0

        if counterparty == fronts[tier]:
            front = (word >> queue.NEXT_SHIFT) & queue.MASK_32
            fronts[tier] = front
            moved[tier] = True
            if front != 0:
                word = queue.slots[queue._key(market_id, front)]
                roe = queue._roe_of(word, is_long, market.mark)
                scores[tier] = roe
                is_best: bool = runner_up == constants.NO_TIER or roe > scores[runner_up]
                if not is_best or tier != best:
                    front = 0
        else:
            queue._unlink(market_id, word, is_long)
            front = 0

    for tier: uint256 in range(8):
        if moved[tier]:
            queue._set_front(market_id, is_long, tier, fronts[tier])
    if removed != 0:
        queue._count(market_id, is_long, unsafe_sub(0, convert(removed, int256)))
    return done, visited


@internal
@pure
def _best(fronts: uint256[8], scores: int256[8]) -> (uint256, uint256):
    """
    @notice The tiers of the highest and the next score among the lists that are not empty, the lower tier of equal
            ones first; NO_TIER where there is none.
    """
    best: uint256 = constants.NO_TIER
    runner_up: uint256 = constants.NO_TIER
    for tier: uint256 in range(8):
        if fronts[tier] == 0:
            continue
        if best == constants.NO_TIER or scores[tier] > scores[best]:
            runner_up = best
            best = tier
        elif runner_up == constants.NO_TIER or scores[tier] > scores[runner_up]:
            runner_up = tier
    return best, runner_up


@internal
@view
def _price(cost: int256, change: int256, index: int256) -> uint256:
    """
    @notice The price that paying `cost` for a `change` of size amounts to, funding aside, truncated; for the event
            only. 0 if it is negative.
    """
    # Cash is int128, the scale below 2**100.
    per_unit: int256 = fixed_point._trunc_div(unsafe_mul(cost, convert(ledger.SCALE, int256)), change)
    return convert(max(unsafe_add(index, per_unit), 0), uint256)
