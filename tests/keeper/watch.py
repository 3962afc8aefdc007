"""Watching a keeper from outside, block by block: who was left too long, what was sent in vain."""

from collections import Counter
from dataclasses import dataclass, field

from scripts.sandbox.census import Census
from scripts.sandbox.reverts import revert_reason
from scripts.sandbox.venue import Venue
from tests.keeper.history import Sent, repeated, transactions_of

# Blocks after which an account still liquidatable, though something could be done about it, was missed.
PATIENCE = 10
# Blocks in which the same action, done already, makes a reverted one a repetition.
MEMORY = 20


@dataclass
class Watch:
    """`look` once a block. An account's wait counts only blocks in which the keeper was at work."""

    venue: Venue
    keeper: str
    waits: dict[int, int] = field(default_factory=dict)
    missed: list[dict[str, int]] = field(default_factory=list)
    finished: Counter[int] = field(default_factory=Counter)
    sent: Counter[str] = field(default_factory=Counter)
    reverted: Counter[str] = field(default_factory=Counter)
    duplicates: list[str] = field(default_factory=list)
    _recent: list[Sent] = field(default_factory=list)
    _before: Census | None = None

    def look(self, block: int, at_work: bool) -> None:
        """`at_work`: the keeper has been up and synchronised for a while."""
        census = self.venue.census(block)
        self._look_at_accounts(census, at_work)
        self._look_at_transactions(block)
        self._before = census

    def _look_at_accounts(self, census: Census, at_work: bool) -> None:
        for account in set(self.waits) - census.liquidatable:
            self.finished[self.waits.pop(account)] += 1
        for account in census.liquidatable:
            waited = self.waits.get(account, 0) + at_work
            self.waits[account] = waited
            if at_work and waited == PATIENCE + 1:
                self.missed.append(
                    {"account": account, "block": census.block, "bankrupt": int(account in census.bankrupt)}
                )

    def _look_at_transactions(self, block: int) -> None:
        found = transactions_of(self.venue, self.keeper, block, block)
        self._recent = [sent for sent in self._recent if sent.block > block - MEMORY]
        for sent in repeated(found):
            self.duplicates.append(f"{sent.key} in vain in block {block}")
        for sent in found:
            self.sent[sent.function] += 1
            if not sent.succeeded:
                reason = revert_reason(self.venue, sent.tx_hash)
                self.reverted[f"{sent.function}: {reason}"] += 1
                if self._was_done(sent):
                    self.duplicates.append(f"{sent.key} again in block {block}: {reason}")
        self._recent += found

    def _was_done(self, failed: Sent) -> bool:
        """It had succeeded not long before, and nothing was left to do when the last block ended.

        If something was, a new price or another's transaction came first: that is no repetition.
        """
        account = failed.arguments.get("account_id")
        was_due = self._before is not None and account in self._before.liquidatable
        return not was_due and any(each.succeeded and each.key == failed.key for each in self._recent)

    def report(self) -> dict[str, object]:
        return {
            "missed": self.missed,
            "still_waiting": sorted(self.waits.items()),
            "blocks_waited": {str(blocks): count for blocks, count in sorted(self.finished.items())},
            "duplicates": self.duplicates,
            "sent": dict(self.sent),
            "reverted": dict(self.reverted),
        }
