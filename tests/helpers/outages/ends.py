"""How an outage ends, by the words of contracts/OUTAGES.md: the market is traded in again, at which price."""

import ape

from tests.helpers.outages.blocks import send_together
from tests.helpers.outages.checks import NO_PRICE, trade_at
from tests.helpers.outages.rows import FIRST, NEAR, SECOND
from tests.helpers.outages.stage import CONFIRM, GRACE, MARKET, NEW, Stage
from tests.helpers.parameters import WAD
from tests.helpers.undoing import undone


def with_next_round(stage: Stage) -> None:
    stage.lapse()
    _refused(stage)
    stage.repair()
    stage.answer(NEAR)
    trade_at(stage, NEAR)


def with_next_update(stage: Stage) -> None:
    stage.lapse()
    _refused(stage)
    stage.publish(NEAR)
    trade_at(stage, NEAR)


def after_grace(stage: Stage) -> None:
    """To the second. The price is what the feed says by then."""
    stage.sync()
    stage.repair()
    back = stage.up_since
    stage.mine_at(back + GRACE - 10)
    stage.answer(NEAR)
    stage.mine_at(back + GRACE - 2)
    _refused(stage)
    stage.mine_at(back + GRACE - 1)
    trade_at(stage, NEAR)


def after_confirm(stage: Stage) -> None:
    """To the second, by the very round that jumped."""
    stage.sync()
    since = int(stage.desk.router.pending_price(MARKET)[2])
    stage.mine_at(since + CONFIRM - 2)
    _refused(stage)
    stage.mine_at(since + CONFIRM - 1)
    trade_at(stage, NEW)


def ended(stage: Stage) -> None:
    """Nothing waits, and the next round is one like any other."""
    stage.sync()
    assert stage.desk.router.pending_price(MARKET)[0] == 0
    stage.answer(NEW - WAD)
    trade_at(stage, NEW - WAD)


def in_next_block(stage: Stage) -> None:
    send_together(stage.before())
    assert stage.desk.router.last_accepted(MARKET)[0] == FIRST
    stage.reset()
    stage.pyth_source.pull([MARKET], sender=stage.owner)
    trade_at(stage, SECOND)


def _refused(stage: Stage) -> None:
    with undone(), ape.reverts(NO_PRICE):
        stage.fill(stage.cast.long, stage.cast.short, WAD, NEAR)
