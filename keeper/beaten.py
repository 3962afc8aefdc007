"""Which queues are moved in front of the keeper's lists: there the chain's own pick gets through.

Counted by side of a market, not by account: whoever changes rank in front of one list does so in front of the
next, and prices that move every block do the same without meaning it.
"""

from collections import deque

from keeper.book.book import Book
from keeper.types import Action, ActionKey, Deleverage, Side

# The refusal of a list that is not the top of the queue any more.
NOT_TOP_RANKED = "adl: not top ranked"
# So many within so many blocks.
TIMES, MEMORY = 2, 20


class Beaten:
    def __init__(self) -> None:
        self._sides: dict[ActionKey, Side] = {}
        # Blocks in which a list of the side was refused.
        self._blocks: dict[Side, deque[int]] = {}

    def listed(self, action: Action, book: Book) -> None:
        """A list is being sent."""
        if isinstance(action, Deleverage):
            position = book.position(action.account_id, action.market_id)
            if position is not None:
                self._sides[action.key] = (action.market_id, position.size < 0)

    def failed(self, key: ActionKey, reason: str, block: int) -> None:
        """What was sent, or would have been, did not succeed."""
        side = self._sides.pop(key, None)
        if side is not None and reason == NOT_TOP_RANKED:
            self._blocks.setdefault(side, deque(maxlen=TIMES)).append(block)

    def sides(self, block: int) -> frozenset[Side]:
        return frozenset(
            side
            for side, blocks in self._blocks.items()
            if len(blocks) == TIMES and block - blocks[0] <= MEMORY
        )
