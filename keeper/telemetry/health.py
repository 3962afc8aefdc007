"""Whether the keeper does its work: the facts, and the reasons why not. Pure: the time is an argument."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Health:
    """Written by the daemon, read by /healthz and `plimsoll status`. Times are Unix seconds; 0: not yet."""

    max_head_age: float
    max_cycle_age: float
    started_at: float
    head_block: int = 0
    head_timestamp: int = 0
    book_block: int = 0
    last_cycle_at: float = 0.0
    reconciled_block: int = 0
    differences: int = 0
    unsettled: int = 0
    # Coins of the key that pays for gas; empty: not seen yet.
    balance: str = ""
    # What is wrong beyond the facts above, by a name: set while it lasts.
    alarms: dict[str, str] = field(default_factory=dict)

    def raise_alarm(self, name: str, text: str) -> None:
        self.alarms[name] = text

    def clear_alarm(self, name: str) -> None:
        self.alarms.pop(name, None)

    def reasons(self, now: float) -> list[str]:
        """Why it is unhealthy, most basic first; empty: it is not."""
        found = []
        if not self.head_timestamp:
            found.append("no block seen yet")
        elif now - self.head_timestamp > self.max_head_age:
            age = now - self.head_timestamp
            found.append(f"the newest block is {age:.0f} s old: look at the endpoints and the clock")
        elif self.head_timestamp - now > self.max_head_age:
            ahead = self.head_timestamp - now
            found.append(f"the newest block is {ahead:.0f} s in the future: set this machine's clock (NTP)")
        if not self.last_cycle_at:
            found.append("no cycle finished yet: the book is still being filled, or every cycle fails")
        elif now - self.last_cycle_at > self.max_cycle_age:
            found.append(f"no cycle finished for {now - self.last_cycle_at:.0f} s: look at the log")
        if not self.reconciled_block:
            found.append("the book was not compared with the chain yet")
        if self.differences:
            found.append(f"{self.differences} differences between book and chain: it is being rebuilt")
        return found + [f"{name}: {text}" for name, text in sorted(self.alarms.items())]

    def report(self, now: float) -> dict[str, object]:
        reasons = self.reasons(now)
        return {
            "status": "unhealthy" if reasons else "ok",
            "reasons": reasons,
            "uptime_seconds": round(now - self.started_at, 1),
            "head_block": self.head_block,
            "head_timestamp": self.head_timestamp,
            "book_block": self.book_block,
            "last_cycle_at": round(self.last_cycle_at, 3),
            "reconciled_block": self.reconciled_block,
            "differences": self.differences,
            "unsettled": self.unsettled,
            "balance": self.balance or "unknown",
        }
