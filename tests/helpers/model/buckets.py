"""How much the vault may pay for a market within a day: a bucket that refills linearly, without rounding."""

from dataclasses import dataclass

from tests.helpers.model.errors import require

DAY = 86_400
MAX_CAP = 2**95 - 1


@dataclass(frozen=True)
class Bucket:
    """`level` counts DAY for every quote unit, and grows by `cap` a second up to `cap * DAY`."""

    cap: int
    level: int
    touched: int

    @classmethod
    def full(cls, cap: int, now: int) -> "Bucket":
        return cls(cap, cap * DAY, now)

    def accrued(self, now: int) -> "Bucket":
        level = min(self.level + self.cap * (now - self.touched), self.cap * DAY)
        return Bucket(self.cap, level, now)

    def available(self, now: int) -> int:
        """Whole quote units."""
        return self.accrued(now).level // DAY

    def taken(self, amount: int, now: int) -> "Bucket":
        require(amount <= self.available(now), "vault: over capacity")
        return Bucket(self.cap, self.accrued(now).level - amount * DAY, now)

    def returned(self, amount: int, now: int) -> "Bucket":
        """At most full."""
        level = min(self.accrued(now).level + amount * DAY, self.cap * DAY)
        return Bucket(self.cap, level, now)

    def resized(self, cap: int, now: int) -> "Bucket":
        """A larger cap fills up at its own speed, a smaller one spills."""
        return Bucket(cap, min(self.accrued(now).level, cap * DAY), now)
