"""How the model refuses: with the exact text the chain must give."""

from collections.abc import Callable


class Revert(Exception):
    """An action that the chain refuses; the model is unchanged afterwards."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def refusal_of(action: Callable[[], object]) -> str | None:
    """The reason for which an action is refused; None if it was carried out."""
    try:
        action()
    except Revert as refusal:
        return refusal.reason
    return None


def require(condition: bool, reason: str) -> None:
    """Refuse with `reason` unless `condition` holds."""
    if not condition:
        raise Revert(reason)
