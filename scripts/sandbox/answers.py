"""What the contracts themselves say, beside what they store."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from scripts.sandbox.invariants import PAGE, SIDES
from scripts.sandbox.layout import Words
from scripts.sandbox.words import HOUSE, WordReader

# Contract's name, function, arguments.
Asked = tuple[str, str, tuple[object, ...]]


@dataclass(frozen=True)
class Values:
    """AccountValues."""

    equity: int
    initial_requirement: int
    maintenance_requirement: int
    withdrawable: int


class AnswerReader(WordReader):
    """`invariants.Reader` but for leaving. Everything is asked at once, when the first of it is wanted."""

    def __init__(self, words: Words, house: str) -> None:
        super().__init__(words)
        self._balance: Asked = ("FaucetToken", "balanceOf", (house,))

    def ask(self, asked: list[Asked]) -> Sequence[Any]:
        """The answers in that order; None for a view that reverts."""
        raise NotImplementedError

    def total_cash(self) -> int:
        return int(self._said[HOUSE, "total_cash", ()])

    def token_balance(self) -> int:
        return int(self._said[self._balance])

    def valid_mark(self, market_id: int) -> int | None:
        mark = self._said[HOUSE, "mark_price", (market_id,)]
        return None if mark is None else int(mark)

    def adl_queue(self, market_id: int, is_long: bool, skip: int, count: int) -> Sequence[int]:
        first = skip // PAGE * PAGE
        ranked = self._said["Lens", "adl_queue", (market_id, is_long, first, PAGE)]
        return list(ranked[skip - first : skip - first + count])

    def priced_values(self, account_id: int) -> Values | None:
        values = self._said[HOUSE, "account_values", (account_id,)]
        return None if values is None else Values(*values)

    def is_liquidatable(self, account_id: int) -> bool:
        return bool(self._said[HOUSE, "is_liquidatable", (account_id,)])

    def gate_until(self) -> int:
        return int(self._said[HOUSE, "gate_until", ()])

    @cached_property
    def _said(self) -> dict[Asked, Any]:
        asked: list[Asked] = [(HOUSE, "total_cash", ()), self._balance, (HOUSE, "gate_until", ())]
        for m in self._markets:
            asked.append((HOUSE, "mark_price", (m,)))
            for is_long in SIDES:
                # One more than positions fill: it must say that there is no more.
                pages = range(0, self.position_count(m, is_long) + PAGE, PAGE)
                asked += [("Lens", "adl_queue", (m, is_long, skip, PAGE)) for skip in pages]
        for i in self._accounts:
            asked += [(HOUSE, "account_values", (i,)), (HOUSE, "is_liquidatable", (i,))]
        return dict(zip(asked, self.ask(asked), strict=True))
