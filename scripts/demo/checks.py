"""At the end of the play: every invariant that a chain can show, judged by what it stores and remembers."""

from collections.abc import Callable
from dataclasses import replace

from scripts.demo.story import Story
from scripts.sandbox import invariants
from scripts.sandbox.chronicle import Chronicle
from scripts.sandbox.history import read_history
from scripts.sandbox.invariants import Broken
from scripts.sandbox.reader import Reader
from scripts.sandbox.venue import Venue

Progress = Callable[[int, int], None]
"""Called with the steps done and all of them."""

AT_THE_END = {
    "ACC-1": invariants.acc_1,
    "POS-1": invariants.pos_1,
    "QUE-1": invariants.que_1,
    "QUE-2": invariants.que_2,
    "MAR-1": invariants.mar_1,
    "EXIT-1": invariants.exit_1,
}


def check(venue: Venue, story: Story, first_block: int, progress: Progress | None = None) -> None:
    """Fill `invariants` and `broken` of the story, and say of every round whether it `agrees`.

    `first_block`: of the history that is judged. The chain is left as it was.
    """
    reader = Reader(venue.w3, venue.system, venue.market.sender, venue.head)
    chronicle = Chronicle.of(venue.system, reader.scale)
    for block in read_history(venue.w3, 0, reader.block):
        for transaction in block.transactions:
            chronicle.take_in(block, transaction)
    agreeing = {each.receipt.tx_hash for each in chronicle.rounds if not each.differences}
    story.rounds = [replace(each, agrees=each.tx_hash in agreeing) for each in story.rounds]
    for name, invariant in AT_THE_END.items():
        try:
            invariant(reader)
        except Broken as broken:
            story.broken[name] = str(broken.found)
        story.invariants[name] = name not in story.broken
