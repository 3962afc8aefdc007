"""One cycle without a chain: what is sent, what is told, what is remembered for the next."""

import asyncio
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from keeper.calls import Addresses, Calls
from keeper.chain.calls import function
from keeper.operator import Operator
from keeper.telemetry.metrics import Metrics
from keeper.tx.intents import InFlight
from keeper.types import (
    ActionKey,
    BlockRef,
    Limits,
    Outcome,
    Own,
    Publish,
    Refused,
    Setback,
    Submission,
    TxRequest,
    Update,
)
from tests.keeper.strategy.test_plan_rounds import bankrupt_long
from tests.keeper.strategy.town import Town
from tests.keeper.test_audit import Lines

ROUND: ActionKey = ("deleverage", 1, 1)
BEATEN = "adl: not top ranked"
HOUSE, ROUTER = "0x" + "aa" * 20, "0x" + "bb" * 20


class ScriptedSender:
    """Answers what it is told to; `tx_hash` empty: a dry run's."""

    address = "0x" + "cc" * 20
    problem = ""
    replacements = 0

    def __init__(self) -> None:
        self.busy: frozenset[ActionKey] = frozenset()
        self.refusal = ""
        self.tx_hash = "0x0d"
        self.reverted: list[Setback] = []
        self.outcomes: list[Outcome] = []
        self.sent: list[TxRequest] = []

    def in_flight(self) -> list[InFlight]:
        return []

    def setbacks(self) -> list[Setback]:
        found, self.reverted = self.reverted, []
        return found

    async def tick(self, head: BlockRef) -> list[Outcome]:
        found, self.outcomes = self.outcomes, []
        return found

    async def submit(self, requests: Sequence[TxRequest]) -> list[Submission | Refused]:
        self.sent += requests
        if self.refusal:
            return [Refused(request.key, self.refusal) for request in requests]
        return [Submission(request.key, 0, self.tx_hash) for request in requests]


class Desk:
    def __init__(self, town: Town, own: int = 0) -> None:
        self.town, self.sender, self.metrics, self.log = town, ScriptedSender(), Metrics(), Lines()
        # What the pusher wants to send, and what it was told of.
        self.updates: list[Update] = []
        self.updated: list[list[Update]] = []
        reads: Any = SimpleNamespace(facts=self._facts, balance=self._balance)
        fees: Any = SimpleNamespace(gas_price=self._gas_price)
        publisher: Any = SimpleNamespace(due=lambda *_: [], sent=lambda *_: None)
        pusher: Any = SimpleNamespace(due=self._updates, sent=lambda sent, _: self.updated.append(sent))
        calls = Calls(Addresses(HOUSE, ROUTER), town.book.account, self._report)
        self.operator = Operator(
            reads, fees, self.sender, calls, publisher, pusher, Limits(), Own(own), self.metrics, self.log
        )

    def cycle(self) -> list[str]:
        """A block later; the functions called, by the notes of what was sent."""
        self.town.happen()
        before = len(self.sender.sent)
        asyncio.run(self.operator.act(self.town.book))
        return [request.note for request in self.sender.sent[before:]]

    def events(self, level: str) -> list[str]:
        return [event for at, event, _ in self.log.lines if at == level]

    async def _updates(self, _book: object, _head: object, busy: frozenset[ActionKey]) -> list[Update]:
        return [each for each in self.updates if each.key not in busy]

    async def _facts(self, *_: Any) -> Any:
        return self.town.facts

    async def _balance(self, *_: Any) -> int:
        return 10**18

    async def _gas_price(self) -> int:
        return 10**9

    def _report(self, action: Publish) -> tuple[str, str, int]:
        raise AssertionError(f"no price is due: {action}")


LISTED = "deleverage account 1 in market 1 against 3 listed"
PICKED = "deleverage account 1 in market 1 against the chain's next 3"


def test_act__bankrupt_and_uninsured__sends_a_list() -> None:
    desk = Desk(bankrupt_long())
    assert desk.cycle() == [LISTED]
    assert desk.events("info") == ["sent"]
    assert desk.operator.balance == 10**18


def test_act__list_reverted_twice__the_third_time_the_chain_picks() -> None:
    desk = Desk(bankrupt_long())
    for _ in range(2):
        assert desk.cycle() == [LISTED]
        desk.sender.reverted = [Setback(ROUND, BEATEN)]
    assert desk.cycle() == [PICKED]


def test_act__list_refused_twice__the_third_time_the_chain_picks() -> None:
    desk = Desk(bankrupt_long())
    desk.sender.refusal = BEATEN
    assert [desk.cycle() for _ in range(3)] == [[LISTED], [LISTED], [PICKED]]
    # The same refusal again is no news.
    assert desk.events("warning") == ["refused"]
    assert desk.events("debug") == ["refused", "refused"]


def test_act__reverted_for_another_reason__lists_again_and_then_rests() -> None:
    desk = Desk(bankrupt_long())
    for _ in range(3):
        assert desk.cycle() == [LISTED]
        desk.sender.reverted = [Setback(ROUND, "adl: not bankrupt")]
    # Whoever stands in front of every try must not cost the keeper gas in every block.
    assert [desk.cycle() for _ in range(3)] == [[], [], [LISTED]]


def test_act__in_flight__is_not_sent_again() -> None:
    desk = Desk(bankrupt_long())
    desk.sender.busy = frozenset({ROUND})
    assert desk.cycle() == []


def test_act__dry_run__says_that_it_would() -> None:
    desk = Desk(bankrupt_long())
    desk.sender.tx_hash = ""
    desk.cycle()
    assert desk.events("info") == ["would send"]
    assert "nonce" not in desk.log.lines[-1][2]


def test_act__own_account_is_not_on_the_chain__deleverages_all_the_same() -> None:
    desk = Desk(bankrupt_long(), own=4_000_000_000)
    assert desk.cycle() == [LISTED]
    assert desk.events("warning") == ["there is no such account: takes nothing over"]


def test_act__update_of_pyth__goes_first_with_its_fee_and_is_counted_once_confirmed() -> None:
    desk = Desk(bankrupt_long())
    update = Update(ROUTER, 1, (1, 2), (b"data",), 7)
    desk.updates = [update]
    assert desk.cycle() == ["update Pyth's prices of markets 1, 2 for 7 wei", LISTED]
    request = desk.sender.sent[0]
    assert (request.to, request.value, request.gas) == (ROUTER, 7, 0)
    assert request.data == function("PythSource", "update").encoded((b"data",), (1, 2))
    assert desk.updated == [[update]]
    desk.sender.busy = frozenset({update.key, ROUND})
    desk.sender.outcomes = [Outcome(update.key, 0, "0x0d", "confirmed", 7, 120_000, value=5 * 10**17)]
    assert desk.cycle() == []
    assert desk.metrics.registry.get_sample_value("plimsoll_update_fees_native_total") == 0.5


def test_act__price_goes_out__the_router_is_not_asked_for_it_as_well() -> None:
    asked, sent = Desk(Town(1_000)), Desk(Town(1_000))
    sent.updates = [Update(ROUTER, 1, (1,), (b"data",), 7)]
    for desk in (asked, sent):
        desk.town.say(1, 1_002)
    assert asked.cycle() == ["sync prices of markets 1"]
    assert sent.cycle() == ["update Pyth's prices of markets 1 for 7 wei"]


def test_act__update_refused__is_not_told_as_sent() -> None:
    desk = Desk(bankrupt_long())
    desk.updates = [Update(ROUTER, 1, (1,), (b"data",), 7)]
    desk.sender.refusal = "source: fee too low"
    desk.cycle()
    assert desk.updated == [[]]


def test_act__settled__told_and_counted() -> None:
    desk = Desk(bankrupt_long())
    desk.sender.outcomes = [
        Outcome(ROUND, 0, "0x0d", "confirmed", 7, 120_000, fee=5 * 10**15, decided_at=6),
        Outcome(("flag", 1, 0), 1, "0x0e", "reverted", 7, 30_000, "flag: not bankrupt", 10**15, 6),
    ]
    desk.cycle()
    assert desk.events("info") == ["confirmed", "sent"]
    assert desk.events("warning") == ["reverted"]
    sample = desk.metrics.registry.get_sample_value
    assert sample("plimsoll_gas_used_total") == 150_000
    assert sample("plimsoll_transaction_fees_native_total") == 0.006
