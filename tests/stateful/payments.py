"""SYB-1 over a whole run: what the vault paid, and the largest global bucket meanwhile."""

from scripts.sandbox import invariants_waterfall as rules
from tests.helpers.model.buckets import DAY
from tests.helpers.model.vault import ALL_MARKETS, Vault


class Payments:
    def __init__(self) -> None:
        # (time, amount), oldest first.
        self._paid: list[tuple[int, int]] = []
        # (from when on, cap).
        self._caps: list[tuple[int, int]] = [(0, 0)]
        self.total = 0

    def cap_set(self, vault: Vault, now: int) -> None:
        """The global bucket's cap may have changed."""
        bucket = vault.buckets.get(ALL_MARKETS)
        self._caps.append((now, 0 if bucket is None else bucket.cap))

    def add(self, now: int, amount: int) -> None:
        """The vault paid; judge the day that ends now."""
        self.total += amount
        start = now - DAY
        self._paid = [each for each in self._paid if each[0] >= start] + [(now, amount)]
        # The one in force when the day began, and all since.
        older = [i for i, (since, _) in enumerate(self._caps) if since <= start]
        self._caps = self._caps[older[-1] if older else 0 :]
        rules.syb_1(self._paid, max(cap for _, cap in self._caps))
