"""How deep Python may call itself."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

USUAL = 1_000


@contextmanager
def usual_recursion() -> Iterator[None]:
    """As in a program of ours: py-evm, which other tests load, allows more than the C stack bears."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(USUAL)
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
