"""What reverts again and again is tried less and less often.

Whoever changes an account in front of the keeper's transaction pays less for it than the keeper, and must
not be able to do so in every block.
"""

from keeper.types import ActionKey

# The first reverts cost no rest: prices move. Then so many blocks, doubled by each further one, at most.
FREE, LONGEST = 2, 32


class Resting:
    def __init__(self) -> None:
        # Reverts in a row, and the block up to which it rests.
        self._rests: dict[ActionKey, tuple[int, int]] = {}

    def reverted(self, key: ActionKey, block: int) -> None:
        times = self._rests.get(key, (0, 0))[0] + 1
        pause = min(2 ** (times - FREE), LONGEST) if times > FREE else 0
        self._rests[key] = (times, block + pause)

    def succeeded(self, key: ActionKey) -> None:
        self._rests.pop(key, None)

    def keys(self, block: int) -> frozenset[ActionKey]:
        """Those that rest. What has not reverted for long is forgotten."""
        self._rests = {k: v for k, v in self._rests.items() if block <= v[1] + LONGEST}
        return frozenset(key for key, (_, until) in self._rests.items() if block < until)
