# pragma version 0.4.3
"""
@title Lens
@license MIT
@notice Stateless reads over ClearingHouse's raw words: the rich views that do not fit there, and batches for keepers
        and user interfaces. Pin a block and every answer belongs to it.
@custom:security Holds nothing and is trusted by nobody. It unpacks and values with the same modules as ClearingHouse
        and Waterfall; their storage stays empty here.
"""

from ethereum.ercs import IERC20

from contracts.interfaces import IClearingHouse
from contracts.interfaces import IInsuranceVault
from contracts.interfaces import IOracleRouter
from contracts.modules import bankruptcy
from contracts.modules import constants
from contracts.modules import errors
from contracts.modules import fixed_point
from contracts.modules import ledger
from contracts.modules import liquidation
from contracts.modules import margin
from contracts.modules import markets
from contracts.modules import queue

initializes: ledger
initializes: markets
initializes: queue
initializes: margin[ledger := ledger, markets := markets, queue := queue]

MAX_BATCH: constant(uint256) = 256


struct AccountView:
    account_id: uint256
    owner: address
    cash: int256
    epoch: uint256
    # When it was flagged bankrupt; 0: it is not.
    flagged_at: uint256
    open_markets: DynArray[uint256, 8]


struct PositionView:
    account_id: uint256
    size: int256
    entry_price: uint256
    leverage: uint256
    # WAD, at the last accepted price.
    roe: int256
    parked: bool


# An account seen from one of its positions, unpriced legs counted in its favour.
struct Standing:
    size: int256
    market: markets.Market
    equity: int256
    maintenance: uint256
    own_maintenance: uint256
    shortfall: uint256


CLEARING_HOUSE: public(immutable(IClearingHouse))
ROUTER: public(immutable(IOracleRouter))


@deploy
def __init__(clearing_house: IClearingHouse):
    CLEARING_HOUSE = clearing_house
    ROUTER = IOracleRouter(staticcall clearing_house.router())
    ledger.__init__(IERC20(staticcall clearing_house.collateral()))
    markets.__init__(IOracleRouter(staticcall clearing_house.router()))


# ------------------------------------------------------------------ one position


@external
@view
def position(account_id: uint256, market_id: uint256) -> IClearingHouse.Position:
    """
    @notice A position and its profit against entry at the last accepted price; all zero if there is none.
    """
    size: int256 = 0
    entry_price: uint256 = 0
    tier: uint256 = 0
    size, entry_price, tier = queue._unpack(staticcall CLEARING_HOUSE.position_slot(market_id, account_id))
    if size == 0:
        return empty(IClearingHouse.Position)
    gain: int256 = convert(self._last_price(market_id), int256) - convert(entry_price, int256)
    return IClearingHouse.Position(
        size=size,
        entry_price=entry_price,
        leverage=constants._leverage_of(tier),
        unrealized_pnl=fixed_point._floor_div(size * gain, convert(ledger.SCALE, int256)),
    )


@external
@view
def roe(account_id: uint256, market_id: uint256) -> int256:
    """
    @notice Leverage x price return at the mark, WAD, floored: what the queue ranks by.
    @dev Reverts "position: none", "oracle: no valid price".
    """
    size: int256 = 0
    entry_price: uint256 = 0
    tier: uint256 = 0
    size, entry_price, tier = queue._unpack(staticcall CLEARING_HOUSE.position_slot(market_id, account_id))
    assert size != 0, "position: none"
    return queue._roe(entry_price, tier, size > 0, staticcall CLEARING_HOUSE.mark_price(market_id))


@external
@view
def open_markets(account_id: uint256) -> DynArray[uint256, 8]:
    """
    @notice Markets in which the account has a position, oldest first.
    """
    return self._open_markets(staticcall CLEARING_HOUSE.account_word(account_id))


# ------------------------------------------------------------------ the waterfall


@external
@view
def liquidatable_size(account_id: uint256, market_id: uint256) -> uint256:
    """
    @notice What `liquidate` would close at most, base: 0 unless the account is below its maintenance requirement.
    @dev Reverts "oracle: no valid price".
    """
    standing: Standing = self._standing(account_id, market_id)
    if standing.size == 0 or standing.equity >= convert(standing.maintenance, int256):
        return 0
    return liquidation._needed(
        standing.equity,
        standing.maintenance,
        fixed_point._abs(standing.size),
        standing.market.mark,
        standing.market.params,
        staticcall CLEARING_HOUSE.liquidation_word(market_id),
        ledger.SCALE,
    )


@external
@view
def bankruptcy_quote(account_id: uint256, market_id: uint256, size: uint256) -> int256:
    """
    @notice What an account would receive (negative: pay) for `size` base of its position, without funding, if it
            were closed at the bankruptcy price: at which what is left of the account is as solvent as before, or
            which leaves a bankrupt leg at 0. Quote units. Any account, solvent or not.
    @dev value(s) - value(s + d) - share + trunc(-d * F / scale).
         Reverts "position: none", "position: too small", "oracle: no valid price".
    """
    standing: Standing = self._standing(account_id, market_id)
    held: uint256 = fixed_point._abs(standing.size)
    errors._require(held != 0, "position: none")
    errors._require(size != 0 and size <= held, "position: too small")
    closed: int256 = convert(size, int256) if standing.size > 0 else unsafe_sub(0, convert(size, int256))
    left: int256 = unsafe_sub(standing.size, closed)
    market: markets.Market = standing.market
    share: int256 = 0
    if standing.equity < 0:
        share = unsafe_sub(0, convert(bankruptcy._part_up(standing.shortfall, size, held), int256))
    else:
        freed: uint256 = standing.own_maintenance - margin._maintenance(left, market)
        share = convert(bankruptcy._share_down(standing.equity, freed, standing.maintenance), int256)
    moved: int256 = margin._value(standing.size, market.mark, market.index) - margin._value(
        left, market.mark, market.index
    )
    funding: int256 = fixed_point._trunc_div(closed * market.index, convert(ledger.SCALE, int256))
    return moved - share + funding


@external
@view
def shortfall(account_id: uint256, market_id: uint256) -> uint256:
    """
    @notice What closing the account's whole position at the mark would leave unpaid of its bankruptcy, quote units;
            0 unless it is bankrupt.
    @dev Reverts "oracle: no valid price".
    """
    standing: Standing = self._standing(account_id, market_id)
    return standing.shortfall


@external
@view
def insurance_capacity(market_id: uint256) -> uint256:
    """
    @notice What the vault could pay for a bankruptcy in a market now, quote units.
    """
    vault: IInsuranceVault = IInsuranceVault(staticcall CLEARING_HOUSE.vault())
    return staticcall vault.capacity(market_id, staticcall CLEARING_HOUSE.vault_credit())


# ------------------------------------------------------------------ the queue


@external
@view
def adl_queue(market_id: uint256, is_long: bool, skip: uint256, count: uint256) -> DynArray[uint256, MAX_BATCH]:
    """
    @notice Accounts of a side from rank `skip` on, best rank first, at the mark; at most 256.
    """
    account_ids: DynArray[uint256, MAX_BATCH] = []
    ranked: DynArray[PositionView, MAX_BATCH] = self._ranked(market_id, is_long, skip, count)
    for i: uint256 in range(len(ranked), bound=MAX_BATCH):
        account_ids.append(ranked[i].account_id)
    return account_ids


@external
@view
def ranked_positions(
    market_id: uint256, is_long: bool, skip: uint256, count: uint256
) -> DynArray[PositionView, MAX_BATCH]:
    """
    @notice `adl_queue` with sizes and scores.
    """
    return self._ranked(market_id, is_long, skip, count)


@external
@view
def find_hint(market_id: uint256, is_long: bool, leverage: uint256, entry_price: uint256) -> uint256:
    """
    @notice The hint with which a position of that entry price finds its place without a step: the account it would
            stand behind and up to seven before that one, 32 bits each, the nearest lowest. 0: it would be the head.
    @dev Reverts "market: bad leverage".
    """
    tier: uint256 = constants._tier_of(leverage)
    assert tier != constants.NO_TIER, "market: bad leverage"
    heads: uint256 = staticcall CLEARING_HOUSE.heads_slot(market_id, is_long)
    node: uint256 = (heads >> (tier << 5)) & queue.MASK_32
    hint: uint256 = 0
    for _: uint256 in range(constants.MAX_ACCOUNT_ID):
        if node == 0:
            break
        words: DynArray[uint256, MAX_BATCH] = staticcall CLEARING_HOUSE.position_chain(market_id, node, MAX_BATCH)
        for word: uint256 in words:
            if not queue._stands_before(queue._entry(word), entry_price, is_long):
                return hint
            # The oldest of eight drops out at the top.
            hint = (hint << 32) | node
            node = (word >> queue.NEXT_SHIFT) & queue.MASK_32
    return hint


# ------------------------------------------------------------------ batches


@external
@view
def accounts(first_id: uint256, count: uint256) -> DynArray[AccountView, MAX_BATCH]:
    """
    @notice Accounts `first_id`, `first_id` + 1, ...: at most `count`, at most 256, as far as they exist.
    """
    views: DynArray[AccountView, MAX_BATCH] = []
    last: uint256 = staticcall CLEARING_HOUSE.account_count()
    account_id: uint256 = first_id
    for _: uint256 in range(min(count, MAX_BATCH), bound=MAX_BATCH):
        if account_id > last:
            break
        # There is no account 0.
        if account_id == 0:
            account_id = 1
            continue
        word: uint256 = staticcall CLEARING_HOUSE.account_word(account_id)
        views.append(
            AccountView(
                account_id=account_id,
                owner=staticcall CLEARING_HOUSE.owner_of(account_id),
                cash=ledger._cash(word),
                epoch=ledger._epoch(word),
                flagged_at=word >> ledger.FLAG_SHIFT,
                open_markets=self._open_markets(word),
            )
        )
        account_id += 1
    return views


@external
@view
def positions(market_id: uint256, first_id: uint256, count: uint256) -> DynArray[PositionView, MAX_BATCH]:
    """
    @notice Open positions, linked or parked, among `count` accounts from `first_id` on; at most 256 accounts a call.
    """
    views: DynArray[PositionView, MAX_BATCH] = []
    price: uint256 = self._last_price(market_id)
    last: uint256 = staticcall CLEARING_HOUSE.account_count()
    account_id: uint256 = first_id
    for _: uint256 in range(min(count, MAX_BATCH), bound=MAX_BATCH):
        if account_id > last:
            break
        word: uint256 = staticcall CLEARING_HOUSE.position_slot(market_id, account_id)
        if word != 0:
            views.append(self._view(account_id, word, price))
        account_id += 1
    return views


# ------------------------------------------------------------------ internal


@internal
@view
def _standing(account_id: uint256, market_id: uint256) -> Standing:
    """
    @notice An account as the waterfall sees it; all zero without a position in the market.
    """
    word: uint256 = staticcall CLEARING_HOUSE.position_slot(market_id, account_id)
    if word == 0:
        return empty(Standing)
    account: uint256 = staticcall CLEARING_HOUSE.account_word(account_id)
    legs: margin.Legs = empty(margin.Legs)
    rest: uint256 = ledger._markets(account)
    for _: uint256 in range(8):
        if rest == 0:
            break
        leg_market: uint256 = rest & 255
        rest >>= 8
        leg: uint256 = staticcall CLEARING_HOUSE.position_slot(leg_market, account_id)
        legs = margin._with_leg(legs, leg, self._market(leg_market), staticcall ROUTER.peek(leg_market))

    market: markets.Market = self._market(market_id)
    errors._require(market.mark != 0, "oracle: no valid price")
    size: int256 = queue._size(word)
    equity: int256 = margin._favoured_equity(ledger._cash(account), legs)
    own: uint256 = margin._maintenance(size, market)
    loss: uint256 = margin._loss_up(size, market.mark, queue._entry(word))
    return Standing(
        size=size,
        market=market,
        equity=equity,
        maintenance=legs.maintenance,
        own_maintenance=own,
        shortfall=bankruptcy._shortfall(equity, loss, legs.loss, own, legs.maintenance),
    )


@internal
@view
def _market(market_id: uint256) -> markets.Market:
    state: IClearingHouse.MarketState = staticcall CLEARING_HOUSE.market_state(market_id)
    return markets.Market(
        params=state.params,
        index=state.index,
        open_interest=state.open_interest,
        premium=state.premium,
        touched=state.touched,
        mark=state.mark,
    )


@internal
@view
def _last_price(market_id: uint256) -> uint256:
    quote: IOracleRouter.Quote = staticcall ROUTER.peek(market_id)
    return quote.price


@internal
@pure
def _open_markets(word: uint256) -> DynArray[uint256, 8]:
    found: DynArray[uint256, 8] = []
    rest: uint256 = ledger._markets(word)
    for _: uint256 in range(8):
        if rest == 0:
            break
        found.append(rest & 255)
        rest >>= 8
    return found


@internal
@pure
def _view(account_id: uint256, word: uint256, price: uint256) -> PositionView:
    size: int256 = 0
    entry_price: uint256 = 0
    tier: uint256 = 0
    size, entry_price, tier = queue._unpack(word)
    return PositionView(
        account_id=account_id,
        size=size,
        entry_price=entry_price,
        leverage=constants._leverage_of(tier),
        roe=queue._roe(entry_price, tier, size > 0, price),
        parked=queue._is_parked(word),
    )


@internal
@view
def _ranked(
    market_id: uint256, is_long: bool, skip: uint256, count: uint256
) -> DynArray[PositionView, MAX_BATCH]:
    """
    @notice The merged queue from rank `skip` on: best ROE first, then the lower tier, then first come.
    """
    ranked: DynArray[PositionView, MAX_BATCH] = []
    price: uint256 = staticcall CLEARING_HOUSE.mark_price(market_id)
    heads: uint256 = staticcall CLEARING_HOUSE.heads_slot(market_id, is_long)
    # The next node of each tier's list and its word.
    nodes: PositionView[8] = empty(PositionView[8])
    words: uint256[8] = empty(uint256[8])
    for tier: uint256 in range(constants.TIERS):
        node: uint256 = (heads >> (tier << 5)) & queue.MASK_32
        if node != 0:
            words[tier] = staticcall CLEARING_HOUSE.position_slot(market_id, node)
            nodes[tier] = self._view(node, words[tier], price)

    passed: uint256 = 0
    for _: uint256 in range(constants.MAX_ACCOUNT_ID):
        best: uint256 = constants.NO_TIER
        for tier: uint256 in range(constants.TIERS):
            if words[tier] != 0 and (best == constants.NO_TIER or nodes[tier].roe > nodes[best].roe):
                best = tier
        if best == constants.NO_TIER or len(ranked) == min(count, MAX_BATCH):
            break
        if passed >= skip:
            ranked.append(nodes[best])
        passed += 1
        node: uint256 = (words[best] >> queue.NEXT_SHIFT) & queue.MASK_32
        words[best] = 0
        if node != 0:
            words[best] = staticcall CLEARING_HOUSE.position_slot(market_id, node)
            nodes[best] = self._view(node, words[best], price)
    return ranked
