"""Watching a keeper from outside, block by block: who was left too long, what was sent in vain."""

from collections import Counter
from dataclasses import dataclass, field

from tests.keeper.history import Sent, repeated, revert_reason, transactions_of
from tests.keeper.venue import Venue

# Blocks that an account may be liquidatable while something can be done about it.
PATIENCE = 5
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

    def look(self, block: int, at_work: bool) -> None:
        """`at_work`: the keeper has been up and synchronised for a while."""
        self._look_at_accounts(block, at_work)
        self._look_at_transactions(block)

    def _look_at_accounts(self, block: int, at_work: bool) -> None:
        census = self.venue.census(block)
        for account in set(self.waits) - census.liquidatable:
            self.finished[self.waits.pop(account)] += 1
        for account in census.liquidatable:
            waited = self.waits.get(account, 0) + at_work
            self.waits[account] = waited
            if at_work and waited == PATIENCE + 1:
                self.missed.append(
                    {"account": account, "block": block, "bankrupt": int(account in census.bankrupt)}
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
                done = any(each.succeeded and each.key == sent.key for each in self._recent)
                # A list that was beaten may follow a round that closed a part; all else was done already.
                if done and reason != "adl: not top ranked":
                    self.duplicates.append(f"{sent.key} again in block {block}: {reason}")
        self._recent += found

    def report(self) -> dict[str, object]:
        return {
            "missed": self.missed,
            "still_waiting": sorted(self.waits.items()),
            "blocks_waited": {str(blocks): count for blocks, count in sorted(self.finished.items())},
            "duplicates": self.duplicates,
            "sent": dict(self.sent),
            "reverted": dict(self.reverted),
        }
