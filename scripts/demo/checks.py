"""At the end of the play: every invariant that a chain can show, judged by what it stores and remembers."""

from collections.abc import Callable
from dataclasses import replace

from scripts.demo.story import Story
from scripts.sandbox import bargains, invariants
from scripts.sandbox.history import Doubtful, read_history
from scripts.sandbox.past import Past
from scripts.sandbox.reader import Reader
from scripts.sandbox.venue import Venue
from scripts.sandbox.verdicts import Verdicts

Progress = Callable[[int, int], None]
"""Called with the steps done and all of them."""

# Judged by the state at the end; the others by the history.
AT_THE_END: dict[str, Callable[[Reader], object]] = {
    "ACC-1": invariants.acc_1,
    "POS-1": invariants.pos_1,
    "QUE-1": invariants.que_1,
    "QUE-2": invariants.que_2,
    "MAR-1": invariants.mar_1,
    "MAR-2": bargains.mar_2,
    "EXIT-1": invariants.exit_1,
}


def check(venue: Venue, story: Story, first_block: int, progress: Progress | None = None) -> None:
    """Fill `invariants` and `broken` of the story, and say of every round whether it `agrees`.

    `first_block`: of the history that is judged. The chain is left as it was.
    """
    tell = progress or (lambda done, total: None)
    verdicts = Verdicts()
    reader = Reader(venue.w3, venue.system, venue.market.sender, venue.head)
    total = reader.block + len(AT_THE_END)

    past = Past(venue.w3, venue.system, reader.trial.decimals, verdicts)
    blocks = read_history(venue.w3, 0, reader.block)
    past.judge(blocks, first_block, reader, lambda number: tell(number, total))
    agreeing = {each.receipt.tx_hash for each in past.chronicle.rounds if not each.differences}
    story.rounds = [replace(each, agrees=each.tx_hash in agreeing) for each in story.rounds]

    for done, (name, invariant) in enumerate(AT_THE_END.items(), reader.block + 1):
        try:
            with verdicts.noted():
                invariant(reader)
        except Doubtful as doubt:
            verdicts.doubt([name], doubt)
        tell(done, total)
    story.invariants, story.broken = verdicts.held, verdicts.broken
