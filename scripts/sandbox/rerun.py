"""A block run once more on the state before it, with questions between its transactions."""

from collections.abc import Mapping, Sequence

from web3 import Web3

from scripts.sandbox.history import Block, Doubtful, Transaction
from scripts.sandbox.simulation import Call, Log, Outcome, simulate


def rerun(
    w3: Web3, block: Block, questions: Mapping[int, Sequence[Call]]
) -> dict[int, tuple[list[Outcome], list[Outcome]]]:
    """The answers just before and just after the transactions at these places of the block."""
    if not questions:
        return {}
    replayed = block.transactions[: max(questions) + 1]
    calls: list[Call] = []
    for transaction in replayed:
        asked = questions.get(transaction.index, ())
        calls += [*asked, transaction.call, *asked]
    outcomes = iter(simulate(w3, block.number - 1, calls, block.number, block.time))
    found = {}
    for transaction in replayed:
        count = len(questions.get(transaction.index, ()))
        before = [next(outcomes) for _ in range(count)]
        _check_same(block, transaction, next(outcomes))
        found[transaction.index] = before, [next(outcomes) for _ in range(count)]
    return found


def _check_same(block: Block, transaction: Transaction, outcome: Outcome) -> None:
    if outcome.logs != tuple(Log.of(log) for log in transaction.logs):
        raise Doubtful(f"{transaction.hash} of block {block.number} logs something else when run again")
