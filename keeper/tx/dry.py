"""The sender of a keeper that only watches: it simulates and never signs; it has no key to sign with."""

from collections.abc import Sequence

from keeper.chain.errors import ChainError
from keeper.chain.rpc import Node
from keeper.tx.intents import InFlight
from keeper.tx.sender import SenderSettings, refusal
from keeper.tx.simulate import simulate
from keeper.types import ActionKey, BlockRef, Outcome, Refused, Setback, Submission, TxRequest


class DrySender:
    """Same interface as Sender. An action that would have been sent counts as on its way for a few blocks."""

    problem = ""
    replacements = 0

    def __init__(self, node: Node, address: str, settings: SenderSettings) -> None:
        self._node = node
        self._settings = settings
        self._until: dict[ActionKey, int] = {}
        self._head = 0
        self.address = address

    @property
    def busy(self) -> frozenset[ActionKey]:
        return frozenset(self._until)

    def in_flight(self) -> list[InFlight]:
        return []

    async def submit(self, requests: Sequence[TxRequest]) -> list[Submission | Refused]:
        """Submissions have nonce -1 and no hash."""
        verdicts = await simulate(self._node, self.address, requests, self._settings.simulate_at)
        answers: list[Submission | Refused] = []
        for request, verdict in zip(requests, verdicts, strict=True):
            if isinstance(verdict, ChainError):
                answers.append(Refused(request.key, refusal(verdict)))
            elif request.key in self._until:
                answers.append(Refused(request.key, "reported already"))
            else:
                self._until[request.key] = self._head + self._settings.stuck_blocks
                answers.append(Submission(request.key, -1, ""))
        return answers

    def setbacks(self) -> list[Setback]:
        return []

    async def tick(self, head: BlockRef) -> list[Outcome]:
        self._head = head.number
        self._until = {key: until for key, until in self._until.items() if until > head.number}
        return []
