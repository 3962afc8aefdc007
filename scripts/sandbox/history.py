"""What a node remembers of a chain: blocks, their transactions, and what each of them logged."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from web3 import Web3
from web3.types import RPCEndpoint

from keeper.types import RawLog
from scripts.sandbox.simulation import Call

# Requests in one message.
BATCH = 100


class Doubtful(Exception):
    """Why something cannot be judged: then it does not count as held."""


@dataclass(frozen=True)
class Transaction:
    """`call`: what was sent; `index`: its place in the block; `logs` in order."""

    hash: str
    index: int
    call: Call
    logs: tuple[RawLog, ...]


@dataclass(frozen=True)
class Block:
    number: int
    time: int
    transactions: tuple[Transaction, ...]


def read_history(w3: Web3, first: int, last: int) -> list[Block]:
    """Blocks `first` to `last`, whole."""
    where = {"fromBlock": hex(first), "toBlock": hex(last)}
    (logs,) = request(w3, "eth_getLogs", [[where]])
    logged: dict[str, list[RawLog]] = defaultdict(list)
    for log in logs:
        logged[log["transactionHash"]].append(log)
    numbers = [[hex(number), True] for number in range(first, last + 1)]
    return [_block(raw, logged) for raw in request(w3, "eth_getBlockByNumber", numbers)]


def have_failed(w3: Web3, transactions: Sequence[Transaction]) -> list[bool]:
    """Which of these were mined and reverted."""
    receipts = request(w3, "eth_getTransactionReceipt", [[each.hash] for each in transactions])
    return [receipt["status"] == "0x0" for receipt in receipts]


def request(w3: Web3, method: str, parameters: Sequence[Sequence[object]]) -> list[Any]:
    """The same question about many things."""
    # Whatever speaks JSON-RPC; only the base class cannot.
    provider: Any = w3.provider
    found = []
    for at in range(0, len(parameters), BATCH):
        batch = [(RPCEndpoint(method), each) for each in parameters[at : at + BATCH]]
        answers = provider.make_batch_request(batch)
        for answer in answers if isinstance(answers, list) else [answers]:
            if "error" in answer:
                raise RuntimeError(f"{method}: {answer['error']}")
            found.append(answer["result"])
    return found


def _block(raw: Any, logged: dict[str, list[RawLog]]) -> Block:
    transactions = tuple(_transaction(each, logged[each["hash"]]) for each in raw["transactions"])
    return Block(int(raw["number"], 16), int(raw["timestamp"], 16), transactions)


def _transaction(raw: Any, logs: Sequence[RawLog]) -> Transaction:
    call = Call(
        raw["to"],
        bytes.fromhex(raw["input"].removeprefix("0x")),
        raw["from"],
        int(raw["gas"], 16),
        int(raw["value"], 16),
    )
    return Transaction(raw["hash"], int(raw["transactionIndex"], 16), call, tuple(logs))
