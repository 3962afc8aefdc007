"""The lying keeper: what it sends, what becomes of it, when it keeps still."""

from pathlib import Path

import pytest
from eth_typing import HexStr
from web3 import Web3

from scripts.demo import liar as lying
from scripts.demo.liar import Liar
from scripts.sandbox.venue import TOKEN
from tests.demo.honest import FEE, Scene, scene
from tests.keeper.history import events


def sent_by(found: Scene, liar: Liar) -> int:
    """How many transactions of its are in blocks."""
    return found.venue.w3.eth.get_transaction_count(Web3.to_checksum_address(liar.address))


def liar_of(found: Scene) -> Liar:
    return Liar(found.venue, found.stage.node, found.keeper.address, found.story)


def test_liar__honest_list_in_the_pool__leaves_the_first_out_and_is_refused(tmp_path: Path) -> None:
    with scene(tmp_path) as found:
        friend, *others = found.fallen.sellers
        liar = liar_of(found)
        found.deleverage(found.fallen.sellers[:3])
        liar.act()
        block = found.mine()
        liar.look(block, 77)

        [refusal] = found.story.refusals
        assert (refusal.block, refusal.time, refusal.market_id) == (block, 77, 1)
        assert (refusal.account_id, refusal.friend, refusal.friend_rank) == (found.fallen.victim, friend, 1)
        assert refusal.right == found.fallen.sellers[:3]
        # As long as the right one: the fourth in rank stands in for the friend.
        assert refusal.given == tuple(others)
        assert refusal.reason == "adl: not top ranked"
        receipt = found.venue.w3.eth.get_transaction_receipt(HexStr(refusal.tx_hash))
        assert (receipt["status"], receipt["transactionIndex"], receipt["from"]) == (0, 0, liar.address)
        # The honest list behind it counts.
        closed = [event.args["counterparty"] for event in events(found.venue, "Deleveraged")]
        assert closed == list(found.fallen.sellers[:3])


def test_liar__its_friend_is_not_on_the_next_list__keeps_still(tmp_path: Path) -> None:
    with scene(tmp_path) as found:
        liar = liar_of(found)
        # Too short a list, which closes none of the friend's position: it stays in the market.
        liar._friends[1] = found.fallen.sellers[3]
        found.deleverage(found.fallen.sellers[:3])
        liar.act()
        liar.look(found.mine(), 0)
        assert not found.story.refusals
        assert sent_by(found, liar) == 0


def test_liar__friend_was_closed__finds_another(tmp_path: Path) -> None:
    with scene(tmp_path) as found:
        liar = liar_of(found)
        for ranked in (found.fallen.sellers[:1], found.fallen.sellers[1:2]):
            found.deleverage(ranked)
            liar.act()
            liar.look(found.mine(), 0)
        assert [refusal.friend for refusal in found.story.refusals] == list(found.fallen.sellers[:2])


@pytest.mark.parametrize("what", ["nothing", "flag"])
def test_liar__no_list_comes_first__keeps_still(tmp_path: Path, what: str) -> None:
    with scene(tmp_path) as found:
        liar = liar_of(found)
        if what == "flag":
            flag = found.venue.system.clearing_house.functions.flag_bankrupt(found.fallen.victim)
            found.send(found.keeper.sign(flag, FEE, FEE // 2))
            found.deleverage(found.fallen.sellers)
        liar.act()
        found.mine()
        assert sent_by(found, liar) == 0


def test_liar__insurance_has_come_meanwhile__is_no_refusal_of_a_list(tmp_path: Path) -> None:
    with scene(tmp_path) as found:
        liar = liar_of(found)
        found.deleverage(found.fallen.sellers)
        found.venue.rpc("evm_setAutomine", False)
        liar.act()
        # Mined first: it offers more than the liar.
        insured = found.venue.system.vault.functions.set_bucket
        house, vault = found.venue.market.sender, found.venue.system.vault
        haste = 3 * lying.HASTE
        token = found.venue.system.token.functions
        for call in (
            token.mint(house, 1_000 * TOKEN),
            token.approve(vault.address, 1_000 * TOKEN),
            vault.functions.deposit(1_000 * TOKEN, house),
            insured(0, 1_000 * TOKEN),
            insured(1, 1_000 * TOKEN),
        ):
            found.venue.send_soon(call, tip=haste)
        liar.look(found.mine(), 0)
        assert sent_by(found, liar) == 1
        assert not found.story.refusals


def test_liar__lied_often_enough__stops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lying, "LIES", 1)
    with scene(tmp_path) as found:
        liar = liar_of(found)
        for ranked in (found.fallen.sellers[:1], found.fallen.sellers[1:2]):
            found.deleverage(ranked)
            liar.act()
            liar.look(found.mine(), 0)
        assert len(found.story.refusals) == 1
        assert found.venue.position(found.fallen.sellers[1], 1) == 0


def test_liar__chain_believes_it__says_so(tmp_path: Path) -> None:
    with scene(tmp_path) as found:
        liar = liar_of(found)
        # The list in the pool is false, and what the liar makes of it right.
        friend, *others = found.fallen.sellers
        found.deleverage([others[0], friend])
        liar._friends[1] = others[0]
        liar._next_in_rank = lambda *_: ()  # type: ignore[method-assign]
        liar.act()
        with pytest.raises(RuntimeError, match="believed"):
            liar.look(found.mine(), 0)


def test_liar__those_before_its_friend_close_everything__keeps_still(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scene(tmp_path) as found:
        liar = liar_of(found)
        first, friend, *_ = found.fallen.sellers
        liar._friends[1] = friend
        # The first is as large as the bankrupt position, which was opened against all of them.
        shorts = {first: -found.venue.position(found.fallen.victim, 1)}
        held = found.venue.position
        monkeypatch.setattr(found.venue, "position", lambda who, market: shorts.get(who) or held(who, market))
        found.deleverage(found.fallen.sellers)
        liar.act()
        liar.look(found.mine(), 0)
        assert sent_by(found, liar) == 0
