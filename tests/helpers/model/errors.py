"""How the model refuses: with the exact text the chain must give."""


class Revert(Exception):
    """An action that the chain refuses; the model is unchanged afterwards."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def require(condition: bool, reason: str) -> None:
    """Refuse with `reason` unless `condition` holds."""
    if not condition:
        raise Revert(reason)
