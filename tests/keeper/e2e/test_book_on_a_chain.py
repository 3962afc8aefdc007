"""The book and the valuation against the chain's own views, block by block, without a keeper in between."""

import random
from pathlib import Path

from keeper.arithmetic import LEVERAGES
from keeper.book.book import Book
from keeper.book.events import Decoder
from keeper.strategy.ranking import top
from keeper.strategy.revaluation import revalue, suspects
from keeper.strategy.risk import standing
from keeper.types import BlockRef
from scripts.sandbox.venue import Venue
from tests.helpers.parameters import WAD
from tests.keeper.stage import PRICE, staged
from tests.keeper.traders import Traders

BLOCKS = 60


def test_book__random_trading_and_crashes__values_everybody_as_the_chain_does(tmp_path: Path) -> None:
    with staged(tmp_path, (PRICE, 100 * WAD, WAD)) as stage:
        venue = stage.venue
        venue.populate(60)
        keeper_account = venue.open_account(0)
        traders = Traders(venue, keeper_account, random.Random(3))
        for weather in traders.weather.values():
            weather.move, weather.blocks = -0.4, BLOCKS
        venue.hold()
        system = venue.system
        decoder = Decoder(
            {
                system.clearing_house.address.lower(): "ClearingHouse",
                system.router.address.lower(): "OracleRouter",
            }
        )
        book = Book(10**30)
        for number in range(venue.head + 1):
            follow(book, venue, decoder, number)
        seen = 0
        for _ in range(BLOCKS):
            traders.act(venue.head)
            venue.mine()
            follow(book, venue, decoder, venue.head)
            seen += len(compare(book, venue))
        assert seen > 100


def follow(book: Book, venue: Venue, decoder: Decoder, number: int) -> None:
    block = venue.rpc("eth_getBlockByNumber", hex(number), False)
    reference = BlockRef(number, block["hash"], block["parentHash"], int(block["timestamp"], 16))
    logs = venue.rpc("eth_getLogs", {"blockHash": block["hash"]})
    book.apply(reference, [event for log in logs if (event := decoder.decode(log)) is not None])


def compare(book: Book, venue: Venue) -> list[int]:
    """The liquidatable, as both say; with everybody's values and every queue."""
    assert book.head is not None
    marks = book.marks(book.head.timestamp)
    thin, broke = set(), set()
    for account_id in suspects(revalue(book, marks)).tolist():
        seen = standing(book, marks, book.account(account_id))
        if seen.equity < seen.maintenance:
            thin.add(account_id)
        if seen.equity < 0:
            broke.add(account_id)
    census = venue.census(book.head.number)
    assert thin == census.liquidatable
    assert broke == census.bankrupt
    if book.head.number % 20 == 0:
        lens = venue.system.lens.functions
        for market_id, mark in marks.items():
            for is_long in (True, False):
                ranked = [
                    (each.account_id, each.size, each.entry_price, LEVERAGES[each.tier], each.roe, False)
                    for each in top(book, market_id, is_long, 256, mark.price)
                ]
                assert ranked == lens.ranked_positions(market_id, is_long, 0, 256).call()
    return sorted(thin)
