"""What the chain knows of a market beside its positions: parameters, funding, price record, source.

Open interest is the book's, `Book.open_interest`.
"""

from dataclasses import astuple, dataclass, replace

from keeper.arithmetic import PPM, WAD, accrue
from keeper.types import Mark, SourceConfig


@dataclass(frozen=True, slots=True)
class MarketParams:
    """Unpacked parameter words, contracts/modules/market_words.vy. Rates are ppm."""

    word: int
    liquidation_word: int
    listed: bool
    reduce_only: bool
    max_tier: int
    maintenance_ppm: int
    maker_fee_ppm: int
    taker_fee_ppm: int
    band_ppm: int
    # Quote units.
    min_notional: int
    # Base.
    open_interest_cap: int
    open_interest_lower: int
    open_interest_upper: int
    funding_cap_ppm: int
    # Whole collateral tokens.
    funding_depth: int
    # Seconds.
    funding_tau: int
    target_ppm: int
    penalty_ppm: int
    reward_ppm: int

    @classmethod
    def unpack(cls, word: int, liquidation: int, scale: int) -> "MarketParams":
        cap = _field(word, 109, 51)
        return cls(
            word=word,
            liquidation_word=liquidation,
            max_tier=_field(word, 0, 3),
            reduce_only=bool(_field(word, 3, 1)),
            listed=bool(_field(word, 4, 1)),
            maintenance_ppm=_field(word, 5, 20),
            maker_fee_ppm=_field(word, 25, 16),
            taker_fee_ppm=_field(word, 41, 16),
            band_ppm=_field(word, 57, 20),
            # Packed in hundredths of a token.
            min_notional=_field(word, 77, 32) * (10**34 // scale),
            open_interest_cap=cap * 10**15,
            # Packed in 1/10000 of the cap.
            open_interest_lower=cap * 10**11 * _field(word, 160, 16),
            open_interest_upper=cap * 10**11 * _field(word, 176, 16),
            funding_cap_ppm=_field(word, 192, 20),
            funding_depth=_field(word, 212, 36),
            funding_tau=_field(word, 248, 8) * 3_600,
            target_ppm=_field(liquidation, 0, 24),
            penalty_ppm=_field(liquidation, 24, 20),
            reward_ppm=_field(liquidation, 44, 20),
        )


@dataclass(frozen=True, slots=True)
class Market:
    """Known since its source was set; `params.listed` says whether it trades."""

    market_id: int
    params: MarketParams
    source: SourceConfig
    # Cumulative funding index F, signed price units; premium 1e-11; last touch, Unix seconds.
    index: int = 0
    premium: int = 0
    touched: int = 0
    # The last accepted price, when its source saw it, and the block that accepted it.
    price: int = 0
    updated_at: int = 0
    accepted_block: int = 0
    # The pending bit: not valid until the next price is accepted.
    in_doubt: bool = False
    # The price that waits for confirmation, its time and since when it waits; 0: none.
    waiting_price: int = 0
    waiting_updated_at: int = 0
    waiting_since: int = 0
    # In doubt because its source said so: the accepted observation counts again if the source repeats it.
    disowned: bool = False

    @classmethod
    def unlisted(cls, market_id: int, scale: int) -> "Market":
        return cls(market_id, MarketParams.unpack(0, 0, scale), SourceConfig())

    def is_valid(self, at: int) -> bool:
        """Whether the accepted price is the mark at that time."""
        return not self.in_doubt and self.price != 0 and at <= self.updated_at + self.source.max_age

    def mark(self, at: int) -> Mark:
        """The mark at a time from the last touch on."""
        stale_move_ppm = self.source.stale_move * PPM // WAD
        if not self.is_valid(at):
            return Mark(self.price, False, stale_move_ppm, self.index)
        return Mark(self.price, True, stale_move_ppm, self.funding(at)[0])

    def funding(self, at: int) -> tuple[int, int]:
        """Index and premium accrued to a time; as stored without a valid price."""
        if at <= self.touched or not self.is_valid(at):
            return self.index, self.premium
        return accrue(self.index, self.premium, at - self.touched, self.params.funding_tau, self.price)

    # -- what events make of it

    def written(self, word: int, liquidation: int, scale: int, at: int) -> "Market":
        params = MarketParams.unpack(word, liquidation, scale)
        return replace(self, params=params, touched=self.touched if self.params.listed else at)

    def accrued(self, index: int, premium: int, at: int) -> "Market":
        return replace(self, index=index, premium=premium, touched=at)

    def accepted(self, price: int, updated_at: int, block: int) -> "Market":
        return replace(
            self,
            price=price,
            updated_at=updated_at,
            accepted_block=block,
            in_doubt=False,
            waiting_price=0,
            waiting_updated_at=0,
            waiting_since=0,
            disowned=False,
        )

    def held(self, price: int, updated_at: int, at: int) -> "Market":
        """Price 0: its source has disowned the accepted price, and nothing waits."""
        waiting = (price, updated_at, at) if price else (0, 0, 0)
        return replace(
            self,
            in_doubt=True,
            waiting_price=waiting[0],
            waiting_updated_at=waiting[1],
            waiting_since=waiting[2],
            disowned=price == 0,
        )

    def sourced(self, source: SourceConfig, at: int) -> "Market":
        """A price in doubt, or too old, does not become valid by another configuration. Another source's
        first answer decides, however old the accepted price is."""
        is_another = source.source != self.source.source
        in_doubt = self.price != 0 and (is_another or not self.is_valid(at))
        return replace(
            self,
            source=source,
            updated_at=0 if is_another else self.updated_at,
            in_doubt=in_doubt,
            waiting_price=0,
            waiting_updated_at=0,
            waiting_since=0,
            disowned=False,
        )

    # -- for storage

    def words(self) -> list[int]:
        state = astuple(self)[3:]
        return [
            self.params.word,
            self.params.liquidation_word,
            *map(int, astuple(self.source)),
            *map(int, state),
        ]

    @classmethod
    def of_words(cls, market_id: int, words: list[int], scale: int) -> "Market":
        word, liquidation, source, second, polled, *rest = words
        config = SourceConfig(source, second, bool(polled), *rest[:5])
        params = MarketParams.unpack(word, liquidation, scale)
        index, premium, touched, price, updated_at, block, in_doubt, *waiting = rest[5:-1]
        accepted = (price, updated_at, block, bool(in_doubt))
        market = cls(market_id, params, config, index, premium, touched, *accepted)
        waiting_price, waiting_updated_at, waiting_since = waiting
        return replace(
            market,
            waiting_price=waiting_price,
            waiting_updated_at=waiting_updated_at,
            waiting_since=waiting_since,
            disowned=bool(rest[-1]),
        )


def _field(word: int, shift: int, bits: int) -> int:
    return word >> shift & (1 << bits) - 1
