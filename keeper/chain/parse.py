"""JSON-RPC values, checked: a node that answers nonsense is lying, never a number."""

from typing import Any

from keeper.chain.errors import Behind, Lying
from keeper.types import BlockRef


def quantity(raw: Any) -> int:
    """A JSON-RPC quantity."""
    try:
        return int(raw, 16)
    except (TypeError, ValueError):
        raise Lying(f"answered {str(raw)[:40]!r} where a number belongs") from None


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
