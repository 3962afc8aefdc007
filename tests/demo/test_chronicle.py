"""The story is what the chain says: rounds, liquidations, actions, samples, and who was left too long."""

from pathlib import Path

from eth_keys.datatypes import PrivateKey

from scripts.demo.chronicle import PATIENCE, SCALE, Chronicle
from scripts.sandbox.venue import TOKEN, keeper_key
from scripts.sandbox.wallet import Wallet
from tests.demo.honest import FEE, Scene, scene
from tests.helpers.parameters import WAD
from tests.keeper.history import events
from tests.keeper.victims import PART

FELL_TO = 3_880 * WAD


def chronicle_of(found: Scene) -> Chronicle:
    chronicle = Chronicle(found.venue, found.stage.node, found.story, found.keeper.address)
    chronicle.catch_up()
    return chronicle


def test_look__a_round__as_the_chain_logged_it_and_profits_from_before_it(tmp_path: Path) -> None:
    with scene(tmp_path) as found:
        chronicle = chronicle_of(found)
        entries = {
            s: found.venue.system.lens.functions.position(s, 1).call()[1] for s in found.fallen.sellers
        }
        found.deleverage(found.fallen.sellers)
        chronicle.look(found.mine())

        [start], [end] = events(found.venue, "DeleveragingStarted"), events(found.venue, "DeleveragingEnded")
        [told] = found.story.rounds
        assert (told.block, told.tx_hash) == (end.block, end.tx_hash)
        assert (told.market_id, told.account_id) == (1, found.fallen.victim)
        assert (told.is_long, told.size, told.mark) == (True, found.fallen.size, FELL_TO)
        assert (told.closed, told.left) == (found.fallen.size, 0)
        assert told.shortfall == start.args["shortfall"] == told.haircut
        assert told.insurance_paid == 0
        assert told.by_list
        assert told.agrees
        assert told.passed_over == ()
        for rank, (hit, event) in enumerate(
            zip(told.hits, events(found.venue, "Deleveraged"), strict=True), 1
        ):
            assert hit.account_id == event.args["counterparty"]
            assert (hit.rank, hit.leverage, hit.size, hit.left) == (rank, 10, PART, 0)
            assert (hit.roe, hit.haircut) == (event.args["roe"], event.args["haircut"])
            assert hit.profit == PART * (entries[hit.account_id] - FELL_TO) // SCALE
            assert told.price == event.args["price"]
        assert sum(hit.haircut for hit in told.hits) == told.haircut


def test_look__the_chain_picked__is_no_list(tmp_path: Path) -> None:
    with scene(tmp_path) as found:
        chronicle = chronicle_of(found)
        call = found.venue.system.clearing_house.functions.deleverage_next(found.fallen.victim, 1, 2)
        found.send(found.keeper.sign(call, FEE, FEE // 2, 5_000_000))
        chronicle.look(found.mine())
        [told] = found.story.rounds
        assert not told.by_list
        assert (told.closed, told.left) == (2 * PART, 2 * PART)
        [action] = found.story.actions
        assert (action.what, action.account_id, action.market_id) == (
            "deleverage_next",
            found.fallen.victim,
            1,
        )
        assert action.succeeded
        assert action.gas > 100_000


def test_look__liquidation_of_a_bankrupt__tells_what_the_vault_paid(tmp_path: Path) -> None:
    with scene(tmp_path) as found:
        venue = found.venue
        venue.rpc("evm_setAutomine", True)
        rich = 1_000 * TOKEN
        venue.insure(rich, {0: rich, 1: rich})
        account_id = venue.open_keeper(keeper_key(), 10_000 * TOKEN)
        venue.hold()
        chronicle = chronicle_of(found)
        assert chronicle.look(found.mine()).bankrupt == 1
        before = found.story.samples[-1]
        house = venue.system.clearing_house.functions
        call = house.liquidate(found.fallen.victim, 1, 2**256 - 1, account_id, 10, 0)
        found.send(found.keeper.sign(call, FEE, FEE // 2, 5_000_000))
        sample = chronicle.look(found.mine())

        [told] = found.story.liquidations
        assert (told.account_id, told.market_id, told.is_long) == (found.fallen.victim, 1, True)
        assert (told.size, told.price, told.penalty) == (found.fallen.size, FELL_TO, 0)
        assert told.was_bankrupt
        assert told.insurance_paid == before.insurance - sample.insurance > 0
        assert sample.capacity < before.capacity <= rich
        assert (sample.thin, sample.bankrupt) == (0, 0)
        assert found.story.bankruptcies == {found.fallen.victim}


def test_look__a_block__the_sample_is_what_the_views_say(tmp_path: Path) -> None:
    with scene(tmp_path) as found:
        chronicle = chronicle_of(found)
        number = found.mine()
        sample = chronicle.look(number)
        assert (sample.block, sample.time) == (number, found.venue.w3.eth.get_block(number)["timestamp"])
        assert (sample.prices, sample.priced) == ({1: FELL_TO}, (1,))
        assert sample.open_interest == {1: found.fallen.size}
        assert (sample.thin, sample.bankrupt, sample.insurance) == (1, 1, 0)
        for account_id in (found.fallen.victim, *found.fallen.sellers):
            equity = found.venue.system.clearing_house.functions.account_values(account_id).call()[0]
            size = abs(found.venue.position(account_id, 1))
            assert chronicle.worth(account_id) == (equity, size * FELL_TO // SCALE)


def test_look__someone_else_acts__is_not_the_keepers_doing(tmp_path: Path) -> None:
    with scene(tmp_path) as found:
        chronicle = chronicle_of(found)
        other = Wallet(PrivateKey(b"\x07" * 32), found.venue.market.chain_id)
        found.venue.rpc("anvil_setBalance", other.address, hex(10**20))
        flag = found.venue.system.clearing_house.functions.flag_bankrupt(found.fallen.victim)
        found.send(other.sign(flag, FEE, FEE // 2))
        chronicle.look(found.mine())
        assert found.story.actions == []


def test_look__thin_for_longer_than_ten_blocks__was_missed(tmp_path: Path) -> None:
    with scene(tmp_path) as found:
        chronicle = chronicle_of(found)
        for _ in range(PATIENCE):
            chronicle.look(found.mine())
        assert not found.story.missed
        block = found.mine()
        chronicle.look(block)
        chronicle.look(found.mine())
        assert found.story.missed == {found.fallen.victim: block}


def test_still_waiting__in_trouble_at_the_end__was_missed(tmp_path: Path) -> None:
    with scene(tmp_path) as found:
        chronicle = chronicle_of(found)
        block = found.mine()
        chronicle.look(block)
        chronicle.still_waiting()
        assert found.story.missed == {found.fallen.victim: block}
