"""Every liquidation and deleveraging of a chain's history, with the state just before it and just after."""

from collections.abc import Iterator
from dataclasses import dataclass

from web3 import Web3

from keeper.book.markets import MarketParams
from keeper.types import Round
from scripts.sandbox.case import Case
from scripts.sandbox.chronicle import Chronicle
from scripts.sandbox.history import Block, Doubtful, Transaction
from scripts.sandbox.logs import events_in
from scripts.sandbox.rerun import rerun
from scripts.sandbox.waterfall_snapshot import Snapshot
from scripts.system import System

CAUSES = ("Liquidated", "DeleveragingStarted")


@dataclass(frozen=True)
class Liquidated:
    """The event; `closed` unsigned base."""

    closed: int
    penalty: int
    reward: int
    insurance_paid: int


@dataclass(frozen=True)
class Rescue:
    """`terms`: the market's parameters then."""

    block: int
    tx_hash: str
    before: Snapshot
    after: Snapshot
    receipt: Liquidated | Round
    terms: MarketParams


def rescues(w3: Web3, system: System, chronicle: Chronicle, block: Block) -> Iterator[Rescue]:
    """Of a block, which the chronicle takes in."""
    found = {each.index: known for each in block.transactions if (known := case_of(system, each))}
    asked = {index: case.asked(system) for index, (case, _) in found.items()}
    answers = rerun(w3, block, {index: list(each.values()) for index, each in asked.items()})
    book = chronicle.book
    for each in block.transactions:
        if each.index not in found:
            chronicle.take_in(block, each)
            continue
        case, liquidated = found[each.index]
        said_before, said_after = (
            dict(zip(asked[each.index], said, strict=True)) for said in answers[each.index]
        )
        terms = book.markets[case.market_id].params
        before = case.snapshot(book, block.time, said_before)
        chronicle.take_in(block, each)
        after = case.snapshot(book, block.time, said_after)
        receipt = liquidated or chronicle.rounds[-1].receipt.round
        yield Rescue(block.number, each.hash, before, after, receipt, terms)


def case_of(system: System, transaction: Transaction) -> tuple[Case, Liquidated | None] | None:
    """What a transaction did, if it rescued an account; None as the second: it was a deleveraging."""
    names = (*CAUSES, "Deleveraged", "PassedOver")
    found = list(events_in(transaction.logs, system.clearing_house.address, "Waterfall", names))
    causes = [event for event in found if event.name in CAUSES]
    if not causes:
        return None
    if len(causes) > 1:
        raise Doubtful(f"{transaction.hash} closes several positions, which cannot be told apart")
    cause = causes[0].arguments
    account_id, market_id, size = cause["account_id"], cause["market_id"], cause["size"]
    if causes[0].name == "Liquidated":
        # The size is the account's change.
        receipt = Liquidated(abs(size), cause["penalty"], cause["reward"], cause["insurance_paid"])
        return Case(account_id, market_id, size < 0), receipt
    others = tuple(event.arguments["counterparty"] for event in found if event is not causes[0])
    return Case(account_id, market_id, size > 0, others), None
