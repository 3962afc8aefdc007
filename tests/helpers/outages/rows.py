"""How each outage of contracts/OUTAGES.md comes about, by its row's name."""

from collections.abc import Callable

from tests.helpers.outages.blocks import Call
from tests.helpers.outages.stage import CONFIRM, LAST, MARKET, MAX_CONFIDENCE, NEW, Stage
from tests.helpers.parameters import WAD
from tests.helpers.reading import now, rpc
from tests.helpers.wallets import REVERTING, set_code

Begin = Callable[[Stage], None]

# What a feed says when it is well again: near enough to be accepted at once.
NEAR = 3_990 * WAD
# Two prices of one block, the first and the second.
FIRST, SECOND = 4_100 * WAD, 3_900 * WAD
# No contract of ours could write it, and every scaling must survive it.
HUGE = 2**255 - 1


def _stale(stage: Stage) -> None:
    stage.lapse()


def _answering(answer: int) -> Begin:
    def begin(stage: Stage) -> None:
        stage.feed.updateAnswer(answer, sender=stage.owner)

    return begin


def _reverting(stage: Stage) -> None:
    code = bytes.fromhex(rpc("eth_getCode", str(stage.feed.address), "latest").removeprefix("0x"))
    set_code(stage.feed.address, REVERTING)
    stage.repair = lambda: set_code(stage.feed.address, code)


def _wrong_decimals(stage: Stage) -> None:
    """As if a proxy pointed at another aggregator: its first variable is the decimals."""

    def become(decimals: int) -> None:
        word = f"0x{decimals:064x}"
        rpc("anvil_setStorageAt", str(stage.feed.address), f"0x{0:064x}", word)
        assert stage.feed.decimals() == decimals

    become(18)
    stage.answer(NEAR)
    stage.repair = lambda: become(8)


def _incomplete(stage: Stage) -> None:
    """A round that has an answer and no time yet."""
    round_id = int(stage.feed.latestRound()) + 1
    stage.feed.updateRoundData(round_id, NEAR // 10**10, 0, now(), sender=stage.owner)


def _sequencer_down(stage: Stage) -> None:
    stage.sequencer_is(down=True)
    stage.repair = lambda: stage.sequencer_is(down=False)


def _sequencer_back(stage: Stage) -> None:
    """Nobody could ask while it was down; the feed has a price of now."""
    stage.sequencer_is(down=True)
    stage.desk.mine(600)
    stage.answer(NEAR)
    stage.sequencer_is(down=False)


def _jump(stage: Stage) -> None:
    stage.answer(NEW)


def _apart(stage: Stage) -> None:
    stage.publish(LAST)
    stage.answer(NEW)


def _released_by_second(stage: Stage) -> None:
    stage.publish(NEW + WAD)
    stage.answer(NEW)


def _released_by_confirm(stage: Stage) -> None:
    stage.answer(NEW)
    stage.sync()
    stage.mine_at(int(stage.desk.router.pending_price(MARKET)[2]) + CONFIRM - 1)


def _wide(stage: Stage) -> None:
    """By the least that Pyth can say."""
    stage.publish(NEAR, confidence=NEAR * MAX_CONFIDENCE // WAD + 10**10)


def _twice(stage: Stage) -> None:
    def block() -> list[Call]:
        # Later than what Pyth has been told.
        stage.desk.mine(10)
        return [stage.publication(FIRST), stage.publication(SECOND, ahead=1)]

    stage.before = block


FEEDS: dict[str, Begin] = {
    "feed_stale": _stale,
    "zero": _answering(0),
    "negative": _answering(-1),
    "huge": _answering(HUGE),
    "reverting": _reverting,
    "wrong_decimals": _wrong_decimals,
    "round_incomplete": _incomplete,
}
DOUBTS: dict[str, Begin] = {
    "sequencer_down": _sequencer_down,
    "sequencer_just_up_again": _sequencer_back,
    "two_sources_apart": _apart,
    "jump_not_released": _jump,
    "jump_released_by_the_second_source": _released_by_second,
    "jump_released_by_confirm": _released_by_confirm,
}
PYTH: dict[str, Begin] = {
    "confidence_wide": _wide,
    "two_prices_in_one_block": _twice,
}
