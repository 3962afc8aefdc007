"""The sender on a real chain that mines only when told to."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account

from keeper.chain.blocks import latest
from keeper.chain.errors import Lying, Transient
from keeper.chain.framing import Call
from keeper.chain.rpc import Node
from keeper.tx.dry import DrySender
from keeper.tx.fees import GWEI, FeeLimits, Fees, FeesTooHigh
from keeper.tx.journal import Journal, JournalError, history
from keeper.tx.sender import Sender, SenderSettings
from keeper.tx.wallet import Wallet
from keeper.types import Outcome, Refused, Submission, TxRequest
from scripts.sandbox.node import CHAIN_ID, SENDER_KEY, Anvil, running_anvil
from tests.keeper.bad_node import bad_node
from tests.keeper.tx import guard

LIMITS = FeeLimits(max_fee=100 * GWEI, max_priority=10 * GWEI)
SETTINGS = SenderSettings(confirmations=1, stuck_blocks=2)
RIVAL = Account.from_key("0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d")


@dataclass
class Desk:
    """One keeper's sender on one chain; `again` is what a restart of the process makes."""

    anvil: Anvil
    node: Node
    folder: Path
    settings: SenderSettings = SETTINGS
    limits: FeeLimits = LIMITS
    wallet: Wallet = field(default_factory=lambda: Wallet.from_key(SENDER_KEY))
    journal: Journal | None = None

    def __post_init__(self) -> None:
        self.again()

    def again(self) -> None:
        self.close()
        self.journal = Journal(self.folder / "journal.db", CHAIN_ID, self.wallet.address)
        fees = Fees(self.node, self.limits)
        self.sender = Sender(self.node, self.wallet, self.journal, fees, self.settings)

    def close(self) -> None:
        if self.journal is not None:
            self.journal.close()

    async def tick(self) -> list[Outcome]:
        return await self.sender.tick(await latest(self.node))

    async def mine(self, count: int = 1) -> list[Outcome]:
        """Blocks, and a tick after each."""
        outcomes = []
        for _ in range(count):
            self.anvil.mine()
            outcomes += await self.tick()
        return outcomes

    async def submit(self, *requests: TxRequest) -> list[Submission | Refused]:
        return await self.sender.submit(requests)

    async def sent(self, request: TxRequest) -> Submission:
        [answer] = await self.submit(request)
        assert isinstance(answer, Submission), answer
        return answer

    def pool(self) -> dict[int, dict[str, Any]]:
        """Our transactions that wait in the node, by nonce."""
        content = self.anvil.rpc("txpool_content")
        found: dict[int, dict[str, Any]] = {}
        for part in ("pending", "queued"):
            for sender, by_nonce in content[part].items():
                if sender.lower() == self.wallet.address.lower():
                    found |= {int(nonce): tx for nonce, tx in by_nonce.items()}
        return found

    def drop(self, tx_hash: str) -> None:
        self.anvil.rpc("anvil_dropTransaction", tx_hash)

    def statuses(self) -> list[tuple[int, str]]:
        return [(i.nonce, i.status) for i in history(self.folder / "journal.db")]


@contextmanager
def chain(*options: str) -> Iterator[Anvil]:
    with running_anvil("--no-mining", *options) as anvil:
        guard.put(anvil)
        yield anvil


def run(test: Callable[[Desk], Awaitable[None]], tmp_path: Path, *options: str, **desk: Any) -> None:
    async def main(anvil: Anvil) -> None:
        async with Node([anvil.ipc], CHAIN_ID, timeout=10.0) as node:
            opened = Desk(anvil, node, tmp_path, **desk)
            await test(opened)
            opened.close()

    with chain(*options) as anvil:
        asyncio.run(main(anvil))


def send_as(key: str, anvil: Anvil, request: TxRequest, nonce: int, tip: int = 9 * GWEI) -> str:
    """A transaction past the sender."""
    transaction = {
        "type": 2,
        "chainId": CHAIN_ID,
        "nonce": nonce,
        "to": request.to,
        "data": request.data,
        "value": 0,
        "gas": 300_000,
        "maxFeePerGas": 90 * GWEI,
        "maxPriorityFeePerGas": tip,
    }
    raw = Account.sign_transaction(transaction, key).raw_transaction
    return str(anvil.rpc("eth_sendRawTransaction", "0x" + bytes(raw).hex()))


def test_submit__would_succeed__is_mined_and_confirmed(tmp_path: Path) -> None:
    async def test(desk: Desk) -> None:
        sent = await desk.sent(guard.take(5))
        assert (sent.key, sent.nonce) == (("take", 5, 0), 0)
        assert desk.sender.busy == {("take", 5, 0)}
        [outcome] = await desk.mine()
        assert (outcome.status, outcome.tx_hash, outcome.block_number) == ("confirmed", sent.tx_hash, 1)
        assert guard.is_taken(desk.anvil, 5)
        assert desk.sender.busy == frozenset()
        assert desk.statuses() == [(0, "confirmed")]

    run(test, tmp_path)


def test_submit__with_value__is_paid_once_also_when_replaced(tmp_path: Path) -> None:
    async def test(desk: Desk) -> None:
        await desk.sent(replace(guard.take(5), value=7))
        for _ in range(2):
            desk.anvil.rpc("anvil_setNextBlockBaseFeePerGas", hex(40 * GWEI))
            assert await desk.mine() == []
        assert desk.sender.replacements == 1
        [outcome] = await desk.mine()
        assert (outcome.status, outcome.value) == ("confirmed", 7)
        assert int(desk.anvil.rpc("eth_getBalance", guard.ADDRESS, "latest"), 16) == 7

    run(test, tmp_path)


def test_submit__cancelled_with_value__pays_nothing(tmp_path: Path) -> None:
    async def test(desk: Desk) -> None:
        await desk.sent(replace(guard.take(5), value=7))
        desk.anvil.rpc("anvil_setStorageAt", guard.ADDRESS, f"0x{5:064x}", f"0x{1:064x}")
        for _ in range(2):
            desk.anvil.rpc("anvil_setNextBlockBaseFeePerGas", hex(40 * GWEI))
            assert await desk.mine() == []
        [outcome] = await desk.mine()
        assert (outcome.status, outcome.value) == ("cancelled", 0)
        assert int(desk.anvil.rpc("eth_getBalance", guard.ADDRESS, "latest"), 16) == 0

    run(test, tmp_path)


def test_submit__would_revert__is_refused_with_the_contracts_reason(tmp_path: Path) -> None:
    async def test(desk: Desk) -> None:
        await desk.sent(guard.take(5))
        await desk.mine()
        for gas in (0, 100_000):
            answers = await desk.submit(guard.take(6, gas), guard.take(5, gas))
            assert isinstance(answers[0], Submission)
            assert answers[1] == Refused(("take", 5, 0), guard.REASON)
            await desk.mine()
            desk.anvil.rpc("anvil_setStorageAt", guard.ADDRESS, f"0x{6:064x}", "0x" + "0" * 64)
        assert [nonce for nonce, _ in desk.statuses()] == [2, 1, 0]

    run(test, tmp_path)


def test_submit__taken_by_a_pending_transaction__is_refused(tmp_path: Path) -> None:
    async def test(desk: Desk) -> None:
        send_as(RIVAL.key, desk.anvil, guard.take(5), 0)
        assert await desk.submit(guard.take(5)) == [Refused(("take", 5, 0), guard.REASON)]

    run(test, tmp_path)


def test_submit__the_same_action_again__is_refused_while_it_is_on_its_way(tmp_path: Path) -> None:
    async def test(desk: Desk) -> None:
        first, second = await desk.submit(guard.take(5), guard.take(5))
        assert isinstance(first, Submission)
        assert second == Refused(("take", 5, 0), "asked for twice")
        assert await desk.submit(guard.take(5)) == [Refused(("take", 5, 0), "on its way already as nonce 0")]
        assert list(desk.pool()) == [0]

    run(test, tmp_path)


def test_submit__gas_estimated__has_a_fifth_above(tmp_path: Path) -> None:
    async def test(desk: Desk) -> None:
        estimate = int(
            desk.anvil.rpc(
                "eth_estimateGas",
                {"from": desk.wallet.address, "to": guard.ADDRESS, "data": guard.take(5).data},
            ),
            16,
        )
        await desk.submit(guard.take(5), guard.take(6, gas=77_000))
        assert int(desk.pool()[0]["gas"], 16) == estimate * 120 // 100
        assert int(desk.pool()[1]["gas"], 16) == 77_000

    run(test, tmp_path)


def test_submit__hundred_at_once__are_mined_in_order(tmp_path: Path) -> None:
    async def test(desk: Desk) -> None:
        answers = await desk.submit(*(guard.take(n, 100_000) for n in range(1, 101)))
        assert [a.nonce for a in answers if isinstance(a, Submission)] == list(range(100))
        outcomes = await desk.mine()
        assert [(o.nonce, o.status) for o in outcomes] == [(n, "confirmed") for n in range(100)]
        assert desk.sender.in_flight() == []

    run(test, tmp_path)


def test_submit__base_fee_above_the_operators_limit__sends_nothing(tmp_path: Path) -> None:
    async def test(desk: Desk) -> None:
        with pytest.raises(FeesTooHigh, match=r"the base fee is 1[0-9.]+ gwei, the operator's limit 0\.100"):
            await desk.submit(guard.take(5))
        assert desk.pool() == {}
        assert desk.statuses() == []

    run(test, tmp_path, limits=FeeLimits(GWEI // 10, GWEI // 10))


def test_submit__without_funds__says_what_to_do_and_leaves_no_gap(tmp_path: Path) -> None:
    async def test(desk: Desk) -> None:
        desk.anvil.rpc("anvil_setBalance", desk.wallet.address, "0x1")
        # The simulation does not look at the balance; the node does.
        [refused] = await desk.submit(guard.take(5, 100_000))
        assert isinstance(refused, Refused)
        assert refused.reason.startswith(f"{desk.wallet.address} cannot pay the gas: send it more")
        desk.anvil.rpc("anvil_setBalance", desk.wallet.address, hex(10**20))
        assert (await desk.sent(guard.take(5))).nonce == 0
        assert [o.status for o in await desk.mine()] == ["confirmed"]

    run(test, tmp_path)


def test_tick__stuck_below_the_base_fee__is_replaced_by_the_same_call(tmp_path: Path) -> None:
    async def test(desk: Desk) -> None:
        sent = await desk.sent(guard.take(5))
        before = desk.pool()[0]
        for _ in range(2):
            desk.anvil.rpc("anvil_setNextBlockBaseFeePerGas", hex(40 * GWEI))
            assert await desk.mine() == []
        after = desk.pool()[0]
        assert (before["hash"], after["input"]) == (sent.tx_hash, before["input"])
        for field_name in ("maxFeePerGas", "maxPriorityFeePerGas"):
            assert int(after[field_name], 16) * 8 >= int(before[field_name], 16) * 9
        assert int(after["maxFeePerGas"], 16) <= LIMITS.max_fee
        [outcome] = await desk.mine()
        assert (outcome.status, outcome.tx_hash, outcome.nonce) == ("confirmed", after["hash"], 0)
        assert [flight.nonce for flight in desk.sender.in_flight()] == []

    run(test, tmp_path)


def test_tick__stuck_at_the_operators_limit__waits_and_says_so(tmp_path: Path) -> None:
    async def test(desk: Desk) -> None:
        sent = await desk.sent(guard.take(5))
        for _ in range(4):
            desk.anvil.rpc("anvil_setNextBlockBaseFeePerGas", hex(40 * GWEI))
            assert await desk.mine() == []
        [flight] = desk.sender.in_flight()
        assert (flight.at_limit, flight.attempts, flight.since_block) == (True, 1, 0)
        desk.anvil.rpc("anvil_setNextBlockBaseFeePerGas", hex(GWEI))
        [outcome] = await desk.mine(2)
        assert (outcome.nonce, outcome.status) == (sent.nonce, "confirmed")

    run(test, tmp_path, limits=FeeLimits(3 * GWEI, GWEI))


def test_tick__stuck_and_would_now_revert__only_its_nonce_is_used_up(tmp_path: Path) -> None:
    async def test(desk: Desk) -> None:
        await desk.sent(guard.take(5))
        desk.anvil.rpc("anvil_setStorageAt", guard.ADDRESS, f"0x{5:064x}", f"0x{1:064x}")
        for _ in range(2):
            desk.anvil.rpc("anvil_setNextBlockBaseFeePerGas", hex(40 * GWEI))
            assert await desk.mine() == []
        cancel = desk.pool()[0]
        assert (cancel["to"], cancel["input"]) == (desk.wallet.address.lower(), "0x")
        [outcome] = await desk.mine()
        assert (outcome.status, outcome.reason) == ("cancelled", f"cancelled: {guard.REASON}")
        assert outcome.gas_used == 21_000

    run(test, tmp_path)


def test_tick__replacement_underpriced__is_outbid_further(tmp_path: Path) -> None:
    async def test(desk: Desk) -> None:
        await desk.sent(guard.take(5))
        first = desk.pool()[0]
        with bad_node(desk.anvil.http) as bad:
            # The same again, for Anvil forgets what is below the base fee; and two replacements.
            refusals = 3
            direct = desk.node
            bad.behave({"eth_sendRawTransaction"}, error=(-32000, "replacement transaction underpriced"))
            bad.mend_after(refusals)
            async with Node([bad.url], CHAIN_ID) as node:
                desk.node = node
                desk.again()
                desk.anvil.rpc("anvil_setNextBlockBaseFeePerGas", hex(40 * GWEI))
                await desk.mine()
                desk.anvil.rpc("anvil_setNextBlockBaseFeePerGas", hex(40 * GWEI))
                await desk.mine()
                assert bad.requests["eth_sendRawTransaction"] == refusals + 1
                raised = desk.pool()[0]
                [flight] = desk.sender.in_flight()
                assert flight.attempts == 1 + 3
                assert desk.sender.replacements == 3
                [outcome] = await desk.mine()
            desk.node = direct
        assert (outcome.status, outcome.tx_hash) == ("confirmed", raised["hash"])
        assert int(raised["maxPriorityFeePerGas"], 16) * 8**3 >= int(first["maxPriorityFeePerGas"], 16) * 9**3

    run(test, tmp_path)


def test_restart__killed_between_journal_and_send__is_sent_once(tmp_path: Path) -> None:
    async def test(desk: Desk) -> None:
        with bad_node(desk.anvil.http) as bad:
            direct = desk.node
            async with Node([bad.url], CHAIN_ID) as node:
                desk.node = node
                desk.again()
                bad.behave({"eth_sendRawTransaction"}, http_status=503)
                sent = await desk.sent(guard.take(5))
            desk.node = direct
        assert desk.pool() == {}
        desk.again()
        assert desk.sender.busy == {("take", 5, 0)}
        assert await desk.tick() == []
        assert desk.pool()[0]["hash"] == sent.tx_hash
        # Restarted again while it waits: it is not sent as another.
        desk.again()
        assert await desk.submit(guard.take(5)) == [Refused(("take", 5, 0), "on its way already as nonce 0")]
        [outcome] = await desk.mine()
        assert (outcome.status, outcome.tx_hash) == ("confirmed", sent.tx_hash)

    run(test, tmp_path)


def test_restart__mined_meanwhile__is_settled_and_not_repeated(tmp_path: Path) -> None:
    async def test(desk: Desk) -> None:
        sent = await desk.sent(guard.take(5))
        desk.anvil.mine(3)
        desk.again()
        [outcome] = await desk.tick()
        assert (outcome.status, outcome.tx_hash, outcome.block_number) == ("confirmed", sent.tx_hash, 1)
        assert (await desk.sent(guard.take(6))).nonce == 1

    run(test, tmp_path)


def test_restart__too_late_to_succeed__is_cancelled(tmp_path: Path) -> None:
    async def test(desk: Desk) -> None:
        sent = await desk.sent(guard.take(5))
        desk.drop(sent.tx_hash)
        send_as(RIVAL.key, desk.anvil, guard.take(5), 0)
        desk.anvil.mine(10)
        desk.again()
        assert await desk.tick() == []
        [outcome] = await desk.mine()
        assert (outcome.status, outcome.reason) == ("cancelled", f"cancelled: {guard.REASON}")

    run(test, tmp_path)


def test_tick__the_node_forgot_it__is_sent_again(tmp_path: Path) -> None:
    async def test(desk: Desk) -> None:
        sent = await desk.sent(guard.take(5))
        desk.drop(sent.tx_hash)
        assert desk.pool() == {}
        await desk.mine()
        assert desk.pool()[0]["hash"] == sent.tx_hash
        assert [o.status for o in await desk.mine()] == ["confirmed"]

    run(test, tmp_path)


def test_tick__somebody_else_uses_the_key__is_dropped_and_the_next_nonce_is_free(tmp_path: Path) -> None:
    async def test(desk: Desk) -> None:
        sent = await desk.sent(guard.take(5))
        desk.drop(sent.tx_hash)
        send_as(SENDER_KEY, desk.anvil, guard.take(77), 0)
        assert await desk.mine() == []
        [outcome] = await desk.mine()
        assert (outcome.status, outcome.nonce, outcome.key) == ("dropped", 0, ("take", 5, 0))
        assert outcome.reason == (
            "nonce 0 was used by a transaction that this keeper did not send: "
            f"is the key of {desk.wallet.address} used elsewhere?"
        )
        assert (await desk.sent(guard.take(5))).nonce == 1
        assert [o.status for o in await desk.mine()] == ["confirmed"]

    run(test, tmp_path)


def test_submit__somebody_elses_transaction_waits__takes_the_nonce_after_it(tmp_path: Path) -> None:
    async def test(desk: Desk) -> None:
        send_as(SENDER_KEY, desk.anvil, guard.take(77), 0)
        assert (await desk.sent(guard.take(5))).nonce == 1
        assert [(o.nonce, o.status) for o in await desk.mine()] == [(1, "confirmed")]

    run(test, tmp_path)


def test_tick__beaten_in_its_block__is_reverted_with_the_reason(tmp_path: Path) -> None:
    async def test(desk: Desk) -> None:
        await desk.sent(guard.take(5))
        send_as(RIVAL.key, desk.anvil, guard.take(5), 0, tip=50 * GWEI)
        [outcome] = await desk.mine()
        assert (outcome.status, outcome.reason) == ("reverted", guard.REASON)
        assert desk.statuses() == [(0, "reverted")]

    run(test, tmp_path)


@pytest.mark.parametrize("fault", [{"delay": 0.2}, {"hang": True}])
def test_tick__forty_are_beaten_in_a_block__all_are_settled_within_seconds(
    tmp_path: Path, fault: dict[str, Any]
) -> None:
    async def test(desk: Desk) -> None:
        with bad_node(desk.anvil.http) as bad:
            direct = desk.node
            async with Node([bad.url], CHAIN_ID, timeout=10.0) as node:
                desk.node = node
                desk.again()
                await desk.submit(*(guard.take(i, gas=100_000) for i in range(40)))
                for i in range(40):
                    send_as(RIVAL.key, desk.anvil, guard.take(i), i, tip=50 * GWEI)
                bad.behave({"eth_call"}, **fault)
                desk.anvil.mine()
                async with asyncio.timeout(4):
                    outcomes = await desk.tick()
                bad.behave()
            desk.node = direct
        assert [outcome.status for outcome in outcomes] == ["reverted"] * 40
        expected = "reverted; why was not answered in time" if "hang" in fault else guard.REASON
        assert {outcome.reason for outcome in outcomes} == {expected}

    run(test, tmp_path)


def test_tick__out_of_gas__says_so(tmp_path: Path) -> None:
    async def test(desk: Desk) -> None:
        # Enough for a slot that is set already; it is cleared before the block.
        desk.anvil.rpc("anvil_setCode", guard.ADDRESS, "0x600160005560006000f3")
        desk.anvil.rpc("anvil_setStorageAt", guard.ADDRESS, f"0x{0:064x}", f"0x{1:064x}")
        await desk.sent(guard.take(0, gas=26_000))
        desk.anvil.rpc("anvil_setStorageAt", guard.ADDRESS, f"0x{0:064x}", f"0x{0:064x}")
        [outcome] = await desk.mine()
        assert (outcome.status, outcome.reason) == ("reverted", "out of gas: used 26000 of 26000")

    run(test, tmp_path)


def test_tick__heads_are_behind_what_is_asked__waits_for_its_block(tmp_path: Path) -> None:
    async def test(desk: Desk) -> None:
        sent = await desk.sent(guard.take(5))
        behind = []
        for _ in range(3):
            behind.append(await latest(desk.node))
            # Not yet: the transaction is kept out of these.
            desk.drop(sent.tx_hash)
            desk.anvil.mine()
        [intent] = desk.sender._intents.values()
        desk.anvil.rpc("eth_sendRawTransaction", intent.last.raw)
        desk.anvil.mine()
        for head in behind:
            assert await desk.sender.tick(head) == []
            assert intent.missed_at is None
        [outcome] = await desk.mine()
        assert (outcome.status, outcome.tx_hash) == ("confirmed", sent.tx_hash)

    run(test, tmp_path)


def test_tick__reorganised_away__waits_again_and_is_mined_again(tmp_path: Path) -> None:
    async def test(desk: Desk) -> None:
        sent = await desk.sent(guard.take(5))
        assert await desk.mine() == []
        assert desk.sender.busy == frozenset()
        desk.anvil.rpc("anvil_reorg", 1, [])
        assert await desk.tick() == []
        assert desk.sender.busy == {("take", 5, 0)}
        assert desk.pool()[0]["hash"] == sent.tx_hash
        assert await desk.mine(2) == []
        [outcome] = await desk.mine()
        assert (outcome.status, outcome.tx_hash, outcome.block_number) == ("confirmed", sent.tx_hash, 2)

    run(test, tmp_path, settings=SenderSettings(confirmations=3, stuck_blocks=2))


def test_tick__a_settled_one_is_reorganised_away__the_gap_is_filled(tmp_path: Path) -> None:
    async def test(desk: Desk) -> None:
        first = await desk.sent(guard.take(5))
        assert [o.status for o in await desk.mine()] == ["confirmed"]
        await desk.sent(guard.take(6))
        desk.anvil.rpc("anvil_reorg", 1, [])
        if 0 in desk.pool():
            desk.drop(first.tx_hash)
        assert await desk.tick() == []
        assert await desk.mine(2) == []
        assert sorted(desk.pool()) == [0, 1]
        assert desk.pool()[0]["to"] == desk.wallet.address.lower()
        outcomes = await desk.mine()
        assert [(o.nonce, o.key[0], o.status) for o in outcomes] == [
            (0, "gap", "cancelled"),
            (1, "take", "confirmed"),
        ]

    run(test, tmp_path)


def test_restart__the_journal_is_of_another_chain__says_so_and_sends_nothing(tmp_path: Path) -> None:
    async def test(desk: Desk) -> None:
        desk.anvil.rpc("anvil_setNonce", desk.wallet.address, "0x100")
        await desk.sent(guard.take(5))
        desk.anvil.rpc("anvil_setNonce", desk.wallet.address, "0x0")
        desk.again()
        assert await desk.tick() == []
        assert desk.sender.problem == (
            "256 nonces are missing below nonce 256: "
            "is the journal of another chain with the same id? Move it away"
        )
        assert list(desk.pool()) == [256]

    run(test, tmp_path)


def test_restart__a_nonce_far_beyond_was_written_down__says_so_at_once(tmp_path: Path) -> None:
    async def test(desk: Desk) -> None:
        desk.anvil.rpc("anvil_setNonce", desk.wallet.address, hex(2**40))
        await desk.sent(guard.take(5))
        desk.anvil.rpc("anvil_setNonce", desk.wallet.address, "0x0")
        desk.again()
        assert await desk.tick() == []
        assert desk.sender.problem.startswith(f"{2**40} nonces are missing")

    run(test, tmp_path)


def test_submit__the_node_lies_about_the_next_nonce__signs_nothing(tmp_path: Path) -> None:
    class Liar(Node):
        async def batch(self, calls: Sequence[Call], parse: Any = None) -> Any:
            lie = [hex(2**40) if params[-1:] == ["pending"] else "0x0" for _, params in calls]
            if {method for method, _ in calls} == {"eth_getTransactionCount"}:
                return parse(lie)
            return await super().batch(calls, parse)

    async def test(desk: Desk) -> None:
        direct = desk.node
        async with Liar([desk.anvil.ipc], CHAIN_ID) as desk.node:
            desk.again()
            with pytest.raises(Lying, match=f"nonce {2**40} after 0"):
                await desk.submit(guard.take(5))
        desk.node = direct
        assert desk.statuses() == []

    run(test, tmp_path)


def test_submit__cancelled_while_sending__is_taken_up_by_the_next_tick(tmp_path: Path) -> None:
    async def test(desk: Desk) -> None:
        with bad_node(desk.anvil.http) as bad:
            direct = desk.node
            async with Node([bad.url], CHAIN_ID, timeout=10.0) as node:
                desk.node = node
                desk.again()
                bad.behave({"eth_sendRawTransaction"}, hang=True)
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(desk.submit(guard.take(5)), 0.5)
                assert desk.sender.busy == {("take", 5, 0)}
                bad.behave({"eth_sendRawTransaction"}, swallow=True)
                await desk.tick()
                bad.behave()
                await desk.tick()
                assert list(desk.pool()) == [0]
                assert [o.status for o in await desk.mine()] == ["confirmed"]
            desk.node = direct

    run(test, tmp_path)


def test_submit__no_endpoint_answers__raises_and_nothing_is_written(tmp_path: Path) -> None:
    async def test(desk: Desk) -> None:
        with bad_node(desk.anvil.http) as bad:
            direct = desk.node
            async with Node([bad.url], CHAIN_ID, timeout=0.3) as node:
                desk.node = node
                desk.again()
                await desk.tick()
                bad.behave(hang=True)
                with pytest.raises(Transient, match=r"did not answer eth_feeHistory within 0\.3 s"):
                    await desk.submit(guard.take(5))
            desk.node = direct
        assert desk.statuses() == []

    run(test, tmp_path)


def test_tick__an_endpoint_takes_and_forgets__it_is_sent_to_the_others(tmp_path: Path) -> None:
    async def test(desk: Desk) -> None:
        with bad_node(desk.anvil.http) as bad:
            direct = desk.node
            async with Node([bad.url, desk.anvil.ipc], CHAIN_ID) as node:
                desk.node = node
                desk.again()
                bad.behave(swallow=True)
                sent = await desk.sent(guard.take(5))
                assert desk.pool() == {}
                await desk.mine()
                assert desk.pool()[0]["hash"] == sent.tx_hash
                assert [o.status for o in await desk.mine()] == ["confirmed"]
            desk.node = direct

    run(test, tmp_path)


def test_submit__the_endpoint_took_it_and_hung__is_one_transaction(tmp_path: Path) -> None:
    async def test(desk: Desk) -> None:
        with bad_node(desk.anvil.http) as bad:
            direct = desk.node
            async with Node([bad.url, desk.anvil.ipc], CHAIN_ID, timeout=0.5) as node:
                desk.node = node
                desk.again()
                bad.behave({"eth_sendRawTransaction"}, hang_after=True)
                sent = await desk.sent(guard.take(5))
                assert desk.pool()[0]["hash"] == sent.tx_hash
                assert [(o.nonce, o.status) for o in await desk.mine()] == [(0, "confirmed")]
                assert desk.sender.in_flight() == []
            desk.node = direct

    run(test, tmp_path)


def test_tick__an_endpoint_lags__takes_nothing_back(tmp_path: Path) -> None:
    async def test(desk: Desk) -> None:
        with bad_node(desk.anvil.http) as bad:
            direct = desk.node
            async with Node([bad.url, desk.anvil.ipc], CHAIN_ID, timeout=5.0) as node:
                desk.node = node
                desk.again()
                sent = await desk.sent(guard.take(5))
                assert await desk.mine() == []
                bad.behave(lag=1)
                desk.anvil.mine()
                head = await latest(direct)
                [outcome] = await desk.sender.tick(head)
                assert (outcome.status, outcome.tx_hash) == ("confirmed", sent.tx_hash)
            desk.node = direct

    run(test, tmp_path, settings=SenderSettings(confirmations=2, stuck_blocks=2))


def test_submit__the_journal_cannot_be_written__sends_nothing_and_is_fatal(tmp_path: Path) -> None:
    async def test(desk: Desk) -> None:
        desk.close()
        with pytest.raises(JournalError, match=r"the journal cannot be written \(.*\): is the disk full\?"):
            await desk.submit(guard.take(5))
        assert desk.pool() == {}
        assert desk.sender.busy == frozenset()

    run(test, tmp_path)


def test_dry_sender__would_succeed__reports_once_and_sends_nothing(tmp_path: Path) -> None:
    async def test(desk: Desk) -> None:
        dry = DrySender(desk.node, desk.wallet.address, SETTINGS)
        assert await dry.tick(await latest(desk.node)) == []
        send_as(RIVAL.key, desk.anvil, guard.take(6), 0)
        assert await dry.submit([guard.take(5), guard.take(6)]) == [
            Submission(("take", 5, 0), -1, ""),
            Refused(("take", 6, 0), guard.REASON),
        ]
        assert dry.busy == {("take", 5, 0)}
        assert await dry.submit([guard.take(5)]) == [Refused(("take", 5, 0), "reported already")]
        desk.anvil.mine(2)
        await dry.tick(await latest(desk.node))
        assert dry.busy == frozenset()
        assert desk.pool() == {}

    run(test, tmp_path)


def test_submit__the_node_forgets_what_was_settled__never_takes_that_nonce_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def test(desk: Desk) -> None:
        first = await desk.sent(guard.take(5))
        [outcome] = await desk.mine(SETTINGS.confirmations)
        assert (outcome.nonce, outcome.status) == (first.nonce, "confirmed")
        known = desk.node.batch

        async def forgetful(calls: Any, parse: Any = None) -> Any:
            if {method for method, _ in calls} == {"eth_getTransactionCount"}:
                return parse(["0x0"] * len(calls))
            return await known(calls, parse)

        monkeypatch.setattr(desk.node, "batch", forgetful)
        assert (await desk.sent(guard.take(6))).nonce == first.nonce + 1

    run(test, tmp_path)
