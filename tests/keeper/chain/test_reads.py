"""Typed reads of deployed contracts, pinned by block hash."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from keeper.chain.blocks import block_at, latest
from keeper.chain.errors import Fatal, Lying, Reverted, Transient
from keeper.chain.logs import LogFilter, block_logs
from keeper.chain.pages import accounts, accounts_of, positions, positions_of
from keeper.chain.reads import AccountValues, Reads
from keeper.chain.rpc import Node
from keeper.chain.scan import scan
from keeper.types import BlockRef, LensAccount, LensPosition
from scripts.sandbox.market import Market, opposite
from scripts.sandbox.node import CHAIN_ID, Anvil, running_anvil
from tests.helpers.parameters import WAD
from tests.keeper.bad_node import bad_node

PRICE = 4_000 * WAD
DEPOSIT = 10_000 * 10**6


@dataclass(frozen=True)
class Deployed:
    anvil: Anvil
    market: Market
    market_id: int
    buyer: int
    seller: int

    def reads(self, node: Node) -> Reads:
        return Reads(node, self.market.system.clearing_house.address, self.market.system.lens.address)

    def node(self, *endpoints: str) -> Node:
        return Node(endpoints or [self.anvil.ipc], CHAIN_ID, timeout=10.0)


@pytest.fixture(scope="module")
def filled_chain() -> Iterator[Deployed]:
    """Account 1 bought 2 from account 2 at 4,000, at 10x."""
    with running_anvil() as anvil:
        market = Market(anvil.w3())
        market_id = market.list_market(PRICE)
        buyer, seller = market.open_accounts(2, DEPOSIT)
        bid = market.order(buyer, market_id, 2 * WAD, PRICE)
        market.fill(bid, opposite(bid, seller), 2 * WAD)
        yield Deployed(anvil, market, market_id, buyer, seller)


def test_discover__right_addresses__finds_the_other_contracts(filled_chain: Deployed) -> None:
    async def main() -> None:
        async with filled_chain.node() as node:
            found = await filled_chain.reads(node).discover(await latest(node))
        system = filled_chain.market.system
        assert (found.router, found.vault, found.governance, found.collateral) == (
            system.router.address,
            system.vault.address,
            system.governance.address,
            system.token.address,
        )
        assert (found.decimals, found.scale) == (6, 10**30)

    asyncio.run(main())


@pytest.mark.parametrize(
    ("house", "lens", "why"),
    [
        (
            "0x" + "12" * 20,
            None,
            "no contract at 0x1212121212121212121212121212121212121212: correct the address",
        ),
        (None, "token", "do not answer as ClearingHouse and Lens"),
        ("vault", None, "do not answer as ClearingHouse and Lens"),
    ],
)
def test_discover__wrong_address__is_fatal(
    filled_chain: Deployed, house: str | None, lens: str | None, why: str
) -> None:
    system = filled_chain.market.system

    def address(name: str | None, default: str) -> str:
        return (
            default if name is None else name if name.startswith("0x") else str(getattr(system, name).address)
        )

    async def main() -> None:
        async with filled_chain.node() as node:
            reads = Reads(
                node, address(house, system.clearing_house.address), address(lens, system.lens.address)
            )
            await reads.discover(await latest(node))

    with pytest.raises(Fatal, match=why):
        asyncio.run(main())


def test_facts__a_vault_with_a_bucket__are_the_chains(filled_chain: Deployed) -> None:
    market, system = filled_chain.market, filled_chain.market.system

    snapshot = market.rpc("evm_snapshot")

    async def main() -> None:
        for bucket, cap in ((0, 5_000), (filled_chain.market_id, 3_000)):
            market.send(system.vault.functions.set_bucket(bucket, cap))
        market.send(system.vault.functions.set_gate_floor(77))
        market.send(system.token.functions.approve(system.vault.address, 10**12), market.owner)
        market.send(system.token.functions.drip(market.owner, 10**6))
        market.send(system.vault.functions.deposit(4_000, market.owner), market.owner)
        market.rpc("evm_increaseTime", 86_400)
        market.rpc("evm_mine")
        async with filled_chain.node() as node:
            block = await latest(node)
            facts = await filled_chain.reads(node).facts(block, [filled_chain.market_id], gas_price=9)
        assert facts.capacity == {filled_chain.market_id: 3_000}
        assert facts.capacity_overall == 4_000
        assert (facts.gate_until, facts.gate_floor, facts.gas_price, facts.block) == (0, 77, 9, block)

    try:
        asyncio.run(main())
    finally:
        market.rpc("evm_revert", snapshot)


def test_totals__after_a_fill__add_up_to_the_ledger(filled_chain: Deployed) -> None:
    async def main() -> None:
        async with filled_chain.node() as node:
            totals = await filled_chain.reads(node).totals(await latest(node))
        assert totals.accounts == 2
        assert totals.collateral_ledger == 2 * DEPOSIT
        assert totals.total_cash + totals.vault_credit + totals.treasury_credit == 2 * DEPOSIT

    asyncio.run(main())


def test_account_values__at_an_old_block__are_of_that_block(filled_chain: Deployed) -> None:
    async def main() -> None:
        async with filled_chain.node() as node:
            reads, head = filled_chain.reads(node), await latest(node)
            now = await reads.account_values(head, filled_chain.buyer)
            before = await reads.account_values(await block_at(node, head.number - 1), filled_chain.buyer)
        fee = 2 * 4_000 * 10**6 * 2 // 10_000
        assert before == AccountValues(DEPOSIT, 0, 0, DEPOSIT)
        assert now == AccountValues(DEPOSIT - fee, 800 * 10**6, 40 * 10**6, DEPOSIT - fee - 800 * 10**6)

    asyncio.run(main())


def test_ask__reverting_view__tells_the_contracts_reason(filled_chain: Deployed) -> None:
    async def main() -> None:
        async with filled_chain.node() as node:
            await filled_chain.reads(node).lens_view(await latest(node), "roe", 77, filled_chain.market_id)

    with pytest.raises(Reverted, match=r"^position: none$"):
        asyncio.run(main())


def test_ask__a_block_that_is_gone__is_transient(filled_chain: Deployed) -> None:
    async def main() -> None:
        async with filled_chain.node() as node:
            await filled_chain.reads(node).totals(BlockRef(5, "0x" + "ab" * 32, "0x" + "cd" * 32, 0))

    with pytest.raises(Transient, match="Resource not found"):
        asyncio.run(main())


def test_pages__two_accounts_with_a_position__are_read_whole(filled_chain: Deployed) -> None:
    async def main() -> None:
        async with filled_chain.node() as node:
            reads, block = filled_chain.reads(node), await latest(node)
            every = [account async for page in accounts(reads, block) for account in page]
            held = [p async for page in positions(reads, block, filled_chain.market_id) for p in page]
        owner = filled_chain.market.owner.lower()
        buyer_fee, seller_fee = 1_600_000, 4_000_000
        assert every == [
            LensAccount(1, owner, DEPOSIT - 8_000 * 10**6 - buyer_fee, 0, 0, (filled_chain.market_id,)),
            LensAccount(2, owner, DEPOSIT + 8_000 * 10**6 - seller_fee, 0, 0, (filled_chain.market_id,)),
        ]
        assert held == [
            LensPosition(1, 2 * WAD, PRICE, 10, 0, False),
            LensPosition(2, -2 * WAD, PRICE, 10, 0, False),
        ]

    asyncio.run(main())


@pytest.mark.parametrize("cut", [31, 64, 100])
def test_accounts_of__a_page_cut_short__is_a_lie(cut: int) -> None:
    word = (32).to_bytes(32, "big") + (1).to_bytes(32, "big") + (32).to_bytes(32, "big")
    with pytest.raises(Lying):
        accounts_of((word + b"\x01" * 64)[:cut])


def test_positions_of__a_page_of_another_length__is_a_lie() -> None:
    with pytest.raises(Lying, match="of another length"):
        positions_of((32).to_bytes(32, "big") + (1).to_bytes(32, "big") + bytes(5 * 32))


def test_logs__dropped_by_a_node__are_found_in_the_receipts(filled_chain: Deployed) -> None:
    house = filled_chain.market.system.clearing_house

    async def main() -> None:
        with bad_node(filled_chain.anvil.http) as bad:
            bad.behave(drop_logs=True)
            async with filled_chain.node(bad.url) as node:
                block = await latest(node)
                raw = await node.call("eth_getBlockReceipts", [block.hash])
                every = [log for receipt in raw for log in receipt["logs"]]
                wanted = LogFilter.of([house.address], {log["topics"][0] for log in every})
                [found] = await block_logs(node, [block], wanted)
        assert len(found) == len([log for log in every if log["address"] == house.address.lower()]) >= 3
        assert bad.requests["eth_getLogs"] == 1
        assert bad.requests["eth_getBlockReceipts"] == 2

    asyncio.run(main())


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        ({"repeat_logs": True}, "answered logs out of order in block"),
        ({"error": (-32005, "rate limit")}, "rate limit (code -32005)"),
        ({"nonsense": True}, "answered something that is no list of logs"),
        ({"http_status": 503}, "HTTP 503: bad day"),
        ({"garbage": True}, "answered something that is not JSON"),
        ({"hang": True}, "did not answer eth_getBlockByNumber within 0.5 s"),
    ],
)
def test_scan__the_first_endpoint_misbehaves__history_comes_from_the_second(
    filled_chain: Deployed, fault: dict[str, Any], problem: str
) -> None:
    house = filled_chain.market.system.clearing_house

    async def main() -> None:
        with bad_node(filled_chain.anvil.http) as bad:
            async with filled_chain.node(bad.url, filled_chain.anvil.ws) as node:
                node.timeout = 0.5
                head = await latest(node)
                where = {"address": house.address, "fromBlock": "0x0", "toBlock": hex(head.number)}
                every = await node.call("eth_getLogs", [where])
                bad.behave({"eth_getLogs"}, **fault)
                wanted = LogFilter.of([house.address], {log["topics"][0] for log in every})
                chunks = [c async for c in scan(node, wanted, 0, head.number)]
                assert problem in node.health()[0].problem
        assert [log for c in chunks for log in c.logs] == every

    asyncio.run(main())
