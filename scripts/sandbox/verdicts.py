"""What became of each invariant: the first that was found against it, by id."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from scripts.sandbox.invariants import STATEMENTS, Broken


class Verdicts:
    def __init__(self) -> None:
        self.broken: dict[str, str] = {}

    @contextmanager
    def noted(self, where: str = "") -> Iterator[None]:
        """A breach inside is remembered, with where it was, and goes no further."""
        try:
            yield
        except Broken as broken:
            self.broken.setdefault(broken.invariant, f"{where}{broken.found}")

    def doubt(self, invariants: Iterable[str], why: object) -> None:
        """These cannot be judged, and so do not count as held."""
        for invariant in invariants:
            self.broken.setdefault(invariant, f"cannot be judged: {why}")

    @property
    def held(self) -> dict[str, bool]:
        return {invariant: invariant not in self.broken for invariant in STATEMENTS}
