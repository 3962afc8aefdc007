"""The follower in front of reorganisations, without sockets."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from keeper.book.book import Book
from keeper.book.errors import TooDeep, Unusable
from keeper.book.events import Decoder
from keeper.chain.errors import Transient
from keeper.chain.parse import block_ref
from keeper.chain.rpc import Node
from keeper.follower import Follower, Step
from keeper.types import BlockRef
from tests.keeper.chain.fake_transport import CHAIN_ID, FakeTransport, block_hash, header

HOUSE = "0x" + "11" * 20


def chain(height: int) -> FakeTransport:
    transport = FakeTransport(height=height)
    transport.answers["eth_getLogs"] = lambda _: []
    return transport


def book_at(numbers: range, common: int) -> Book:
    """Of blocks that are those of the chain up to `common`, others beyond."""
    book = Book(10**30)
    for number in numbers:
        parent = block_hash(number - 1, int(number - 1 > common))
        book.apply(BlockRef(number, block_hash(number, int(number > common)), parent, 1_000 + number), [])
    return book


def advance(book: Book, transport: FakeTransport, step: Step) -> None:
    async def main() -> None:
        async with Node([transport], CHAIN_ID, probe_seconds=1_000) as node:
            follower = Follower(node, Decoder({HOUSE: "ClearingHouse"}), [HOUSE], 0)
            await follower.advance(book, block_ref(header(transport.height)), step=step)

    asyncio.run(main())


@pytest.mark.parametrize("height", [215, 500])
def test_advance__its_head_was_taken_back_meanwhile__steps_back_first(height: int) -> None:
    book, step = book_at(range(195, 201), common=197), Step()
    advance(book, chain(height), step)
    assert (step.undone, step.common) == (3, 197)
    assert book.head is not None
    assert book.head.hash == block_hash(height)


def test_advance__its_last_block_was_replaced__undoes_that_one() -> None:
    book, step = book_at(range(195, 201), common=199), Step()
    advance(book, chain(201), step)
    assert (step.undone, step.common, step.blocks) == (1, 199, 2)
    assert book.head is not None
    assert book.head.hash == block_hash(201)


def test_advance__more_was_taken_back_than_it_keeps__is_too_deep() -> None:
    with pytest.raises(TooDeep):
        advance(book_at(range(195, 201), common=190), chain(500), Step())


def test_advance__fails_after_stepping_back__tells_what_was_undone() -> None:
    book, step, transport = book_at(range(195, 201), common=197), Step(), chain(215)
    known: Callable[..., Any] = transport.answers["eth_getBlockByNumber"]
    transport.answers["eth_getBlockByNumber"] = lambda tag, full: (
        None if tag == hex(210) else known(tag, full)
    )
    with pytest.raises(Transient):
        advance(book, transport, step)
    assert (step.undone, step.common) == (3, 197)


def test_advance__history_stumbles__is_unusable(monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(*_: Any) -> None:
        raise KeyError("half of it is in")

    monkeypatch.setattr(Book, "extend", stumble)
    with pytest.raises(Unusable, match="half of it is in"):
        advance(Book(10**30), chain(500), Step())
