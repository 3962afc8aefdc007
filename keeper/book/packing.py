"""Blocks, markets and undo as JSON and bytes, for the checkpoint."""

import json
import struct
from collections.abc import Iterator
from typing import Any

from keeper.book.accounts import RECORD as ACCOUNT
from keeper.book.markets import Market
from keeper.book.positions import RECORD as POSITION
from keeper.book.undo import Undo
from keeper.types import BlockRef

_LENGTH = struct.Struct("<I")


def block_to_json(block: BlockRef | None) -> list[Any] | None:
    return None if block is None else [block.number, block.hash, block.parent, block.timestamp]


def block_of_json(found: list[Any] | None) -> BlockRef | None:
    return None if found is None else BlockRef(*found)


def pack_undo(undo: Undo) -> bytes:
    """Length of a JSON header, the header with the numbers of the rows, the rows' records in that order."""
    header = {
        "block": block_to_json(undo.block),
        "head": block_to_json(undo.head),
        "account_count": undo.account_count,
        "accounts": list(undo.accounts),
        "counters": undo.counters,
        "positions": {market_id: list(rows) for market_id, rows in undo.positions.items()},
        "markets": {m: market and market.words() for m, market in undo.markets.items()},
    }
    text = json.dumps(header, separators=(",", ":")).encode()
    records = [*undo.accounts.values(), *(raw for rows in undo.positions.values() for raw in rows.values())]
    return b"".join([_LENGTH.pack(len(text)), text, *records])


def unpack_undo(data: bytes, scale: int) -> Undo:
    (length,) = _LENGTH.unpack_from(data)
    at = _LENGTH.size + length
    header = json.loads(data[_LENGTH.size : at])
    block = block_of_json(header["block"])
    if block is None:
        raise ValueError("an undo without its block")
    accounts = dict(zip(header["accounts"], _cut(data, at, ACCOUNT.itemsize), strict=False))
    at += len(accounts) * ACCOUNT.itemsize
    positions = {}
    for market_id, rows in header["positions"].items():
        positions[int(market_id)] = dict(zip(rows, _cut(data, at, POSITION.itemsize), strict=False))
        at += len(rows) * POSITION.itemsize
    if at != len(data):
        raise ValueError(f"an undo of {len(data)} bytes instead of {at}")
    return Undo(
        block=block,
        head=block_of_json(header["head"]),
        account_count=header["account_count"],
        accounts=accounts,
        counters={int(market_id): tuple(values) for market_id, values in header["counters"].items()},
        positions=positions,
        markets={
            int(market_id): None if words is None else Market.of_words(int(market_id), words, scale)
            for market_id, words in header["markets"].items()
        },
    )


def _cut(data: bytes, at: int, width: int) -> Iterator[bytes]:
    while True:
        yield data[at : at + width]
        at += width
