# pragma version 0.4.3
"""
@title Market parameters to and from their two words
@license MIT
@notice Exact in both directions: a value that is not a whole number of its stored unit, or more of them than its
        field holds, is refused with that field's own reason. Whether the values make sense together is Governance's
        business. The layout is market_words'.
@dev `token` is 10**d, one whole collateral token in quote units, d >= 2.
"""

from contracts.interfaces import IGovernance
from contracts.modules import constants
from contracts.modules import market_words

# 8-bit field.
MAX_TAU_HOURS: constant(uint256) = 255
HOUR: constant(uint256) = 3600
# The minimum notional is stored in hundredths of a token.
CENTS: constant(uint256) = 100


@internal
@pure
def _units(amount: uint256, unit: uint256, limit: uint256, reason: String[32]) -> uint256:
    """
    @notice `amount` counted in `unit` > 0, refused unless it is whole and at most `limit`.
    """
    assert amount % unit == 0 and amount // unit <= limit, reason
    return amount // unit


@internal
@pure
def _pack(params: IGovernance.MarketParams, token: uint256) -> (uint256, uint256):
    """
    @notice The params and liquidation words of a listed market, reduce-only off.
    @dev Every field was checked against its width by `_units`, so no shift can spill into the next one.
    """
    tier: uint256 = constants._tier_of(params.max_leverage)
    assert tier != constants.NO_TIER, "market: no such tier"
    # A multiple of 1e15, hence divisible by 10,000: the parts of the cap are exact.
    cap: uint256 = self._units(params.open_interest_cap, market_words.CAP_UNIT, market_words.MASK_51, "market: cap unit")
    assert cap != 0, "market: zero cap"
    part: uint256 = params.open_interest_cap // market_words.BOUND_PARTS

    word: uint256 = tier | market_words.LISTED_BIT
    word |= self._units(
        params.maintenance_rate, constants.WAD_PER_PPM, market_words.MASK_20, "market: maintenance unit"
    ) << market_words.MAINTENANCE_SHIFT
    word |= self._units(
        params.maker_fee, constants.WAD_PER_PPM, market_words.MASK_16, "market: maker fee unit"
    ) << market_words.MAKER_FEE_SHIFT
    word |= self._units(
        params.taker_fee, constants.WAD_PER_PPM, market_words.MASK_16, "market: taker fee unit"
    ) << market_words.TAKER_FEE_SHIFT
    word |= self._units(
        params.price_band, constants.WAD_PER_PPM, market_words.MASK_20, "market: band unit"
    ) << market_words.BAND_SHIFT
    word |= self._units(
        params.min_notional, token // CENTS, market_words.MASK_32, "market: min notional unit"
    ) << market_words.MIN_NOTIONAL_SHIFT
    word |= cap << market_words.CAP_SHIFT
    word |= self._units(
        params.open_interest_lower, part, market_words.MASK_16, "market: lower bound unit"
    ) << market_words.LOWER_SHIFT
    word |= self._units(
        params.open_interest_upper, part, market_words.MASK_16, "market: upper bound unit"
    ) << market_words.UPPER_SHIFT
    word |= self._units(
        params.funding_cap, constants.WAD_PER_PPM, market_words.MASK_20, "market: funding cap unit"
    ) << market_words.FUNDING_CAP_SHIFT
    word |= self._units(
        params.funding_depth, token, market_words.MASK_36, "market: funding depth unit"
    ) << market_words.DEPTH_SHIFT
    word |= self._units(
        params.funding_tau, HOUR, MAX_TAU_HOURS, "market: funding tau unit"
    ) << market_words.TAU_SHIFT

    liquidation: uint256 = self._units(
        params.liquidation_target, constants.WAD_PER_PPM, market_words.MASK_24, "market: target unit"
    )
    liquidation |= self._units(
        params.liquidation_penalty, constants.WAD_PER_PPM, market_words.MASK_20, "market: penalty unit"
    ) << market_words.PENALTY_SHIFT
    liquidation |= self._units(
        params.liquidator_reward, constants.WAD_PER_PPM, market_words.MASK_20, "market: reward unit"
    ) << market_words.REWARD_SHIFT
    return word, liquidation


@internal
@pure
def _unpack(word: uint256, liquidation: uint256, token: uint256) -> IGovernance.MarketParams:
    """
    @notice The parameters that `_pack` put into the two words.
    """
    return IGovernance.MarketParams(
        max_leverage=constants._leverage_of(market_words._max_tier(word)),
        maintenance_rate=market_words._maintenance_ppm(word) * constants.WAD_PER_PPM,
        maker_fee=market_words._maker_fee_ppm(word) * constants.WAD_PER_PPM,
        taker_fee=market_words._taker_fee_ppm(word) * constants.WAD_PER_PPM,
        price_band=market_words._band_ppm(word) * constants.WAD_PER_PPM,
        open_interest_cap=market_words._open_interest_cap(word),
        open_interest_lower=market_words._open_interest_lower(word),
        open_interest_upper=market_words._open_interest_upper(word),
        min_notional=market_words._min_notional_cents(word) * (token // CENTS),
        funding_cap=market_words._funding_cap_ppm(word) * constants.WAD_PER_PPM,
        funding_depth=market_words._funding_depth_tokens(word) * token,
        funding_tau=market_words._funding_tau(word),
        liquidation_target=market_words._target_ppm(liquidation) * constants.WAD_PER_PPM,
        liquidation_penalty=market_words._penalty_ppm(liquidation) * constants.WAD_PER_PPM,
        liquidator_reward=market_words._reward_ppm(liquidation) * constants.WAD_PER_PPM,
    )
