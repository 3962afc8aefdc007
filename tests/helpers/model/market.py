"""One market: its parameters, its open interest and its funding."""

from dataclasses import dataclass, replace

from tests.helpers.model.arithmetic import (
    LEVERAGES,
    PPM,
    WAD,
    clamp,
    floor_div,
    initial_requirement,
    maintenance_requirement,
    notional_down,
    trunc_div,
    wad_exp,
)

WAD_PER_PPM = WAD // PPM
# One unit of premium is 1e-11 of the mark.
PREMIUM_ONE = 10**11
PREMIUM_PER_PPM = PREMIUM_ONE // PPM
FUNDING_PERIOD = 8 * 3600
# Seconds charged at most per touch.
MAX_GAP = 3600
MAX_INDEX = 2**87 - 1


def ppm_of(rate: int) -> int:
    """A WAD rate as stored; one that parts per million cannot hold is refused."""
    if rate % WAD_PER_PPM != 0:
        raise ValueError(f"{rate} is not a whole number of parts per million")
    return rate // WAD_PER_PPM


@dataclass(frozen=True)
class MarketParams:
    """A market's parameters in their external units: WAD rates, base sizes, quote amounts, seconds."""

    max_leverage: int
    maintenance_rate: int
    maker_fee: int
    taker_fee: int
    price_band: int
    open_interest_cap: int
    open_interest_lower: int
    open_interest_upper: int
    min_notional: int
    funding_cap: int
    funding_depth: int
    funding_tau: int
    liquidation_target: int
    liquidation_penalty: int
    liquidator_reward: int

    def __post_init__(self) -> None:
        if self.max_leverage not in LEVERAGES:
            raise ValueError("max leverage is not a tier")
        if self.open_interest_upper <= self.open_interest_lower:
            raise ValueError("open interest bounds")
        if self.funding_depth <= 0 or self.funding_tau <= 0:
            raise ValueError("funding depth and tau must be positive")
        for rate in (
            self.maintenance_rate,
            self.maker_fee,
            self.taker_fee,
            self.price_band,
            self.liquidation_target,
            self.liquidation_penalty,
            self.liquidator_reward,
        ):
            ppm_of(rate)
        ppm_of(self.funding_cap)

    @property
    def maintenance_ppm(self) -> int:
        return ppm_of(self.maintenance_rate)

    @property
    def maker_fee_ppm(self) -> int:
        return ppm_of(self.maker_fee)

    @property
    def taker_fee_ppm(self) -> int:
        return ppm_of(self.taker_fee)

    @property
    def band_ppm(self) -> int:
        return ppm_of(self.price_band)

    @property
    def target_ppm(self) -> int:
        return ppm_of(self.liquidation_target)

    @property
    def penalty_ppm(self) -> int:
        return ppm_of(self.liquidation_penalty)

    @property
    def reward_ppm(self) -> int:
        return ppm_of(self.liquidator_reward)

    @property
    def premium_cap(self) -> int:
        """Largest sample, in units of premium."""
        return ppm_of(self.funding_cap) * PREMIUM_PER_PPM


@dataclass(frozen=True)
class Funding:
    """What one unit of long has paid since listing, the premium that is being charged, and the clock."""

    index: int = 0
    premium: int = 0
    touched: int = 0

    def accrued(self, now: int, price: int, tau: int) -> "Funding":
        """The state after a touch at `now` with the valid mark `price`."""
        elapsed = now - self.touched
        if elapsed <= 0:
            return self
        charged = min(elapsed, MAX_GAP)
        paid = WAD - wad_exp(-(charged * WAD // tau))
        index = self.index + floor_div(self.premium * price * tau * paid, FUNDING_PERIOD * PREMIUM_ONE * WAD)
        premium = trunc_div(self.premium * wad_exp(-(elapsed * WAD // tau)), WAD)
        return Funding(clamp(index, MAX_INDEX), premium, now)

    def sampled(self, fill_price: int, mark: int, notional: int, cap: int, depth: int) -> "Funding":
        """The state after a fill of `notional` at `fill_price`, accrued before."""
        sample = clamp(trunc_div((fill_price - mark) * PREMIUM_ONE, mark), cap)
        weight = min(notional, depth)
        premium = self.premium + trunc_div((sample - self.premium) * weight, depth)
        return replace(self, premium=premium)


@dataclass(frozen=True)
class Market:
    """A listed market as the ClearingHouse stores it; replaced, never changed in place."""

    params: MarketParams
    scale: int
    reduce_only: bool = False
    funding: Funding = Funding()
    open_interest: int = 0

    def accrue(self, now: int, price: int, valid: bool) -> "Market":
        """Touch the market; without a valid price nothing changes, not even the clock."""
        if not valid:
            return self
        return replace(self, funding=self.funding.accrued(now, price, self.params.funding_tau))

    def sample(self, size: int, fill_price: int, mark: int) -> "Market":
        """Let a fill of `size` move the premium."""
        notional = notional_down(size, mark, self.scale)
        params = self.params
        moved = self.funding.sampled(fill_price, mark, notional, params.premium_cap, params.funding_depth)
        return replace(self, funding=moved)

    def initial(self, size: int, price: int, leverage: int) -> int:
        """Initial requirement of a position at the market's present open interest."""
        return initial_requirement(
            size,
            price,
            leverage,
            open_interest=self.open_interest,
            lower=self.params.open_interest_lower,
            upper=self.params.open_interest_upper,
            max_leverage=self.params.max_leverage,
            scale=self.scale,
        )

    def maintenance(self, size: int, price: int) -> int:
        """Maintenance requirement of a position."""
        return maintenance_requirement(size, price, self.params.maintenance_ppm, self.scale)
