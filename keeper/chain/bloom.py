"""Whether a block's bloom filter says that a log should have been answered (yellow paper, 4.3.1)."""

from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import Any

from eth_utils.crypto import keccak

from keeper.chain.errors import Lying

# Of 2,048 bits: above, one topic in 64 shows by chance.
CROWDED = 512


@lru_cache(maxsize=4096)
def bits_of(item: str) -> int:
    """The three bits of an address or topic, hex."""
    digest = keccak(hexstr=item)
    return sum({1 << (int.from_bytes(digest[i : i + 2], "big") & 2047) for i in (0, 2, 4)})


def missing_topics(raw: Any, addresses: Iterable[str], topics: Collection[str], found: set[str]) -> set[str]:
    """Topics that the header's filter shows together with one of the addresses and no log was answered for.

    A filter has false positives, never false negatives: what is missing may be with another contract, what
    was found and does not show was made up. In a crowded block nearly every topic shows: there only an answer
    without any log is doubted.
    """
    try:
        bloom = int(raw, 16)
    except (TypeError, ValueError):
        raise Lying("answered a block without a log filter") from None
    if any(bloom & bits_of(topic) != bits_of(topic) for topic in found):
        raise Lying("answered a log that the block's filter excludes")
    if found and bloom.bit_count() > CROWDED:
        return set()
    if not any(bloom & bits == bits for bits in map(bits_of, addresses)):
        return set()
    return {t for t in topics if t not in found and bloom & bits_of(t) == bits_of(t)}
