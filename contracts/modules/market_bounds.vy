# pragma version 0.4.3
"""
@title What a set of market parameters may be, and which changes have to wait
@license MIT
@notice Pure. Hard bounds, and why:
        - target * maintenance <= 1 / max leverage: who just met the initial requirement is above the liquidation
          target, hence not liquidatable (MAR-1);
        - penalty <= maintenance / 2 and target >= 1: so target * maintenance - penalty >= maintenance / 2 > 0, which
          the liquidation size divides by, and half of the margin is left for the price to move;
        - reward <= penalty: the liquidator is paid by the account, never by the vault;
        - maker fee and taker fee <= maintenance / 2 each: an account above maintenance can pay the fee of a close;
        - 1 / max leverage >= 2 x the source's update threshold: the margin outlasts what the source leaves unsaid;
        - funding cap * 1 h / 8 h <= maintenance / 2: the most that one touch charges;
        - funding depth >= value of the open-interest cap at the mark * funding cap * (tau / 8 h) / (maker + taker fee):
          pinning the premium by wash trades costs more in fees than the whole market's funding pays.

        A trader opened a position, or signed an order that rests, under the parameters of that day. What is worse for
        a holder waits, long enough to close at the old terms:
        - a higher maintenance rate: healthy positions become liquidatable;
        - a lower max leverage: the initial requirement jumps, and withdrawals stop;
        - a higher liquidation target or penalty: a liquidation takes more;
        - a higher minimum notional: partial liquidations become full ones (nothing below the minimum may remain), and
          a close finds fewer who may take its other side;
        - a higher maker or taker fee: leaving costs more, and resting orders were signed for the old one;
        - a higher funding cap: a position may be charged more per hour.
        Not so, hence at once: easier terms; the liquidator's part of the penalty; the band (a signer is protected by
        its limit price); depth and tau (the hourly charge stays within the cap); the open-interest cap and bounds
        (they raise initial requirements only and never liquidate; a reduction that does not lower equity /
        maintenance passes whatever they are).
@dev For parameters that `market_packing._pack` took: their widths bound every product here far below 2**256.
"""

from contracts.interfaces import IGovernance
from contracts.modules import constants
from contracts.modules import fixed_point

# Funding is quoted per 8 h and charged for at most 1 h per touch.
FUNDING_PERIOD: constant(uint256) = 8 * 3600
TOUCHES_PER_PERIOD: constant(uint256) = 8


@internal
@pure
def _check(params: IGovernance.MarketParams):
    """
    @notice The bounds within a set.
    """
    assert params.maintenance_rate > 0, "market: zero maintenance"
    assert params.liquidation_target >= constants.WAD, "market: target below 1"
    assert (
        params.liquidation_target * params.maintenance_rate * params.max_leverage <= constants.WAD**2
    ), "market: target above initial"
    assert 2 * params.liquidation_penalty <= params.maintenance_rate, "market: penalty too high"
    assert params.liquidator_reward <= params.liquidation_penalty, "market: reward above penalty"
    assert 2 * params.maker_fee <= params.maintenance_rate, "market: maker fee too high"
    assert 2 * params.taker_fee <= params.maintenance_rate, "market: taker fee too high"
    assert params.price_band > 0, "market: zero band"
    assert params.price_band < constants.WAD, "market: band too wide"
    assert params.open_interest_cap <= constants.MAX_SIZE, "market: cap too high"
    assert params.open_interest_lower < params.open_interest_upper, "market: bounds out of order"
    assert params.min_notional > 0, "market: zero min notional"
    assert params.funding_tau > 0, "market: zero funding tau"
    # Divides every sample, also without funding.
    assert params.funding_depth > 0, "market: zero funding depth"
    assert 2 * params.funding_cap <= params.maintenance_rate * TOUCHES_PER_PERIOD, "market: funding cap too high"
    assert params.funding_cap == 0 or params.maker_fee + params.taker_fee > 0, "market: funding without fees"


@internal
@pure
def _check_threshold(max_leverage: uint256, update_threshold: uint256):
    """
    @notice The bound against the market's price source.
    """
    # max_leverage * 2 * update_threshold <= 1, divided out so that an absurd threshold cannot overflow.
    assert update_threshold <= constants.WAD // (2 * max_leverage), "market: source too coarse"


@internal
@pure
def _check_funding_depth(params: IGovernance.MarketParams, mark: uint256, scale: uint256):
    """
    @notice The bound against the mark price, multiplied out.
    """
    cap_value: uint256 = fixed_point._notional_up(params.open_interest_cap, mark, scale)
    # Left < 2**96 * 2**57 * 2**15, right < 2**123 * 2**60 * 2**20.
    assert (
        params.funding_depth * (params.maker_fee + params.taker_fee) * FUNDING_PERIOD
        >= cap_value * params.funding_cap * params.funding_tau
    ), "market: funding depth too low"


@internal
@pure
def _is_worse(old: IGovernance.MarketParams, new: IGovernance.MarketParams) -> bool:
    """
    @notice Whether holders must be given time before `new` replaces `old`.
    """
    return (
        new.maintenance_rate > old.maintenance_rate
        or new.max_leverage < old.max_leverage
        or new.liquidation_target > old.liquidation_target
        or new.liquidation_penalty > old.liquidation_penalty
        or new.min_notional > old.min_notional
        or new.maker_fee > old.maker_fee
        or new.taker_fee > old.taker_fee
        or new.funding_cap > old.funding_cap
    )
