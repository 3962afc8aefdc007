"""A venue by hand: a book fed with the events of a few markets and accounts, at round numbers.

A collateral of 6 decimals; maintenance 0.5 %, target 1.25, penalty 0.2 %, reward 0.1 %, no fees, no funding,
as in section 7 of contracts/WATERFALL.md.
"""

from collections.abc import Mapping

from keeper.arithmetic import LEVERAGES, value
from keeper.book.book import Book
from keeper.book.events import Event
from keeper.strategy.plan import plan
from keeper.types import ActionKey, BlockRef, Facts, Limits, Mark, Observation, Own, Plan, Side

WAD = 10**18
SCALE = 10**30
TOKEN = 10**6
START = 1_700_000_000
MAX_AGE = 100_000
ME = 0xB0B
# Source, second, polled, max age, max move, confirm, stale move, update threshold.
SOURCE = (0xA, 0, 0, MAX_AGE, 10**17, 60, 5 * 10**17, 10**15)
TAU_HOURS = 8
LIMITS = Limits()


def params_word(max_tier: int = 6, min_notional_cents: int = 1_000, upper: int = 10_000) -> int:
    """50x; a minimum of 10 tokens; the requirement grows from half of the cap to `upper` / 10,000 of it."""
    cap = 10**9
    fields = ((max_tier, 0), (1, 4), (5_000, 5), (min_notional_cents, 77), (cap, 109), (5_000, 160))
    return sum(each << shift for each, shift in (*fields, (upper, 176), (1, 212), (TAU_HOURS, 248)))


LIQUIDATION_WORD = 1_250_000 | 2_000 << 24 | 1_000 << 44


class Town:
    """Every call is a block of one second."""

    def __init__(self, *prices: int, source: tuple[int, ...] = SOURCE, params: int | None = None) -> None:
        self.book = Book(SCALE)
        self.capacity: dict[int, int] = {}
        self.capacity_overall = 0
        self.gate_until = 0
        self.answers: dict[tuple[int, int], Observation] = {}
        # Seconds by which block numbers lag behind the clock.
        self._skipped = 0
        for market_id, price in enumerate(prices, 1):
            self.capacity[market_id] = 0
            self.happen(
                ("SourceSet", (market_id, *(0,) * 8, *source)),
                ("PriceAccepted", (market_id, price * WAD, self.now)),
                ("MarketWritten", (market_id, params or params_word(), LIQUIDATION_WORD)),
            )

    @property
    def number(self) -> int:
        """Of the next block."""
        return 1 if self.book.head is None else self.book.head.number + 1

    @property
    def now(self) -> int:
        return START + self.number + self._skipped

    def now_is(self, at: int) -> None:
        """Let a block come at that time."""
        self._skipped += at - self.now
        self.happen()

    @property
    def marks(self) -> dict[int, Mark]:
        assert self.book.head is not None
        return self.book.marks(self.book.head.timestamp)

    def happen(self, *entries: tuple[str, tuple[int, ...]]) -> None:
        number = self.number
        block = BlockRef(number, f"0x{number:064x}", f"0x{number - 1:064x}", self.now)
        events = [Event(name, number, "0x01", index, args) for index, (name, args) in enumerate(entries)]
        self.book.apply(block, events)

    def insure(self, overall: int, **capacity: int) -> None:
        """What the vault would pay: m1=..., m2=..."""
        self.capacity_overall = overall
        self.capacity |= {int(name[1:]): amount for name, amount in capacity.items()}

    def reprice(self, **prices: float) -> None:
        """m1=3_812"""
        for name, price in prices.items():
            self.happen(("PriceAccepted", (int(name[1:]), int(price * WAD), self.now)))

    def account(self, deposit: int, **positions: tuple[float, float, int]) -> int:
        """Its id; m1=(size, entry price, leverage), filled at the entry. Quote units."""
        account_id = self.book.accounts.count + 1
        self.happen(("AccountOpened", (account_id, ME)), ("Deposited", (account_id, ME, deposit, deposit)))
        for name, position in positions.items():
            self.open(account_id, int(name[1:]), *position)
        return account_id

    def open(self, account_id: int, market_id: int, size: float, entry: float, leverage: int) -> None:
        held, price = round(size * WAD), round(entry * WAD)
        cash = self.book.accounts.cash_of(account_id) - value(held, price, 0, SCALE)
        self.happen(("PositionChanged", (account_id, market_id, held, price, leverage, cash, price, 1)))

    def park(self, account_id: int, market_id: int) -> None:
        self.happen(("PassedOver", (account_id, market_id, account_id, 0, -1)))

    def flag(self, account_id: int, age: int) -> None:
        """Flagged so many seconds before the present."""
        self.happen(("Flagged", (account_id, self.now - age, 1)))

    def pending(self, market_id: int, price: int) -> None:
        accepted = self.book.markets[market_id].price
        self.happen(("PricePending", (market_id, price * WAD, self.now, accepted)))

    def say(self, market_id: int, price: float, age: int = 0, second: bool = False) -> None:
        """What the market's source, or its second one, answers from now on; price 0: in doubt."""
        source = self.book.markets[market_id].source
        asked = source.second_source if second else source.source
        self.answers[market_id, asked] = Observation(int(price * WAD), self.now - age)

    @property
    def facts(self) -> Facts:
        assert self.book.head is not None
        return Facts(
            block=self.book.head,
            capacity=self.capacity,
            capacity_overall=self.capacity_overall,
            gate_until=self.gate_until,
            gate_floor=0,
            gas_price=10**9,
            answers=self.answers,
        )

    def plan(
        self,
        own_id: int = 0,
        busy: frozenset[ActionKey] = frozenset(),
        beaten: frozenset[Side] = frozenset(),
        synced: Mapping[int, int] | None = None,
        limits: Limits = LIMITS,
    ) -> Plan:
        return plan(
            self.book,
            self.marks,
            self.facts,
            limits,
            Own(own_id),
            busy,
            beaten=beaten,
            synced=synced,
        )


def tier(leverage: int) -> int:
    return LEVERAGES.index(leverage)
