"""JSON-RPC values, checked: a node that answers nonsense is lying, never a number."""

import re
from typing import Any

from keeper.chain.errors import Behind, Lying
from keeper.types import BlockRef

_QUANTITY = re.compile(r"0x[0-9a-fA-F]{1,64}")


def quantity(raw: Any) -> int:
    """A JSON-RPC quantity: no sign, 32 bytes at most."""
    if not isinstance(raw, str) or not _QUANTITY.fullmatch(raw):
        raise Lying(f"answered {str(raw)[:40]!r} where a number belongs")
    return int(raw, 16)


def word(raw: Any) -> str:
    """A 32-byte hash, lower case."""
    if not isinstance(raw, str) or len(raw) != 66 or not raw.startswith("0x"):
        raise Lying(f"answered {str(raw)[:80]!r} where a hash belongs")
    return raw.lower()


def header_of(raw: Any) -> dict[str, Any]:
    if raw is None:
        raise Behind("does not know that block")
    if not isinstance(raw, dict):
        raise Lying("answered something that is no block")
    return raw


def block_ref(raw: Any) -> BlockRef:
    header = header_of(raw)
    return BlockRef(
        number=quantity(header.get("number")),
        hash=word(header.get("hash")),
        parent=word(header.get("parentHash")),
        timestamp=quantity(header.get("timestamp")),
    )
