"""A keeper that is killed at any point repeats nothing and comes back with the right book."""

import random
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from scripts.sandbox.keeper_process import wait_until
from scripts.sandbox.venue import TOKEN
from tests.helpers.parameters import WAD
from tests.keeper.history import events, repeated, reverted, transactions_of
from tests.keeper.stage import PRICE, staged
from tests.keeper.victims import wreck

RICH = 10_000_000 * TOKEN
SIX_CALLS = {"max_list": 5}


def test_keeper__killed_between_the_calls_of_a_round__goes_on_where_it_was(tmp_path: Path) -> None:
    with staged(tmp_path) as stage:
        venue = stage.venue
        fallen = wreck(venue, 30)
        keeper = stage.keeper(limits=SIX_CALLS)
        venue.hold()
        stage.open(keeper)
        venue.publish({1: 3_880 * WAD})
        [end, *_] = stage.advance("a part is closed", lambda: events(venue, "DeleveragingEnded"))
        assert end.args["left"] > 0
        keeper.kill()
        stage.open(keeper)
        stage.calm()
        stage.settle(keeper)

        rounds = events(venue, "DeleveragingEnded")
        assert [event.args["left"] for event in rounds] == [fallen.size * (5 - i) // 6 for i in range(6)]
        sent = transactions_of(venue, keeper.key.address)
        assert [each.function for each in sent if each.function != "flag_bankrupt"] == ["deleverage"] * 6
        assert not repeated(sent)
        assert not reverted(sent)
        assert keeper.metrics()["plimsoll_reconciliation_differences"] == 0


def test_keeper__killed_with_a_transaction_in_the_pool__does_not_send_it_again(tmp_path: Path) -> None:
    with staged(tmp_path) as stage:
        venue = stage.venue
        wreck(venue, 10)
        keeper = stage.keeper()
        venue.hold()
        stage.open(keeper)
        venue.publish({1: 3_880 * WAD})
        venue.mine()
        before = wait_until("it is in the pool", lambda: stage.pending(keeper))
        keeper.kill()
        keeper.start()
        wait_until("it is healthy again", keeper.is_healthy)
        time.sleep(1)
        assert {n: tx["hash"] for n, tx in stage.pending(keeper).items()} == {0: before[0]["hash"]}
        stage.settle(keeper)

        [sent] = transactions_of(venue, keeper.key.address)
        assert sent.succeeded
        assert not venue.census().bankrupt


def test_keeper__killed_at_random_times_in_a_crash__misses_and_repeats_nothing(tmp_path: Path) -> None:
    rng = random.Random(4)
    with staged(tmp_path, (PRICE, 100 * WAD)) as stage:
        venue = stage.venue
        venue.populate(80)
        venue.insure(20_000 * TOKEN, {0: 20_000 * TOKEN, 1: 10_000 * TOKEN, 2: 10_000 * TOKEN})
        keeper = stage.keeper()
        venue.hold()
        stage.open(keeper)
        for percent in (97, 94, 91, 88):
            venue.publish({1: PRICE * percent // 100, 2: WAD * percent})
            venue.mine()
            time.sleep(rng.random())
            venue.mine()
            time.sleep(rng.random())
            keeper.kill()
            stage.open(keeper)
        stage.calm()
        stage.settle(keeper)

        sent = transactions_of(venue, keeper.key.address)
        assert len(sent) >= 10
        assert not reverted(sent)
        assert not repeated(sent)
        metrics = keeper.metrics()
        assert metrics["plimsoll_reconciliation_differences"] == 0
        assert metrics['plimsoll_deleveraging_rounds_total{result="mismatched"}'] == 0


@pytest.mark.parametrize("harm", ["removed", "corrupt", "untouched"])
def test_keeper__stopped_and_its_checkpoint__comes_back_with_the_book_of_the_chain(
    tmp_path: Path, harm: str
) -> None:
    with staged(tmp_path) as stage:
        venue = stage.venue
        venue.populate(30)
        keeper = stage.keeper()
        venue.hold()
        stage.open(keeper)
        time.sleep(1.2)
        venue.mine()
        assert keeper.stop() == 0
        venue.publish({1: PRICE * 97 // 100})
        venue.mine()
        [checkpoint] = keeper.folder.glob("data/book*.sqlite")
        for file in keeper.folder.glob("data/book*") if harm != "untouched" else []:
            if harm == "removed" or file != checkpoint:
                file.unlink()
            else:
                file.write_bytes(b"\x00not a database\x00" * 1_000)
        stage.open(keeper)
        stage.calm()

        metrics = keeper.metrics()
        assert metrics["plimsoll_accounts"] == 31
        assert metrics['plimsoll_reconciliations_total{result="same"}'] >= 1
        assert metrics['plimsoll_reconciliations_total{result="different"}'] == 0


def test_keeper__neither_checkpoint_nor_round_can_be_written__does_its_work_and_says_so(
    tmp_path: Path,
) -> None:
    with staged(tmp_path) as stage:
        venue = stage.venue
        fallen = wreck(venue, 10)
        keeper = stage.keeper()
        venue.hold()
        stage.open(keeper)
        data = keeper.folder / "data"
        for file in data.glob("book*"):
            file.unlink()
        (data / "book.sqlite").mkdir()
        with closing(sqlite3.connect(data / "rounds.sqlite", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            venue.publish({1: 3_880 * WAD})
            venue.mine()
            stage.calm()
            stage.settle(keeper)
            stage.advance("a checkpoint is tried", lambda: "checkpoint not written" in keeper.log.read_text())

        [end] = events(venue, "DeleveragingEnded")
        assert (end.args["account_id"], end.args["left"]) == (fallen.victim, 0)
        metrics = keeper.metrics()
        assert metrics['plimsoll_cycles_total{result="failed"}'] == 0
        assert metrics['plimsoll_deleveraging_rounds_total{result="verified"}'] == 1
        assert "rounds not recorded" in keeper.log.read_text()
        (data / "book.sqlite").rmdir()
        assert keeper.stop() == 0
        assert (data / "book.sqlite").is_file()


def test_keeper__history_of_rounds_is_damaged__names_the_file(tmp_path: Path) -> None:
    with staged(tmp_path) as stage:
        keeper = stage.keeper()
        (keeper.folder / "data").mkdir()
        (keeper.folder / "data" / "rounds.sqlite").write_bytes(b"not a database" * 1_000)
        keeper.start()
        assert keeper.wait() == 1
        assert "rounds.sqlite cannot be opened" in keeper.tail(1)
        told = keeper.run_cli("rounds")
        assert told.returncode == 1
        assert "rounds.sqlite cannot be opened" in told.stderr
