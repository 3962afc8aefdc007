"""Blocks that are taken back: the book rewinds, and what is due is done again."""

import json
from pathlib import Path

import pytest

from keeper.book.book import KEPT_BLOCKS
from tests.helpers.parameters import WAD
from tests.keeper.history import events
from tests.keeper.stage import staged
from tests.keeper.victims import wreck


def test_keeper__its_deleveraging_is_taken_back__does_it_again(tmp_path: Path) -> None:
    with staged(tmp_path) as stage:
        venue = stage.venue
        fallen = wreck(venue, 10)
        keeper = stage.keeper()
        venue.hold()
        stage.open(keeper)
        venue.publish({1: 3_880 * WAD})
        venue.mine()
        stage.calm()
        [before] = events(venue, "DeleveragingEnded")
        venue.rpc("anvil_reorg", venue.head - before.block + 1, [])
        assert venue.census().bankrupt == {fallen.victim}
        stage.calm()
        stage.settle(keeper)

        [after] = events(venue, "DeleveragingEnded")
        assert (after.args["closed"], after.args["left"]) == (fallen.size, 0)
        metrics = keeper.metrics()
        assert metrics["plimsoll_reorg_depth_blocks_count"] >= 1
        assert metrics["plimsoll_reconciliation_differences"] == 0
        assert metrics['plimsoll_reconciliations_total{result="different"}'] == 0


def test_keeper__the_crash_itself_is_taken_back__nobody_is_closed(tmp_path: Path) -> None:
    with staged(tmp_path) as stage:
        venue = stage.venue
        fallen = wreck(venue, 10)
        keeper = stage.keeper()
        venue.hold()
        stage.open(keeper)
        before_crash = venue.head
        venue.publish({1: 3_880 * WAD})
        venue.mine()
        stage.calm()
        venue.rpc("anvil_reorg", venue.head - before_crash, [])
        assert not events(venue, "DeleveragingEnded")
        stage.settle(keeper)
        for _ in range(12):
            venue.mine()
        stage.advance("it is healthy", keeper.is_healthy)

        assert not events(venue, "DeleveragingEnded")
        assert venue.position(fallen.victim, 1) == fallen.size
        assert keeper.metrics()['plimsoll_reconciliations_total{result="different"}'] == 0
        # And the next crash finds it at work.
        venue.publish({1: 3_870 * WAD})
        stage.advance("it is closed", lambda: events(venue, "DeleveragingEnded"))


def test_keeper__blocks_are_taken_back_while_it_is_down__comes_back_to_the_new_ones(tmp_path: Path) -> None:
    with staged(tmp_path) as stage:
        venue = stage.venue
        fallen = wreck(venue, 10)
        keeper = stage.keeper()
        venue.hold()
        stage.open(keeper)
        venue.publish({1: 3_880 * WAD})
        venue.mine()
        stage.calm()
        [before] = events(venue, "DeleveragingEnded")
        stage.settle(keeper)
        assert keeper.stop() == 0
        venue.rpc("anvil_reorg", venue.head - before.block + 1, [])
        stage.open(keeper)
        stage.calm()
        stage.settle(keeper)

        [after] = events(venue, "DeleveragingEnded")
        assert (after.args["closed"], after.args["left"]) == (fallen.size, 0)
        metrics = keeper.metrics()
        assert metrics["plimsoll_reorg_depth_blocks_count"] == 1
        assert metrics["plimsoll_book_rebuilds_total"] == 0
        assert metrics['plimsoll_reconciliations_total{result="different"}'] == 0


def test_keeper__killed_after_a_round_that_is_taken_back__does_not_remember_it(tmp_path: Path) -> None:
    with staged(tmp_path) as stage:
        venue = stage.venue
        wreck(venue, 10)
        # One checkpoint, after the start.
        keeper = stage.keeper(keeper={"checkpoint_every_seconds": 3_600.0})
        venue.hold()
        stage.open(keeper)
        before_crash = venue.head
        venue.publish({1: 3_880 * WAD})
        venue.mine()
        stage.calm()
        verified = 'plimsoll_deleveraging_rounds_total{result="verified"}'
        stage.advance("the round is checked", lambda: keeper.metrics().get(verified))
        keeper.kill()
        venue.rpc("anvil_reorg", venue.head - before_crash, [])
        assert not events(venue, "DeleveragingEnded")
        # The price that closed it is gone, and nobody sends it again.
        stage.open(keeper)

        assert not events(venue, "DeleveragingEnded")
        assert json.loads(keeper.run_cli("rounds", "--json").stdout) == []
        assert keeper.metrics()['plimsoll_reconciliations_total{result="different"}'] == 0


@pytest.mark.parametrize("method", ["anvil_reorg", "anvil_rollback"])
def test_keeper__more_is_taken_back_than_it_can_undo__fills_its_book_again(
    tmp_path: Path, method: str
) -> None:
    with staged(tmp_path) as stage:
        venue = stage.venue
        wreck(venue, 10)
        keeper = stage.keeper()
        venue.hold()
        venue.rpc("anvil_mine", hex(KEPT_BLOCKS + 40))
        stage.open(keeper)
        depth = KEPT_BLOCKS + 20
        venue.rpc(method, depth, *([[]] if method == "anvil_reorg" else []))
        stage.advance("it is filled again", lambda: keeper.metrics()["plimsoll_book_rebuilds_total"])
        stage.advance("it is healthy", keeper.is_healthy)
        # Nothing of the old book counts for the new one.
        metrics = keeper.metrics()
        assert metrics["plimsoll_reconciled_block"] <= metrics["plimsoll_book_block"]
        # However deep it was, it was deeper than the alert allows.
        assert metrics["plimsoll_reorg_depth_blocks_count"] == 1
        assert metrics['plimsoll_reorg_depth_blocks_bucket{le="8.0"}'] == 0
        venue.publish({1: 3_880 * WAD})
        stage.advance("it is closed", lambda: events(venue, "DeleveragingEnded"))
        assert keeper.metrics()['plimsoll_reconciliations_total{result="different"}'] == 0
