"""Where a position would stand at another tier: where it does stand once it is there."""

from hypothesis import given
from hypothesis import strategies as st

from keeper.arithmetic import LEVERAGES
from keeper.cli.views.places import place
from keeper.strategy.ranking import rank_of
from keeper.types import BlockRef
from tests.keeper.cli.example_book import HEAD, NOW, WAD, Writer, example_book

# Few values, so that entry prices and even ROEs are equal: (100 - 95) / 100 at 10x is (100 - 90) / 100 at 5x.
ENTRIES = st.sampled_from([90 * WAD, 95 * WAD, 100 * WAD, 100 * WAD + 1, 110 * WAD])
TIERS = st.integers(0, len(LEVERAGES) - 1)


@given(
    others=st.lists(st.tuples(ENTRIES, TIERS), max_size=12),
    entry=ENTRIES,
    tiers=st.tuples(TIERS, TIERS).filter(lambda pair: pair[0] != pair[1]),
    is_long=st.booleans(),
    price=st.sampled_from([89 * WAD, 90 * WAD, 100 * WAD, 105 * WAD, 10**6]),
)
def test_place__moved_to_the_tier__stands_there(
    others: list[tuple[int, int]], entry: int, tiers: tuple[int, int], is_long: bool, price: int
) -> None:
    book = example_book((price, price))
    size = 10**15 if is_long else -(10**15)
    log = Writer(HEAD.number + 1)
    first = book.accounts.count + 1
    for account_id, (at, tier) in enumerate([(entry, tiers[0]), *others], first):
        log.log("AccountOpened", account_id, 1)
        log.log("PositionChanged", account_id, 2, size, at, LEVERAGES[tier], 0, at, 1)
    block = BlockRef(HEAD.number + 1, "0x" + "08" * 32, HEAD.hash, NOW + 1)
    book.apply(block, log.events)
    expected = place(book.positions[2], first, is_long, tiers[1], entry, price)

    moved = Writer(HEAD.number + 2)
    moved.log("PositionChanged", first, 2, size, entry, LEVERAGES[tiers[1]], 0, price, 2)
    book.apply(BlockRef(HEAD.number + 2, "0x" + "09" * 32, block.hash, NOW + 2), moved.events)
    assert rank_of(book, 2, first, price) == expected
