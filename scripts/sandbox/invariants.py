"""DESIGN section 13 as functions, one per id, over anything that can be read like the chain.

They never change state. The assertion message is the id and its sentence, then what was found.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from keeper.arithmetic import LEVERAGES, roe
from scripts.sandbox.slots import PositionSlot, decode_heads

STATEMENTS = {
    "ACC-1": "sum of cash + vault credit + treasury credit == collateral ledger <= token balance, exactly",
    "POS-1": "sizes of every market sum to 0; open interest == sum of longs == sum of shorts",
    "QUE-1": "every open position is in exactly one list or parked; links are consistent both ways; "
    "counts match; no closed position is linked",
    "QUE-2": "at any price, the merged queue equals a brute-force sort by ROE of the linked positions",
    "MAR-1": "with no price move, funding or open-interest move, nobody who passed the initial "
    "requirement is liquidatable afterwards",
    "MAR-2": "no sequence of trades among one owner's accounts at unchanged marks raises the sum of "
    "their equities by more than one unit per position open before",
    "LIQ-1": "an account with E >= M cannot be liquidated",
    "LIQ-2": "a liquidation never lowers E / M of a solvent account",
    "LIQ-3": "a liquidation never makes a solvent account negative",
    "LIQ-4": "a liquidation closes no more than needed (1 unit a leg)",
    "INS-1": "the vault pays only shortfalls, never more than the capacity",
    "INS-2": "what the vault pays arrives as cash to the unit",
    "ADL-1": "only a bankrupt account, only past the insurance or the grace",
    "ADL-2": "those closed are the maximal-rank prefix at that mark, less those passed over or parked",
    "ADL-3": "E_end == E_start + haircut + insurance; a fully closed account, single or cross, ends at "
    "exactly 0",
    "ADL-4": "no counterparty ends below 0 by it",
    "ADL-5": "haircut G == shortfall - insurance, in cash, to the unit",
    "ADL-6": "a wrong list changes nothing",
    "SYB-1": "in 24 h nobody takes more than twice the global bucket from the vault; at unchanged marks, "
    "funding and parameters, nothing",
    "EXIT-1": "outside a gate and with valid prices, no rule of the protocol refuses a solvent "
    "account's close at the mark, and flat accounts withdraw everything",
}
SIDES = (True, False)
PAGE = 256


class Values(Protocol):
    """The chain's AccountValues, as far as it is needed here."""

    @property
    def equity(self) -> int: ...
    @property
    def initial_requirement(self) -> int: ...


class Reader(Protocol):
    """What an invariant reads; the `refusal_of_` methods act in a snapshot and undo it."""

    def market_ids(self) -> Sequence[int]: ...
    def account_count(self) -> int: ...
    def cash(self, account_id: int, /) -> int: ...
    def total_cash(self) -> int: ...
    def vault_credit(self) -> int: ...
    def treasury_credit(self) -> int: ...
    def collateral_ledger(self) -> int: ...
    def token_balance(self) -> int: ...
    def open_markets(self, account_id: int, /) -> Sequence[int]: ...
    def open_interest(self, market_id: int, /) -> int: ...
    def position_count(self, market_id: int, is_long: bool, /) -> int: ...
    def position_slot(self, market_id: int, account_id: int, /) -> int: ...
    def heads_slot(self, market_id: int, is_long: bool, /) -> int: ...
    def valid_mark(self, market_id: int, /) -> int | None:
        """None while the market is unpriced."""

    def adl_queue(self, market_id: int, is_long: bool, skip: int, count: int, /) -> Sequence[int]: ...
    def priced_values(self, account_id: int, /) -> Values | None:
        """None while any leg of the account is unpriced."""

    def is_liquidatable(self, account_id: int, /) -> bool: ...
    def refusal_of_close(self, account_id: int, market_id: int, /) -> str | None:
        """Why the whole position cannot be closed at the mark against a party able to take it."""

    def refusal_of_withdrawal(self, account_id: int, amount: int, /) -> str | None: ...


class Broken(AssertionError):
    """An invariant does not hold: its id and sentence, then what was found."""

    def __init__(self, invariant: str, found: object) -> None:
        super().__init__(f"{invariant}: {STATEMENTS[invariant]} ({found})")
        self.invariant = invariant
        self.found = found


def check(invariant: str, holds: bool, found: object) -> None:
    """Raise Broken unless it holds."""
    if not holds:
        raise Broken(invariant, found)


def accounts(reader: Reader) -> range:
    return range(1, reader.account_count() + 1)


def positions(reader: Reader, market_id: int) -> dict[int, PositionSlot]:
    """Every open position of the market by account."""
    slots = {i: PositionSlot.decode(reader.position_slot(market_id, i)) for i in accounts(reader)}
    return {i: slot for i, slot in slots.items() if slot.size != 0}


def acc_1(reader: Reader) -> None:
    cash = sum(reader.cash(i) for i in accounts(reader))
    check("ACC-1", cash == reader.total_cash(), ("total_cash", cash, reader.total_cash()))
    owed = cash + reader.vault_credit() + reader.treasury_credit()
    ledger, balance = reader.collateral_ledger(), reader.token_balance()
    check("ACC-1", owed == ledger <= balance, ("owed, ledger, balance", owed, ledger, balance))


def pos_1(reader: Reader) -> None:
    held: dict[int, set[int]] = {i: set() for i in accounts(reader)}
    for market_id in reader.market_ids():
        sizes = {i: slot.size for i, slot in positions(reader, market_id).items()}
        longs = sum(size for size in sizes.values() if size > 0)
        shorts = sum(-size for size in sizes.values() if size < 0)
        open_interest = reader.open_interest(market_id)
        found = ("market, longs, shorts, open interest", market_id, longs, shorts, open_interest)
        check("POS-1", longs == shorts == open_interest, found)
        for account_id in sizes:
            held[account_id].add(market_id)
    for account_id, markets in held.items():
        listed = list(reader.open_markets(account_id))
        check("POS-1", sorted(listed) == sorted(markets), ("open markets", account_id, listed))


def walk(reader: Reader, market_id: int, is_long: bool, tier: int) -> Iterator[int]:
    """One list from its head, every link checked in both directions on the way."""
    account_id = decode_heads(reader.heads_slot(market_id, is_long))[tier]
    behind, seen = 0, set[int]()
    while account_id != 0:
        where = (market_id, is_long, tier, account_id)
        slot = PositionSlot.decode(reader.position_slot(market_id, account_id))
        check("QUE-1", account_id not in seen, ("linked twice", where))
        check("QUE-1", slot.size != 0 and not slot.parked, ("closed or parked but linked", where))
        belongs = slot.is_long == is_long and slot.tier == tier
        check("QUE-1", belongs, ("in the wrong list", where))
        check("QUE-1", slot.prev == behind, ("prev", where, slot.prev, behind))
        seen.add(account_id)
        yield account_id
        behind, account_id = account_id, slot.next


def que_1(reader: Reader) -> None:
    for market_id in reader.market_ids():
        is_open = positions(reader, market_id)
        for is_long in SIDES:
            linked: list[int] = []
            for tier in range(len(LEVERAGES)):
                linked.extend(walk(reader, market_id, is_long, tier))
            parked = [i for i, slot in is_open.items() if slot.is_long == is_long and slot.parked]
            expected = [i for i, slot in is_open.items() if slot.is_long == is_long]
            where = (market_id, is_long, sorted(linked), parked)
            check("QUE-1", sorted(linked + parked) == sorted(expected), ("members", where))
            count = reader.position_count(market_id, is_long)
            check("QUE-1", count == len(expected), ("count", where, count))
        for account_id in accounts(reader):
            slot = PositionSlot.decode(reader.position_slot(market_id, account_id))
            unlinked = slot.size == 0 or slot.parked
            loose = slot.prev == 0 and slot.next == 0
            check("QUE-1", loose or not unlinked, ("link left behind", market_id, account_id, slot))


def merged(reader: Reader, market_id: int, is_long: bool, price: int) -> list[tuple[int, int]]:
    """(account, ROE) as the chain pops them: the best of the heads, the lower tier on a tie."""

    def score(account_id: int) -> int:
        slot = PositionSlot.decode(reader.position_slot(market_id, account_id))
        return roe(slot.entry_price, slot.tier, slot.is_long, price)

    lists = [
        [(i, score(i)) for i in walk(reader, market_id, is_long, tier)] for tier in range(len(LEVERAGES))
    ]
    popped: list[tuple[int, int]] = []
    while any(lists):
        best = max((ids for ids in lists if ids), key=lambda ids: ids[0][1])
        popped.append(best.pop(0))
    return popped


def que_2(reader: Reader) -> None:
    """At the mark and at every entry price, where any two positions out of order show."""
    for market_id in reader.market_ids():
        linked = {i: p for i, p in positions(reader, market_id).items() if not p.parked}
        mark = reader.valid_mark(market_id)
        tried = {slot.entry_price for slot in linked.values()}
        for is_long in SIDES:
            side = {i: slot for i, slot in linked.items() if slot.is_long == is_long}
            for price in sorted(tried | ({mark} if mark is not None else set())):
                queue = merged(reader, market_id, is_long, price)
                scores = {i: roe(p.entry_price, p.tier, is_long, price) for i, p in side.items()}
                where = (market_id, is_long, price, queue)
                check("QUE-2", dict(queue) == scores, ("members", where))
                ranks = [score for _, score in queue]
                check("QUE-2", ranks == sorted(scores.values(), reverse=True), ("order", where))
            if mark is not None:
                said = _whole_queue(reader, market_id, is_long)
                popped = [i for i, _ in merged(reader, market_id, is_long, mark)]
                check("QUE-2", said == popped, ("adl_queue", market_id, is_long, said, popped))


def _whole_queue(reader: Reader, market_id: int, is_long: bool) -> list[int]:
    queue: list[int] = []
    while page := reader.adl_queue(market_id, is_long, len(queue), PAGE):
        queue.extend(page)
    return queue


def mar_1(reader: Reader, passed: Iterable[int] | None = None) -> None:
    """`passed`: accounts known to have passed and nothing moved since; else those who pass now."""
    if passed is None:
        values = {i: reader.priced_values(i) for i in accounts(reader)}
        passed = [i for i, v in values.items() if v and v.equity >= v.initial_requirement]
    for account_id in passed:
        check("MAR-1", not reader.is_liquidatable(account_id), ("account", account_id))


def sum_of_equities(reader: Reader, account_ids: Iterable[int]) -> int:
    """Of accounts whose legs are all priced."""
    total = 0
    for account_id in account_ids:
        values = reader.priced_values(account_id)
        assert values is not None, f"account {account_id} has an unpriced leg"
        total += values.equity
    return total


def count_positions(reader: Reader, account_ids: Iterable[int]) -> int:
    return sum(len(reader.open_markets(account_id)) for account_id in account_ids)


def mar_2(reader: Reader, account_ids: Sequence[int], equity_before: int, positions_before: int) -> None:
    """After trades among `account_ids` only; the marks and the funding indices must not have moved."""
    gained = sum_of_equities(reader, account_ids) - equity_before
    check("MAR-2", gained <= positions_before, ("gained, positions", gained, positions_before))


def exit_1(reader: Reader) -> None:
    for account_id in accounts(reader):
        markets = reader.open_markets(account_id)
        values = reader.priced_values(account_id)
        if values is not None and values.equity >= 0:
            for market_id in markets:
                refusal = reader.refusal_of_close(account_id, market_id)
                check("EXIT-1", refusal is None, ("close", account_id, market_id, refusal))
        cash = reader.cash(account_id)
        if not markets and cash > 0:
            refusal = reader.refusal_of_withdrawal(account_id, cash)
            check("EXIT-1", refusal is None, ("withdraw", account_id, refusal))


def check_all(reader: Reader) -> None:
    """Those that can be judged from one state."""
    for invariant in (acc_1, pos_1, que_1, que_2, mar_1, exit_1):
        invariant(reader)
