"""Signing, writing down, sending; and what a node's answer to a sent transaction means."""

import re
from collections.abc import Awaitable, Callable, Sequence
from enum import Enum, auto
from typing import Any

from keeper.chain.errors import RpcError, Transient
from keeper.chain.framing import Call
from keeper.chain.rpc import Node
from keeper.tx.fees import Fee
from keeper.tx.intents import Attempt, Intent
from keeper.tx.journal import Journal
from keeper.tx.wallet import Wallet

# What using up a nonce costs.
CANCEL_GAS = 21_000


class Answer(Enum):
    ACCEPTED = auto()
    # The nonce is mined already, by this transaction or another.
    NONCE_USED = auto()
    # The node has one of this nonce and wants a higher fee to replace it.
    UNDERPRICED = auto()
    NO_FUNDS = auto()
    # No answer, or one that says nothing of the transaction: it may be on its way.
    UNKNOWN = auto()
    REFUSED = auto()


_MEANINGS = (
    (re.compile(r"already ?(known|imported|exists)|known transaction", re.IGNORECASE), Answer.ACCEPTED),
    (
        re.compile(r"nonce.{0,12}too low|nonce.{0,20}(used|expired)|old ?nonce", re.IGNORECASE),
        Answer.NONCE_USED,
    ),
    (re.compile(r"underpriced|replacement|fee too low", re.IGNORECASE), Answer.UNDERPRICED),
    (re.compile(r"insufficient funds|insufficient balance", re.IGNORECASE), Answer.NO_FUNDS),
    # Base fee above the transaction's: it waits with the keeper, and is replaced when stuck.
    (re.compile(r"max fee per gas less than block base fee|base ?fee", re.IGNORECASE), Answer.UNKNOWN),
    (re.compile(r"txpool|pool is full|mempool", re.IGNORECASE), Answer.UNKNOWN),
)


def meaning(answer: Any) -> tuple[Answer, str]:
    """Of a result of eth_sendRawTransaction, or its error; with the node's words."""
    if isinstance(answer, RpcError):
        found = (kind for pattern, kind in _MEANINGS if pattern.search(answer.message))
        return next(found, Answer.REFUSED), answer.message
    if isinstance(answer, Exception):
        return Answer.UNKNOWN, str(answer)
    return Answer.ACCEPTED, ""


class Broadcaster:
    """The only place that signs. Nothing is sent before the journal has it on disk."""

    def __init__(self, node: Node, wallet: Wallet, journal: Journal) -> None:
        self._node = node
        self._wallet = wallet
        self._journal = journal

    def sign(self, intent: Intent, fee: Fee, block: int, *, cancels: bool = False) -> None:
        """Add an attempt to the intent; not sent, not written."""
        transaction = {
            "type": 2,
            "chainId": self._node.chain_id,
            "nonce": intent.nonce,
            "to": self._wallet.address if cancels else intent.request.to,
            "data": "0x" if cancels else intent.request.data,
            "value": 0 if cancels else intent.request.value,
            "gas": CANCEL_GAS if cancels else intent.gas,
            "maxFeePerGas": fee.max_fee,
            "maxPriorityFeePerGas": fee.priority,
        }
        raw_and_hash = self._wallet.sign(transaction)
        intent.attempts.append(Attempt(raw_and_hash[1], raw_and_hash[0], fee, cancels, block))

    def write_down(self, intents: Sequence[Intent]) -> None:
        """Intents that the journal does not know."""
        self._journal.record(intents)

    async def send_first(self, intents: Sequence[Intent]) -> list[tuple[Answer, str]]:
        """What was written down, to one endpoint: the fastest way."""
        return await self._send(intents, self._node.try_batch)

    async def send_next(self, intents: Sequence[Intent]) -> list[tuple[Answer, str]]:
        """Intents with a new attempt: to every endpoint, the first may be why they are stuck."""
        self._journal.add_attempts(intents)
        return await self._send(intents, self._node.spread)

    async def send_again(self, intents: Sequence[Intent]) -> None:
        """The newest attempt of each, which the journal has: to every endpoint, one has forgotten it."""
        await self._send(intents, self._node.spread)

    async def _send(
        self, intents: Sequence[Intent], by: Callable[[Sequence[Call]], Awaitable[list[Any]]]
    ) -> list[tuple[Answer, str]]:
        calls: list[Call] = [("eth_sendRawTransaction", [intent.last.raw]) for intent in intents]
        try:
            answers = await by(calls)
        except Transient as error:
            # Some may have arrived: the next tick finds out.
            answers = [error] * len(intents)
        return [meaning(answer) for answer in answers]
