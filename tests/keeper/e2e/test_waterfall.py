"""Liquidation, insurance, flag, deleveraging and relinking by a keeper that runs as its own process."""

from pathlib import Path

from scripts.sandbox.venue import TOKEN
from tests.helpers.parameters import WAD
from tests.keeper.history import events, repeated, reverted, transactions_of
from tests.keeper.stage import PRICE, staged
from tests.keeper.victims import PART, wreck

RICH = 10_000_000 * TOKEN


def test_keeper__accounts_become_thin__takes_them_over(tmp_path: Path) -> None:
    with staged(tmp_path, (PRICE, 100 * WAD)) as stage:
        venue = stage.venue
        venue.populate(80)
        venue.insure(RICH, {0: RICH, 1: RICH, 2: RICH})
        keeper = stage.keeper()
        venue.hold()
        stage.open(keeper)
        first = venue.head + 1
        thin: set[int] = set()
        for percent in (98, 97, 96, 95, 94, 93):
            venue.publish({1: PRICE * percent // 100, 2: WAD * percent})
            venue.mine()
            thin |= venue.census().liquidatable
            stage.calm()
        stage.settle(keeper)

        taken = events(venue, "Liquidated", first)
        assert len(thin) >= 5
        assert {event.args["account_id"] for event in taken} == thin
        assert {event.args["liquidator_account_id"] for event in taken} == {stage.account_of(keeper)}
        sent = transactions_of(venue, keeper.key.address)
        assert not reverted(sent)
        assert not repeated(sent)
        metrics = keeper.metrics()
        assert metrics['plimsoll_actions_total{kind="liquidate",stage="confirmed"}'] == len(taken)
        assert metrics["plimsoll_liquidatable_accounts"] == 0
        assert metrics["plimsoll_reconciliation_differences"] == 0


def test_keeper__bankrupt_and_insured__takes_it_over_at_the_mark(tmp_path: Path) -> None:
    with staged(tmp_path) as stage:
        venue = stage.venue
        fallen = wreck(venue, 10)
        venue.insure(RICH, {0: RICH, 1: RICH})
        keeper = stage.keeper()
        venue.hold()
        stage.open(keeper)
        venue.publish({1: 3_880 * WAD})
        venue.mine()
        shortfall = venue.system.lens.functions.shortfall(fallen.victim, 1).call()
        stage.calm()

        [taken] = events(venue, "Liquidated")
        assert shortfall > 0
        assert taken.args["insurance_paid"] == shortfall
        assert taken.args["penalty"] == 0
        assert venue.position(stage.account_of(keeper), 1) == fallen.size
        assert not events(venue, "DeleveragingStarted")


def test_keeper__insured_and_nothing_to_take_over_with__flags_and_closes_it_after_the_grace(
    tmp_path: Path,
) -> None:
    with staged(tmp_path) as stage:
        venue = stage.venue
        fallen = wreck(venue, 10)
        venue.insure(RICH, {0: RICH, 1: RICH})
        keeper = stage.keeper(deposit=0)
        venue.hold()
        stage.open(keeper)
        venue.publish({1: 3_880 * WAD})
        stage.advance("it is flagged", lambda: events(venue, "Flagged"))
        for _ in range(3):
            venue.mine()
        assert [flag.args["account_id"] for flag in events(venue, "Flagged")] == [fallen.victim]
        assert not events(venue, "DeleveragingStarted")

        venue.mine(301)
        stage.calm()
        stage.settle(keeper)
        [start], [end] = events(venue, "DeleveragingStarted"), events(venue, "DeleveragingEnded")
        assert start.args["verified"]
        assert end.args["left"] == end.args["haircut"] == 0
        assert end.args["insurance_paid"] == start.args["shortfall"] > 0
        assert [sent.function for sent in transactions_of(venue, keeper.key.address)] == [
            "flag_bankrupt",
            "deleverage",
        ]


def test_keeper__bankrupt_beyond_the_vault__deleverages_with_a_verified_list(tmp_path: Path) -> None:
    with staged(tmp_path) as stage:
        venue = stage.venue
        fallen = wreck(venue, 30)
        keeper = stage.keeper()
        venue.hold()
        stage.open(keeper)
        venue.publish({1: 3_880 * WAD})
        stage.calm()
        stage.settle(keeper)

        [start], [end] = events(venue, "DeleveragingStarted"), events(venue, "DeleveragingEnded")
        assert start.args["verified"]
        assert (end.args["closed"], end.args["left"]) == (fallen.size, 0)
        assert end.args["haircut"] == start.args["shortfall"] == -start.args["equity"]
        closed = [event.args["counterparty"] for event in events(venue, "Deleveraged")]
        assert closed == list(fallen.sellers)
        assert keeper.metrics()['plimsoll_deleveraging_rounds_total{result="verified"}'] == 1
        assert keeper.metrics()['plimsoll_deleveraging_rounds_total{result="mismatched"}'] == 0


def test_keeper__winner_is_passed_over_and_has_equity__is_relinked(tmp_path: Path) -> None:
    with staged(tmp_path, (PRICE, 100 * WAD)) as stage:
        venue = stage.venue
        fallen = wreck(venue, 10, seller_margin=70 * TOKEN)
        # The first in the queue is also long in a market that falls: it keeps 12, its share would be 30.
        thin = fallen.sellers[0]
        rich, other = venue.open_account(10_000 * TOKEN), venue.open_account(10_000 * TOKEN)
        venue.trade(thin, other, 2, 5 * WAD, 100 * WAD, (20, 10))
        # Behind all others in the queue, and able to take what the thin one leaves.
        venue.trade(rich, other, 1, WAD, 3_950 * WAD)
        keeper = stage.keeper()
        venue.hold()
        for first, second in ((3_800, 92), (3_600, 83), (3_600, 80)):
            venue.publish({1: first * WAD, 2: second * WAD + WAD // 2})
            venue.mine()
        assert venue.system.clearing_house.functions.account_values(thin).call()[0] < 30 * TOKEN
        stage.open(keeper)
        stage.advance("it is relinked", lambda: events(venue, "Relinked"))

        assert [event.args["counterparty"] for event in events(venue, "PassedOver")] == [thin]
        assert [event.args["account_id"] for event in events(venue, "Relinked")] == [thin]
        assert venue.position(thin, 1) == -PART
        assert not venue.system.clearing_house.functions.is_parked(thin, 1).call()
