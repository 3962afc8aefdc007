"""Transactions that do not go the usual way: stuck, refused as underpriced, their nonce taken."""

from pathlib import Path
from typing import Any

from eth_account.signers.local import LocalAccount

from scripts.sandbox.keeper_process import Daemon, wait_until
from scripts.sandbox.node import CHAIN_ID
from tests.helpers.parameters import WAD
from tests.keeper.history import transactions_of
from tests.keeper.stage import Stage, staged
from tests.keeper.victims import wreck


def crash_and_see_it_sent(stage: Stage, keeper: Daemon) -> int:
    """Everything stands still with the keeper's first transaction in the pool; its fee, wei per gas."""
    venue = stage.venue
    venue.hold()
    stage.open(keeper)
    venue.publish({1: 3_880 * WAD})
    venue.mine()
    sent = wait_until("it is in the pool", lambda: stage.pending(keeper))
    return int(sent[0]["maxFeePerGas"], 16)


def mine_at(stage: Stage, base_fee: int) -> None:
    """A block in which nothing cheaper is included."""
    stage.venue.rpc("anvil_setNextBlockBaseFeePerGas", hex(base_fee))
    stage.venue.mine()


def test_keeper__fees_rise_and_its_transaction_is_stuck__replaces_it(tmp_path: Path) -> None:
    with staged(tmp_path) as stage:
        wreck(stage.venue, 10)
        keeper = stage.keeper(limits={"replace_after_blocks": 2})
        fee = crash_and_see_it_sent(stage, keeper)
        stuck = stage.pending(keeper)[0]["hash"]
        for _ in range(20):
            mine_at(stage, fee * 3)
            if transactions_of(stage.venue, keeper.key.address):
                break
            stage.wait()
        stage.settle(keeper)

        [sent] = transactions_of(stage.venue, keeper.key.address)
        assert sent.succeeded
        assert sent.nonce == 0
        assert sent.tx_hash != stuck
        assert keeper.metrics()["plimsoll_transactions_replaced_total"] >= 1
        assert not stage.venue.census().bankrupt


def test_keeper__replacement_is_refused_as_underpriced__gets_through_in_the_end(tmp_path: Path) -> None:
    with staged(tmp_path) as stage:
        node = stage.proxy()
        wreck(stage.venue, 10)
        keeper = stage.keeper(endpoints=[node.ws], limits={"replace_after_blocks": 2})
        fee = crash_and_see_it_sent(stage, keeper)
        before = node.requests["eth_sendRawTransaction"]
        node.behave(
            methods={"eth_sendRawTransaction"}, error=(-32_000, "replacement transaction underpriced")
        )
        for _ in range(30):
            mine_at(stage, fee * 3)
            stage.wait()
            if node.requests["eth_sendRawTransaction"] > before:
                node.behave()
            if transactions_of(stage.venue, keeper.key.address):
                break
        stage.settle(keeper)

        assert node.requests["eth_sendRawTransaction"] >= before + 2
        [sent] = transactions_of(stage.venue, keeper.key.address)
        assert sent.succeeded
        assert sent.nonce == 0


def test_keeper__its_nonce_is_taken_elsewhere__sends_with_the_next(tmp_path: Path) -> None:
    with staged(tmp_path) as stage:
        venue = stage.venue
        wreck(venue, 10)
        keeper = stage.keeper()
        fee = crash_and_see_it_sent(stage, keeper)
        venue.rpc("eth_sendRawTransaction", transfer_to_itself(keeper.key, 0, 10 * fee))
        venue.mine()
        assert [sent.function for sent in transactions_of(venue, keeper.key.address)] == ["unknown"]
        stage.calm()
        stage.settle(keeper)

        [_, sent] = transactions_of(venue, keeper.key.address)
        assert (sent.function, sent.nonce, sent.succeeded) == ("deleverage", 1, True)
        assert keeper.metrics()['plimsoll_actions_total{kind="deleverage",stage="dropped"}'] == 1


def transfer_to_itself(key: LocalAccount, nonce: int, fee: int) -> str:
    """Signed, of nothing."""
    transaction: dict[str, Any] = {
        "to": key.address,
        "value": 0,
        "nonce": nonce,
        "gas": 21_000,
        "chainId": CHAIN_ID,
        "maxFeePerGas": fee,
        "maxPriorityFeePerGas": fee,
    }
    return str(key.sign_transaction(transaction).raw_transaction.to_0x_hex())
