# pragma version 0.4.3
# pragma nonreentrancy on
# pragma optimize codesize
"""
@title Governance: markets, their parameters, and who may change them
@license MIT
@notice Lists markets and sets their parameters within hard bounds, and puts a market into reduce-only. It holds no
        money; the parameters live as two packed words in ClearingHouse, which takes them from this contract alone.

        What is worse for holders of positions waits 48 h after its event (which changes those are, and why:
        modules/market_bounds.vy); the rest is at once. One such value makes the whole set wait, so none can hide among
        harmless ones. A later `set_market` replaces what is scheduled and starts its own 48 h, so that applying an old
        set never rolls back a newer one. Anyone may apply a set once it is due: it is no option in the owner's hands.
        Reduce-only is apart from the parameters: neither `set_market` nor `apply_market` changes it.

        The hard bounds and their reasons are in modules/market_bounds.vy.
@custom:security The owner (meant to be a timelock or Safe) is trusted within the bounds and the delay above; the
        guardian is trusted with reduce-only alone, to lift it too since the owner may be slow. Both words of a market
        are only as right as OracleRouter, whose mark and source configuration are read here.
@custom:kill `set_reduce_only(0, True)` by the guardian or the owner. Nothing here stops deposits, withdrawals,
        reductions, liquidation or deleveraging.
"""

from snekmate.auth import ownable
from snekmate.auth import ownable_2step

from contracts.interfaces import IClearingHouse
from contracts.interfaces import IGovernance
from contracts.interfaces import IOracleRouter
from contracts.modules import constants
from contracts.modules import market_bounds
from contracts.modules import market_packing
from contracts.modules import market_words

implements: IGovernance
initializes: ownable
initializes: ownable_2step[ownable := ownable]

# Not `renounce_ownership`: markets that nobody can mend would stay.
exports: (
    ownable_2step.owner,
    ownable_2step.pending_owner,
    ownable_2step.transfer_ownership,
    ownable_2step.accept_ownership,
)


# Parameters waiting to be applied; the reduce-only bit is not part of them.
struct Scheduled:
    params: uint256
    liquidation: uint256
    # Unix second; 0: nothing scheduled.
    effective_at: uint256


# Between the event that announces a worse set and its application.
DELAY: constant(uint256) = 48 * 3600

# The computed address: ClearingHouse is deployed later and names this contract in its own code.
clearing_house: public(immutable(address))
router: public(immutable(address))
# One whole collateral token in quote units, 10**d.
TOKEN: immutable(uint256)
# 10**(36 - d): base * price / SCALE is quote units.
SCALE: immutable(uint256)

# Written by `set_guardian`.
guardian: public(address)
# Ids 1 to this are listed. Written by `list_market`.
market_count: public(uint256)
# By market id. Written by `set_market`, emptied by `set_market`, `apply_market` and `cancel_scheduled`.
_scheduled: HashMap[uint256, Scheduled]


@deploy
def __init__(clearing_house_: address, router_: address, collateral_decimals: uint256):
    """
    @param clearing_house_ Where ClearingHouse will be deployed (the address is computed beforehand).
    @param collateral_decimals Of ClearingHouse's token: 6 or 18.
    """
    assert clearing_house_ != empty(address) and router_ != empty(address), "governance: zero address"
    assert collateral_decimals == 6 or collateral_decimals == 18, "governance: decimals"
    ownable.__init__()
    ownable_2step.__init__()
    clearing_house = clearing_house_
    router = router_
    TOKEN = 10**collateral_decimals
    SCALE = 10**(36 - collateral_decimals)


# ---- owner


@external
def list_market(params: IGovernance.MarketParams) -> uint256:
    """
    @notice List the next market under `params`, at once.
    @dev The source must be set in OracleRouter, under the id to come, and its price valid now.
    @return The market's id.
    """
    ownable._check_owner()
    market_id: uint256 = self.market_count + 1
    assert market_id <= constants.MAX_MARKETS, "market: too many"
    word: uint256 = 0
    liquidation: uint256 = 0
    word, liquidation = market_packing._pack(params, TOKEN)
    market_bounds._check(params)
    self._check_source(market_id, params.max_leverage)
    market_bounds._check_funding_depth(params, self._mark(market_id), SCALE)

    self.market_count = market_id
    extcall IClearingHouse(clearing_house).write_market(market_id, word, liquidation)
    log IGovernance.MarketListed(market_id=market_id, params=params)
    return market_id


@external
def set_market(market_id: uint256, params: IGovernance.MarketParams):
    """
    @notice Replace all parameters: at once, or after 48 h if any is worse for a holder. Drops what was scheduled.
    @dev The mark must be valid unless the set has no funding, so a market whose source died can still be tightened.
    """
    ownable._check_owner()
    old_word: uint256 = self._listed_word(market_id)
    old_liquidation: uint256 = staticcall IClearingHouse(clearing_house).liquidation_word(market_id)
    word: uint256 = 0
    liquidation: uint256 = 0
    word, liquidation = market_packing._pack(params, TOKEN)
    market_bounds._check(params)
    self._check_source(market_id, params.max_leverage)
    if params.funding_cap != 0:
        market_bounds._check_funding_depth(params, self._mark(market_id), SCALE)

    self._drop_scheduled(market_id)
    old_params: IGovernance.MarketParams = market_packing._unpack(old_word, old_liquidation, TOKEN)
    if market_bounds._is_worse(old_params, params):
        effective_at: uint256 = block.timestamp + DELAY
        self._scheduled[market_id] = Scheduled(params=word, liquidation=liquidation, effective_at=effective_at)
        log IGovernance.MarketScheduled(
            market_id=market_id, old_params=old_params, new_params=params, effective_at=effective_at
        )
    else:
        self._put_in_force(market_id, old_params, params, word, liquidation)


@external
def cancel_scheduled(market_id: uint256):
    """
    @notice Withdraw the scheduled parameters.
    """
    ownable._check_owner()
    assert self._scheduled[market_id].effective_at != 0, "market: nothing scheduled"
    self._drop_scheduled(market_id)


@external
def set_guardian(guardian: address):
    """
    @notice Replace the guardian; empty: none.
    """
    ownable._check_owner()
    log IGovernance.GuardianSet(old_guardian=self.guardian, new_guardian=guardian)
    self.guardian = guardian


@external
def set_vault_fee_share(share: uint256):
    """
    @notice The vault's share of trading fees, WAD. ClearingHouse's event has the old and the new one, in ppm.
    """
    ownable._check_owner()
    assert share <= constants.WAD, "fees: share above 1"
    assert share % constants.WAD_PER_PPM == 0, "fees: share unit"
    extcall IClearingHouse(clearing_house).set_vault_fee_share(share // constants.WAD_PER_PPM)


@external
def collect_treasury(receiver: address):
    """
    @notice Pay the treasury's credit out to `receiver`; ClearingHouse refuses one that would lose it.
    """
    ownable._check_owner()
    extcall IClearingHouse(clearing_house).collect_treasury(receiver)


# ---- guardian or owner


@external
def set_reduce_only(market_id: uint256, on: bool):
    """
    @notice Whether positions of the market (0: of every listed market) may only be reduced. Needs no price.
    """
    assert msg.sender == self.guardian or msg.sender == ownable.owner, "governance: not guardian"
    if market_id != 0:
        self._write_reduce_only(market_id, on)
    else:
        for i: uint256 in range(self.market_count, bound=constants.MAX_MARKETS):
            self._write_reduce_only(i + 1, on)


# ---- anyone


@external
def apply_market(market_id: uint256):
    """
    @notice Put the scheduled parameters in force.
    @dev The source may have been replaced since, so its bound is checked again; the other bounds cannot have changed.
    """
    next: Scheduled = self._scheduled[market_id]
    assert next.effective_at != 0, "market: nothing scheduled"
    assert block.timestamp >= next.effective_at, "market: too early"
    params: IGovernance.MarketParams = market_packing._unpack(next.params, next.liquidation, TOKEN)
    self._check_source(market_id, params.max_leverage)

    self._scheduled[market_id] = empty(Scheduled)
    old_params: IGovernance.MarketParams = self._params(market_id)
    self._put_in_force(market_id, old_params, params, next.params, next.liquidation)


# ---- views


@external
@view
def market_params(market_id: uint256) -> IGovernance.MarketParams:
    """
    @notice The parameters in force of a listed market.
    """
    return self._params(market_id)


@external
@view
def is_reduce_only(market_id: uint256) -> bool:
    return market_words._is_reduce_only(self._listed_word(market_id))


@external
@view
def scheduled(market_id: uint256) -> (IGovernance.MarketParams, uint256):
    """
    @notice The scheduled parameters and when they may be applied (Unix second); zeros if there are none.
    """
    next: Scheduled = self._scheduled[market_id]
    if next.effective_at == 0:
        return empty(IGovernance.MarketParams), 0
    return market_packing._unpack(next.params, next.liquidation, TOKEN), next.effective_at


# ---- internal


@internal
@view
def _check_source(market_id: uint256, max_leverage: uint256):
    config: IOracleRouter.SourceConfig = staticcall IOracleRouter(router).source_config(market_id)
    assert config.source != empty(address), "market: no source"
    market_bounds._check_threshold(max_leverage, config.update_threshold)


@internal
def _mark(market_id: uint256) -> uint256:
    """
    @notice The valid mark price, after asking a polled source.
    """
    quote: IOracleRouter.Quote = extcall IOracleRouter(router).refresh(market_id)
    assert quote.valid, "market: no price"
    return quote.price


@internal
@view
def _listed_word(market_id: uint256) -> uint256:
    """
    @notice The params word in force; refuses ids that are not listed.
    """
    assert market_id != 0 and market_id <= self.market_count, "market: not listed"
    return staticcall IClearingHouse(clearing_house).params_word(market_id)


@internal
@view
def _params(market_id: uint256) -> IGovernance.MarketParams:
    word: uint256 = self._listed_word(market_id)
    return market_packing._unpack(word, staticcall IClearingHouse(clearing_house).liquidation_word(market_id), TOKEN)


@internal
def _drop_scheduled(market_id: uint256):
    effective_at: uint256 = self._scheduled[market_id].effective_at
    if effective_at != 0:
        self._scheduled[market_id] = empty(Scheduled)
        log IGovernance.ScheduleCancelled(market_id=market_id, effective_at=effective_at)


@internal
def _put_in_force(
    market_id: uint256,
    old_params: IGovernance.MarketParams,
    new_params: IGovernance.MarketParams,
    word: uint256,
    liquidation: uint256,
):
    reduce_only: uint256 = self._listed_word(market_id) & market_words.REDUCE_ONLY_BIT
    extcall IClearingHouse(clearing_house).write_market(market_id, word | reduce_only, liquidation)
    log IGovernance.MarketSet(market_id=market_id, old_params=old_params, new_params=new_params)


@internal
def _write_reduce_only(market_id: uint256, on: bool):
    old_word: uint256 = self._listed_word(market_id)
    word: uint256 = old_word & ~market_words.REDUCE_ONLY_BIT
    if on:
        word |= market_words.REDUCE_ONLY_BIT
    extcall IClearingHouse(clearing_house).write_market(
        market_id, word, staticcall IClearingHouse(clearing_house).liquidation_word(market_id)
    )
    log IGovernance.ReduceOnlySet(
        market_id=market_id, old_reduce_only=market_words._is_reduce_only(old_word), new_reduce_only=on
    )
