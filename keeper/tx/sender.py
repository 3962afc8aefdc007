"""The owner of one key's nonces: takes requests, and answers for each until it is settled."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from keeper.chain.blocks import latest
from keeper.chain.errors import ChainError, Fatal, Lying, Reverted
from keeper.chain.framing import Call
from keeper.chain.parse import quantity
from keeper.chain.rpc import Node
from keeper.tx.broadcast import Answer, Broadcaster
from keeper.tx.care import MOST_GAPS, Care
from keeper.tx.fees import Fees
from keeper.tx.intents import DROPPED, InFlight, Intent
from keeper.tx.journal import Journal
from keeper.tx.settling import settle
from keeper.tx.simulate import simulate
from keeper.tx.tracking import look
from keeper.tx.wallet import Wallet
from keeper.types import ActionKey, BlockRef, Outcome, Refused, Setback, Submission, TxRequest

# Seconds of a tick in which nodes are asked why transactions reverted, and how many at once: a block full of
# reverts must not use the cycle up, again and again.
REASON_SECONDS = 2.0
AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class SenderSettings:
    # Blocks that a receipt must have, its own counted, before it is believed.
    confirmations: int = 1
    # Blocks after which a transaction that is not mined is replaced.
    stuck_blocks: int = 3
    # Where requests are tried: "pending" sees what is on its way, "latest" costs the node less.
    simulate_at: str = "pending"


class Sender:
    """`tick` with every head, then `submit`. Cancelling either is safe: what was journaled is taken up again.

    Goes on with what the journal says is unsettled.
    """

    def __init__(
        self, node: Node, wallet: Wallet, journal: Journal, fees: Fees, settings: SenderSettings
    ) -> None:
        self._node = node
        self._journal = journal
        self._fees = fees
        self._settings = settings
        self._broadcaster = Broadcaster(node, wallet, journal)
        self._care = Care(node, wallet.address, self._broadcaster, fees)
        self._intents: dict[int, Intent] = {intent.nonce: intent for intent in journal.unsettled()}
        self._head: BlockRef | None = None
        # Above every nonce that was seen mined.
        self._floor = 0
        self._outcomes: list[Outcome] = []
        self._setbacks: list[Setback] = []
        self._lock = asyncio.Lock()
        self.address = wallet.address
        # Why the last tick could not resend or replace something; empty: nothing to say.
        self.problem = ""

    @property
    def replacements(self) -> int:
        """Sent since the start."""
        return self._care.replacements

    @property
    def busy(self) -> frozenset[ActionKey]:
        """Actions that are not mined yet."""
        return frozenset(intent.key for intent in self._intents.values() if not intent.block_hash)

    def in_flight(self) -> list[InFlight]:
        """By nonce; those that wait for confirmations too."""
        return [
            InFlight(i.key, i.nonce, i.tx_hash or i.last.tx_hash, i.block, len(i.attempts), i.at_limit)
            for _, i in sorted(self._intents.items())
        ]

    async def submit(self, requests: Sequence[TxRequest]) -> list[Submission | Refused]:
        """Simulate, sign, journal, send: an answer for each request, in order.

        FeesTooHigh, or another Transient, if nothing could be decided; then nothing was sent.
        """
        async with self._lock:
            answers: dict[int, Submission | Refused] = {}
            wanted = self._free(requests, answers)
            if wanted:
                fee = await self._fees.current()
                verdicts, nonce = await asyncio.gather(
                    simulate(
                        self._node,
                        self.address,
                        [requests[i] for i in wanted],
                        self._settings.simulate_at,
                    ),
                    self._next_nonce(),
                )
                head = (self._head or await latest(self._node)).number
                intents: dict[int, Intent] = {}
                for i, verdict in zip(wanted, verdicts, strict=True):
                    if isinstance(verdict, ChainError):
                        answers[i] = Refused(requests[i].key, refusal(verdict))
                        continue
                    intent = Intent(nonce + len(intents), requests[i], verdict, head, waiting_since=head)
                    self._broadcaster.sign(intent, fee, head)
                    intents[i] = intent
                await self._send(intents, answers)
            return [answers[i] for i in range(len(requests))]

    def setbacks(self) -> list[Setback]:
        """What the last ticks saw reverted for the first time."""
        found, self._setbacks = self._setbacks, []
        return found

    async def tick(self, head: BlockRef) -> list[Outcome]:
        """Look at every unsettled transaction: what is settled, and resend, replace or fill what needs it."""
        async with self._lock:
            self._head = head
            self.problem = ""
            if self._intents:
                await self._follow(head)
            outcomes, self._outcomes = self._outcomes, []
            return outcomes

    async def _follow(self, head: BlockRef) -> None:
        intents = [self._intents[nonce] for nonce in sorted(self._intents)]
        sight = await look(self._node, self.address, intents, head)
        confirmations = self._settings.confirmations
        until = asyncio.get_running_loop().time() + REASON_SECONDS
        few = asyncio.Semaphore(AT_ONCE)
        outcomes = await asyncio.gather(
            *(settle(self._node, self.address, i, sight, head, confirmations, few, until) for i in intents)
        )
        settled = [outcome for outcome in outcomes if outcome is not None]
        for intent in intents:
            if intent.failed and not intent.told:
                intent.told = True
                self._setbacks.append(Setback(intent.key, intent.reason))
        self._journal.update(intents)
        # Kept until they are returned: this may be cancelled before.
        self._outcomes += settled
        for outcome in settled:
            del self._intents[outcome.nonce]
            self._floor = max(self._floor, outcome.nonce + 1)
        try:
            await self._care.take(self._intents, sight, head, self._settings.stuck_blocks)
        except Fatal:
            raise
        except ChainError as error:
            # The outcomes stand; the next tick tries again.
            self.problem = str(error)

    def _free(self, requests: Sequence[TxRequest], answers: dict[int, Submission | Refused]) -> list[int]:
        """Indices of requests whose action is not on its way; the others are answered."""
        taken = {
            i.key: f"on its way already as nonce {i.nonce}"
            for i in self._intents.values()
            if not i.block_hash
        }
        free = []
        for i, request in enumerate(requests):
            if request.key in taken:
                answers[i] = Refused(request.key, taken[request.key])
            else:
                taken[request.key] = "asked for twice"
                free.append(i)
        return free

    async def _next_nonce(self) -> int:
        known = max(self._floor, *(nonce + 1 for nonce in self._intents), 0)

        def parse(results: list[Any]) -> int:
            mined, pending = map(quantity, results)
            if pending > max(mined, known) + MOST_GAPS:
                # Signed and written down it would never be mined.
                raise Lying(f"answered nonce {pending} after {max(mined, known)}")
            return max(mined, pending, known)

        calls: list[Call] = [
            ("eth_getTransactionCount", [self.address, tag]) for tag in ("latest", "pending")
        ]
        return int(await self._node.batch(calls, parse))

    async def _send(self, intents: dict[int, Intent], answers: dict[int, Submission | Refused]) -> None:
        if not intents:
            return
        self._broadcaster.write_down(list(intents.values()))
        # Before anything is awaited: a cycle that is cancelled here forgets none of them.
        self._intents |= {intent.nonce: intent for intent in intents.values()}
        sent = await self._broadcaster.send_first(list(intents.values()))
        refused = []
        for (i, intent), (answer, words) in zip(intents.items(), sent, strict=True):
            if answer in (Answer.NO_FUNDS, Answer.REFUSED):
                intent.status, intent.reason = DROPPED, self._told(answer, words)
                answers[i] = Refused(intent.key, intent.reason)
                del self._intents[intent.nonce]
                refused.append(intent)
                continue
            if answer is Answer.UNDERPRICED:
                # Replaced with the next head, not only when it has been stuck.
                intent.waiting_since = intent.block - self._settings.stuck_blocks
            if answer is Answer.NONCE_USED:
                # By this very transaction, if an endpoint took it and did not say so. The next tick knows.
                intent.missed_at = intent.block
            answers[i] = Submission(intent.key, intent.nonce, intent.last.tx_hash)
        self._journal.update(refused)

    def _told(self, answer: Answer, words: str) -> str:
        if answer is Answer.NO_FUNDS:
            return f"{self.address} cannot pay the gas: send it more of the native token ({words})"
        return f"the node refused it: {words}"


def refusal(verdict: ChainError) -> str:
    return verdict.reason if isinstance(verdict, Reverted) else f"not simulated: {verdict}"
