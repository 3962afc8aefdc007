"""What is done for transactions that are not mined: sent again, replaced, or their nonces used up."""

from collections.abc import Sequence
from dataclasses import replace

from keeper.chain.errors import Reverted, Transient
from keeper.chain.rpc import Node
from keeper.tx.broadcast import CANCEL_GAS, Answer, Broadcaster
from keeper.tx.fees import Fees, FeesTooHigh, bumped
from keeper.tx.intents import MINED, Intent
from keeper.tx.simulate import simulate
from keeper.tx.tracking import Sight
from keeper.types import BlockRef, TxRequest

# A node that holds a dearer transaction of the nonce than the journal knows is outbid in so many steps.
STEPS = 6
GAP = "gap"
# More missing nonces than a reorganisation leaves.
MOST_GAPS = 128


class Care:
    def __init__(self, node: Node, address: str, broadcaster: Broadcaster, fees: Fees) -> None:
        self._node = node
        self._address = address
        self._broadcaster = broadcaster
        self._fees = fees
        # Sent so far.
        self.replacements = 0
        # Missing nonces, and the head at which each was first missed.
        self._missing: dict[int, int] = {}

    async def take(self, intents: dict[int, Intent], sight: Sight, head: BlockRef, stuck_blocks: int) -> None:
        """For every intent that the chain has not mined; adds intents for missing nonces."""
        waiting = [i for i in intents.values() if i.status != MINED and i.nonce >= sight.nonce]
        stuck = [i for i in waiting if head.number - i.waiting_since >= stuck_blocks]
        unreplaced = await self._replace(stuck, head) if stuck else []
        forgotten = [
            i for i in waiting if i.last.tx_hash not in sight.known and (i not in stuck or i in unreplaced)
        ]
        if forgotten:
            await self._broadcaster.send_again(forgotten)
        await self._fill_gaps(intents, sight, head, stuck_blocks)

    async def _replace(self, stuck: Sequence[Intent], head: BlockRef) -> list[Intent]:
        """Outbid each, by the same call while it would succeed, else by nothing; returns the others."""
        try:
            now = await self._fees.current()
        except FeesTooHigh:
            # Nothing that may be offered would be mined.
            for intent in stuck:
                intent.at_limit = True
            return list(stuck)
        failing = await self._failing(stuck)
        unreplaced = []
        left = list(stuck)
        for _ in range(STEPS):
            affordable = []
            for intent in left:
                fee = bumped(intent.last.fee, now, self._fees.limits)
                intent.at_limit = fee is None
                if fee is None:
                    unreplaced.append(intent)
                    continue
                reason = failing.get(intent.nonce)
                intent.reason = f"cancelled: {reason}" if reason else intent.reason
                cancels = intent.last.cancels or reason is not None
                self._broadcaster.sign(intent, fee, head.number, cancels=cancels)
                intent.waiting_since = head.number
                affordable.append(intent)
            if not affordable:
                break
            self.replacements += len(affordable)
            answers = await self._broadcaster.send_next(affordable)
            left = [
                i for i, (answer, _) in zip(affordable, answers, strict=True) if answer is Answer.UNDERPRICED
            ]
        return unreplaced

    async def _failing(self, stuck: Sequence[Intent]) -> dict[int, str]:
        """Why those that would now revert would, by nonce.

        At the latest block: the pending one may hold the very transactions that are asked about.
        """
        asked = [i for i in stuck if not i.last.cancels]
        requests = [replace(i.request, gas=i.gas) for i in asked]
        verdicts = await simulate(self._node, self._address, requests, "latest")
        return {
            i.nonce: verdict.reason
            for i, verdict in zip(asked, verdicts, strict=True)
            if isinstance(verdict, Reverted)
        }

    async def _fill_gaps(
        self, intents: dict[int, Intent], sight: Sight, head: BlockRef, patience: int
    ) -> None:
        """Nonces that nobody uses hold up all later ones: a reorganisation, or a refused one, leaves them.

        Not at once: what the node holds from before, or from another user of the key, may yet be mined.
        """
        end = max(intents, default=0)
        # Counted before they are listed: whoever lies about a nonce must not fill the memory.
        count = max(end - sight.nonce, 0) - sum(sight.nonce <= n < end for n in intents)
        if count > MOST_GAPS:
            self._missing = {}
            raise Transient(
                f"{count} nonces are missing below nonce {max(intents)}: is the journal of another chain "
                "with the same id? Move it away"
            )
        gaps = [n for n in range(sight.nonce, end) if n not in intents]
        self._missing = {n: self._missing.get(n, head.number) for n in gaps}
        missing = [n for n, since in self._missing.items() if head.number - since >= patience]
        if not missing:
            return
        fee = await self._fees.current()
        fillers = []
        for nonce in missing:
            request = TxRequest((GAP, 0, nonce), self._address, "0x", CANCEL_GAS, "uses a missing nonce up")
            filler = Intent(nonce, request, CANCEL_GAS, head.number, waiting_since=head.number)
            self._broadcaster.sign(filler, fee, head.number, cancels=True)
            fillers.append(filler)
        self._broadcaster.write_down(fillers)
        intents.update({filler.nonce: filler for filler in fillers})
        await self._broadcaster.send_first(fillers)
