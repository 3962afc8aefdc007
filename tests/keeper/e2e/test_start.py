"""What a keeper does not start with, and what it tells where it never ran."""

import json
import shutil
from pathlib import Path

import pytest

from tests.helpers.parameters import WAD
from tests.keeper.history import events
from tests.keeper.stage import staged
from tests.keeper.victims import wreck


@pytest.mark.parametrize(
    ("table", "change", "said"),
    [
        ("keeper", {"account_id": 999}, "account_id = 999 does not exist"),
        ("chain", {"start_block": 20}, "ClearingHouse is older than block 20: lower [chain] start_block"),
        ("chain", {"start_block": 10**9}, "is above the newest block"),
    ],
)
def test_keeper__setting_that_nothing_can_be_done_with__ends_and_names_it(
    tmp_path: Path, table: str, change: dict[str, int], said: str
) -> None:
    with staged(tmp_path) as stage:
        wreck(stage.venue, 3)
        keeper = stage.keeper()
        settings = {**keeper.settings, table: {**keeper.settings[table], **change}}
        keeper.write(settings)
        keeper.start()
        assert keeper.wait() == 1
        [line] = [line for line in keeper.tail().splitlines() if line.startswith("plimsoll: ")]
        assert said in line
        assert "Traceback" not in keeper.tail(200)


def test_rounds__where_no_keeper_ran__recomputed_from_the_chain(tmp_path: Path) -> None:
    with staged(tmp_path) as stage:
        venue = stage.venue
        wreck(venue, 10)
        keeper = stage.keeper(limits={"max_list": 5})
        venue.hold()
        stage.open(keeper)
        venue.publish({1: 3_880 * WAD})
        stage.calm()
        stage.settle(keeper)
        keeper.stop()
        watched = json.loads(keeper.run_cli("rounds", "--json").stdout)
        shutil.rmtree(keeper.folder / "data")
        recomputed = json.loads(keeper.run_cli("rounds", "--json").stdout)

        assert len(watched) == len(events(venue, "DeleveragingEnded")) > 1
        assert all(each["verified"] for each in recomputed)
        assert recomputed == watched
