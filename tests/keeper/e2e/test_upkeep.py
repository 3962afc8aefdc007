"""What a keeper does between crashes: confirms prices in doubt, accrues funding, minds its own margin."""

from pathlib import Path

from scripts.sandbox.venue import TOKEN
from tests.helpers.parameters import WAD
from tests.keeper.history import events, reverted, transactions_of
from tests.keeper.stage import PRICE, staged
from tests.keeper.victims import wreck

RICH = 10_000_000 * TOKEN
# Beyond what the router believes at once.
GAP = 3_500 * WAD


def test_keeper__price_is_in_doubt__confirms_it_when_due_and_acts_on_it(tmp_path: Path) -> None:
    with staged(tmp_path) as stage:
        venue = stage.venue
        fallen = wreck(venue, 10)
        keeper = stage.keeper()
        venue.hold()
        stage.open(keeper)
        venue.publish({1: GAP})
        venue.mine()
        for _ in range(4):
            venue.mine()
            stage.wait()
        assert [event.args["price"] for event in events(venue, "PricePending")] == [GAP]
        assert not transactions_of(venue, keeper.key.address)

        venue.mine(61)
        stage.advance("it is closed", lambda: events(venue, "DeleveragingEnded"))
        [end] = events(venue, "DeleveragingEnded")
        assert (end.args["closed"], end.args["left"]) == (fallen.size, 0)
        functions = [sent.function for sent in transactions_of(venue, keeper.key.address)]
        assert functions == ["sync", "deleverage"]


def test_keeper__nobody_trades_for_an_hour__touches_the_funding(tmp_path: Path) -> None:
    with staged(tmp_path, (PRICE, 100 * WAD)) as stage:
        venue = stage.venue
        venue.populate(30)
        keeper = stage.keeper(limits={"accrue_after": 3_000})
        venue.hold()
        stage.open(keeper)
        for _ in range(4):
            venue.mine()
            stage.wait()
        before = len(events(venue, "FundingAccrued"))
        assert not transactions_of(venue, keeper.key.address)
        venue.mine(3_001)
        stage.advance("both are touched", lambda: len(events(venue, "FundingAccrued")) == before + 2)
        stage.settle(keeper)
        for _ in range(4):
            venue.mine()
            stage.wait()
        sent = transactions_of(venue, keeper.key.address)
        assert sorted(each.arguments["market_id"] for each in sent) == [1, 2]
        assert {each.function for each in sent} == {"accrue_funding"}


def test_keeper__its_own_margin_is_small__takes_what_it_can_carry_and_flags_the_rest(tmp_path: Path) -> None:
    with staged(tmp_path) as stage:
        venue = stage.venue
        venue.insure(RICH, {0: RICH, 1: RICH})
        large = wreck(venue, 20)
        # At 20x: enough for a tenth of what has to be taken over.
        keeper = stage.keeper(deposit=40 * TOKEN, limits={"leverage": 20})
        account = stage.account_of(keeper)
        venue.hold()
        stage.open(keeper)
        venue.publish({1: 3_880 * WAD})
        stage.advance("the rest is flagged", lambda: events(venue, "Flagged"))
        stage.settle(keeper)

        taken = sum(event.args["size"] for event in events(venue, "Liquidated"))
        assert venue.position(account, 1) == -taken
        assert large.size // 20 < -taken < large.size // 8
        equity, initial, *_ = venue.system.clearing_house.functions.account_values(account).call()
        assert 0.9 * equity < initial <= equity
        assert [flag.args["account_id"] for flag in events(venue, "Flagged")] == [large.victim]
        told = [e for e in keeper.entries() if e["event"] == "cannot act" and e["account"] == large.victim]
        assert told[0]["level"] == "warning"
        assert [e["level"] for e in told].count("debug") > [e["level"] for e in told].count("warning")
        venue.mine(301)
        stage.calm()
        assert not reverted(transactions_of(venue, keeper.key.address))
