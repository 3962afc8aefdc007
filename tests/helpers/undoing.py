"""Taking back what Ape's Anvil went through."""

from collections.abc import Iterator
from contextlib import contextmanager

from ape import chain


@contextmanager
def undone() -> Iterator[None]:
    """The chain is afterwards as it was. Unlike Ape's `chain.isolate`, which swallows whatever is raised
    inside it, failed assertions too."""
    snapshot = chain.snapshot()
    try:
        yield
    finally:
        chain.restore(snapshot)
