"""Others on the same chain: a second keeper, a liar, a griefer who changes rank in front of every list."""

from pathlib import Path

from scripts.sandbox.keeper_process import wait_until
from scripts.sandbox.reverts import revert_reason
from scripts.sandbox.venue import TOKEN
from tests.helpers.parameters import WAD
from tests.keeper.history import events, reverted, transactions_of
from tests.keeper.stage import PRICE, staged
from tests.keeper.victims import wreck

RICH = 10_000_000 * TOKEN
# In front of whatever a keeper pays.
HASTE = 100 * 10**9
DELEVERAGE = "deleverage(uint256,uint256,uint256[])"


def test_keeper__a_second_one_does_the_same__neither_harms_the_other(tmp_path: Path) -> None:
    with staged(tmp_path, (PRICE, 100 * WAD)) as stage:
        venue = stage.venue
        venue.populate(60)
        venue.insure(20_000 * TOKEN, {0: 20_000 * TOKEN, 1: 10_000 * TOKEN, 2: 10_000 * TOKEN})
        keepers = [stage.keeper(0), stage.keeper(1)]
        venue.hold()
        for keeper in keepers:
            stage.open(keeper)
        for percent in (97, 94, 91, 88):
            venue.publish({1: PRICE * percent // 100, 2: WAD * percent})
            venue.mine()
            stage.wait()
        stage.calm()
        for keeper in keepers:
            stage.settle(keeper)

        assert len(events(venue, "Liquidated")) >= 5
        for keeper in keepers:
            assert keeper.is_healthy()
            metrics = keeper.metrics()
            assert metrics["plimsoll_reconciliation_differences"] == 0
            assert metrics['plimsoll_deleveraging_rounds_total{result="mismatched"}'] == 0
            # Whoever comes second has paid for gas, no more: nothing is done twice.
            for lost in reverted(transactions_of(venue, keeper.key.address)):
                assert revert_reason(venue, lost.tx_hash) in {
                    "liq: not liquidatable",
                    "liq: deleverage",
                    "position: none",
                    "flag: already flagged",
                    "flag: not bankrupt",
                    "adl: no counterparties",
                    "adl: not bankrupt",
                    "adl: insured",
                    "adl: not top ranked",
                    "queue: not parked",
                }


def test_keeper__rival_leaves_a_friend_out_of_its_list__is_refused_and_the_true_list_counts(
    tmp_path: Path,
) -> None:
    with staged(tmp_path) as stage:
        venue = stage.venue
        fallen = wreck(venue, 10)
        friend, *others = fallen.sellers
        keeper = stage.keeper()
        venue.hold()
        stage.open(keeper)
        venue.publish({1: 3_880 * WAD})
        venue.mine()
        wait_until("the keeper's is in the pool", lambda: stage.pending(keeper))
        house = venue.system.clearing_house.functions
        lie = venue.send_soon(house.deleverage(fallen.victim, 1, others), tip=HASTE)
        venue.mine()

        assert revert_reason(venue, lie) == "adl: not top ranked"
        [start] = events(venue, "DeleveragingStarted")
        assert start.args["verified"]
        assert events(venue, "Deleveraged")[0].args["counterparty"] == friend
        [sent] = transactions_of(venue, keeper.key.address)
        assert (sent.tx_hash, sent.block) == (start.tx_hash, start.block)


def test_keeper__rival_is_first_with_the_true_list__has_nothing_left_to_do(tmp_path: Path) -> None:
    with staged(tmp_path) as stage:
        venue = stage.venue
        fallen = wreck(venue, 10)
        keeper = stage.keeper()
        venue.hold()
        stage.open(keeper)
        venue.publish({1: 3_880 * WAD})
        venue.mine()
        wait_until("the keeper's is in the pool", lambda: stage.pending(keeper))
        house = venue.system.clearing_house.functions
        venue.send_soon(house.deleverage(fallen.victim, 1, list(fallen.sellers)), tip=HASTE)
        venue.mine()
        stage.settle(keeper)

        [sent] = transactions_of(venue, keeper.key.address)
        assert not sent.succeeded
        metrics = keeper.metrics()
        assert metrics['plimsoll_actions_total{kind="deleverage",stage="reverted"}'] == 1
        # The stranger's round was recomputed as its own would have been.
        assert metrics['plimsoll_deleveraging_rounds_total{result="verified"}'] == 1


def test_keeper__rank_is_changed_in_front_of_every_list__lets_the_chain_pick_the_third_time(
    tmp_path: Path,
) -> None:
    with staged(tmp_path) as stage:
        venue = stage.venue
        fallen = wreck(venue, 10)
        griefer = fallen.sellers[0]
        house = venue.system.clearing_house.functions
        listed = venue.w3.keccak(text=DELEVERAGE)[:4].to_0x_hex()
        keeper = stage.keeper()
        venue.hold()
        stage.open(keeper)
        venue.publish({1: 3_880 * WAD})
        tiers = [5, 10] * 20
        for _ in range(40):
            venue.mine()
            stage.wait()
            if events(venue, "DeleveragingEnded"):
                break
            if any(tx["input"].startswith(listed) for tx in stage.pending(keeper).values()):
                call = house.set_leverage(griefer, 1, tiers.pop(0), 0)
                venue.send_soon(call, venue.market.owner, tip=HASTE)
        stage.settle(keeper)

        beaten = reverted(transactions_of(venue, keeper.key.address))
        assert [revert_reason(venue, sent.tx_hash) for sent in beaten] == ["adl: not top ranked"] * 2
        [start], [end] = events(venue, "DeleveragingStarted"), events(venue, "DeleveragingEnded")
        assert not start.args["verified"]
        assert (end.args["closed"], end.args["left"]) == (fallen.size, 0)


def test_keeper__every_counterparty_would_be_bankrupted__does_not_try_for_ever(tmp_path: Path) -> None:
    with staged(tmp_path, (PRICE, 100 * WAD)) as stage:
        venue = stage.venue
        fallen = wreck(venue, 3, seller_margin=70 * TOKEN)
        other = venue.open_account(10_000 * TOKEN)
        for seller in fallen.sellers:
            venue.trade(seller, other, 2, 5 * WAD, 100 * WAD, (20, 10))
        keeper = stage.keeper()
        venue.hold()
        for first, second in ((3_800, 92), (3_600, 83), (3_600, 80)):
            venue.publish({1: first * WAD, 2: second * WAD + WAD // 2})
            venue.mine()
        stage.open(keeper)
        for _ in range(40):
            venue.mine()
            stage.wait()

        assert {event.args["counterparty"] for event in events(venue, "PassedOver")} == set(fallen.sellers)
        assert venue.census().bankrupt == {fallen.victim}
        # One visit each and one relinking each, and a second try now and then: not one of them every block.
        assert len(transactions_of(venue, keeper.key.address)) <= 16
