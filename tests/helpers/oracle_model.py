"""The oracle's rules of acceptance in exact integers, written from the design and not from the contract."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

WAD = 10**18
PPM = 10**6
MIN_PRICE = 10**6
MAX_PRICE = 2**88 - 1

# What a source says: (price, time); (0, 0) if it has nothing or fails; (0, time) if its prices are in doubt.
Observation = tuple[int, int]
SecondSource = Callable[[], Observation]


class Outcome(Enum):
    """What became of an offered price."""

    IGNORED = "ignored"
    ACCEPTED = "accepted"
    # It jumped and now waits for its confirmation.
    PENDING = "pending"
    # Another one near it has been waiting, not yet long enough.
    WAITING = "waiting"
    # The source put the accepted price in doubt.
    DISOWNED = "disowned"


@dataclass(frozen=True)
class OracleConfig:
    """A market's rules: seconds and WAD rates, as in `SourceConfig`."""

    max_age: int
    max_move: int
    confirm: int
    stale_move: int


@dataclass(frozen=True)
class Waiting:
    """A price that jumped, when it was observed and since when it waits."""

    price: int
    updated_at: int
    since: int


@dataclass
class OracleRecord:
    """One market: its rules, its accepted price and what puts that in doubt."""

    config: OracleConfig
    second: SecondSource | None = None
    price: int = 0
    updated_at: int = 0
    block: int = 0
    # The accepted price is not valid until the next one is accepted.
    in_doubt: bool = False
    # Because the source says so, not for a jump or a change of source.
    disowned: bool = False
    waiting: Waiting | None = None

    def is_valid(self, now: int) -> bool:
        """Whether the accepted price is the mark price at `now`."""
        return self.price != 0 and not self.in_doubt and now - self.updated_at <= self.config.max_age


@dataclass
class OracleModel:
    """Every market's record, by market id."""

    records: dict[int, OracleRecord] = field(default_factory=dict)

    def configure(
        self, market: int, config: OracleConfig, now: int, second: SecondSource | None = None
    ) -> None:
        """Put a source into effect: the accepted price stays, a waiting one goes, doubt is not removed."""
        record = self.records.setdefault(market, OracleRecord(config))
        record.in_doubt = record.price != 0 and not record.is_valid(now)
        record.disowned, record.waiting = False, None
        record.config = config
        record.second = second

    def poll(self, market: int, answer: Observation, now: int, block: int) -> Outcome:
        """The market's source is asked and says `answer`; returns what becomes of it."""
        price, updated_at = answer
        if price == 0 and updated_at != 0:
            return self._disown(self.records[market], block)
        return self.offer(market, price, updated_at, now, block)

    def offer(self, market: int, price: int, updated_at: int, now: int, block: int) -> Outcome:
        """The market's source says `price`, observed at `updated_at`; returns what becomes of it."""
        record = self.records[market]
        if not _is_usable(record.config, price, updated_at, now) or updated_at < record.updated_at:
            return Outcome.IGNORED
        # The accepted observation says something new only after its source disowned it.
        if updated_at == record.updated_at and not record.disowned:
            return Outcome.IGNORED
        if record.block == block:
            return Outcome.IGNORED
        waiting = record.waiting
        if waiting is not None and updated_at < waiting.updated_at:
            return Outcome.IGNORED

        if self._is_acceptable(record, price, now):
            record.price, record.updated_at, record.block = price, updated_at, block
            record.in_doubt, record.disowned, record.waiting = False, False, None
            return Outcome.ACCEPTED
        if waiting is not None and _is_near(price, waiting.price, record.config):
            return Outcome.WAITING
        record.in_doubt, record.disowned, record.waiting = True, False, Waiting(price, updated_at, now)
        return Outcome.PENDING

    def quote(self, market: int, now: int) -> tuple[int, bool, int]:
        """The last accepted price, whether it is valid, and the stale move in ppm."""
        record = self.records.get(market)
        if record is None:
            return 0, False, 0
        return record.price, record.is_valid(now), record.config.stale_move * PPM // WAD

    @staticmethod
    def _disown(record: OracleRecord, block: int) -> Outcome:
        """A price accepted in this block stands for all of it; doubt in which nothing waits stays."""
        in_doubt_already = record.in_doubt and record.waiting is None
        if record.price == 0 or record.block == block or in_doubt_already:
            return Outcome.IGNORED
        record.in_doubt, record.disowned, record.waiting = True, True, None
        return Outcome.DISOWNED

    @staticmethod
    def _is_acceptable(record: OracleRecord, price: int, now: int) -> bool:
        config, waiting = record.config, record.waiting
        if record.price == 0 or _is_near(price, record.price, config):
            return True
        if record.second is not None:
            second_price, second_time = record.second()
            if _is_usable(config, second_price, second_time, now) and _is_near(second_price, price, config):
                return True
        return (
            waiting is not None
            and now >= waiting.since + config.confirm
            and _is_near(price, waiting.price, config)
        )


def _is_usable(config: OracleConfig, price: int, updated_at: int, now: int) -> bool:
    return MIN_PRICE <= price <= MAX_PRICE and updated_at <= now <= updated_at + config.max_age


def _is_near(price: int, reference: int, config: OracleConfig) -> bool:
    return abs(price - reference) * WAD <= config.max_move * reference
