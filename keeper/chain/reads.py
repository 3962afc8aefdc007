"""Typed reads of the contracts. Each names its block by hash: all its numbers belong together."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from eth_utils.address import to_checksum_address

from keeper.chain.calls import DECIMALS, Function, function, pinned
from keeper.chain.errors import Fatal, Lying, RpcError
from keeper.chain.framing import Call
from keeper.chain.parse import quantity
from keeper.chain.rpc import Node
from keeper.chain.source_reads import source_answers
from keeper.types import BlockRef, Facts

# Governance lists no more.
MOST_MARKETS = 64

Query = tuple[str, Function, tuple[Any, ...]]
"""Address, function, arguments."""


@dataclass(frozen=True, slots=True)
class Contracts:
    """Where everything is, as the contracts themselves say. `decimals`: the collateral's."""

    clearing_house: str
    lens: str
    router: str
    vault: str
    governance: str
    collateral: str
    decimals: int

    @property
    def scale(self) -> int:
        return int(10 ** (36 - self.decimals))


@dataclass(frozen=True, slots=True)
class Totals:
    """Of the whole system, quote units."""

    accounts: int
    total_cash: int
    vault_credit: int
    treasury_credit: int
    collateral_ledger: int


@dataclass(frozen=True, slots=True)
class AccountValues:
    """As ClearingHouse values an account, quote units."""

    equity: int
    initial_requirement: int
    maintenance_requirement: int
    withdrawable: int


class Reads:
    def __init__(self, node: Node, clearing_house: str, lens: str) -> None:
        self.node = node
        self.clearing_house = to_checksum_address(clearing_house)
        self.lens = to_checksum_address(lens)
        self._contracts: Contracts | None = None

    async def ask(self, block: BlockRef, queries: Sequence[Query]) -> list[Any]:
        """Each query's decoded answer, all by one endpoint. Reverted, with the reason, if one reverts."""
        calls: list[Call] = [pinned(address, f.encoded(*args), block.hash) for address, f, args in queries]

        def parse(results: list[Any]) -> list[Any]:
            return [f.decoded(raw) for raw, (_, f, _) in zip(results, queries, strict=True)]

        found: list[Any] = await self.node.batch(calls, parse)
        return found

    async def clearing_house_view(self, block: BlockRef, name: str, *args: Any) -> Any:
        [found] = await self.ask(block, [(self.clearing_house, function("ClearingHouse", name), args)])
        return found

    async def lens_view(self, block: BlockRef, name: str, *args: Any) -> Any:
        [found] = await self.ask(block, [(self.lens, function("Lens", name), args)])
        return found

    async def has_code(self, block: BlockRef, address: str) -> bool:
        code = await self.node.call("eth_getCode", [address, {"blockHash": block.hash}])
        return code not in ("0x", None)

    async def balance(self, block: BlockRef, address: str) -> int:
        """Wei."""
        return int(await self.node.call("eth_getBalance", [address, {"blockHash": block.hash}], quantity))

    async def discover(self, block: BlockRef) -> Contracts:
        """Follow the clearing house to the other contracts; Fatal if the configured addresses do not fit."""
        for what, address in (("clearing house", self.clearing_house), ("Lens", self.lens)):
            if not await self.has_code(block, address):
                raise Fatal(f"no contract at {address}: correct the address of the {what}, or the chain")
        house = function("ClearingHouse", "router"), function("ClearingHouse", "vault")
        try:
            router, vault, collateral, lens_house, lens_router = await self.ask(
                block,
                [
                    *((self.clearing_house, view, ()) for view in house),
                    (self.clearing_house, function("ClearingHouse", "collateral"), ()),
                    (self.lens, function("Lens", "CLEARING_HOUSE"), ()),
                    (self.lens, function("Lens", "ROUTER"), ()),
                ],
            )
        except RpcError as error:
            raise Fatal(
                f"{self.clearing_house} and {self.lens} do not answer as ClearingHouse and Lens ({error}): "
                "correct the addresses"
            ) from error
        if to_checksum_address(lens_house) != self.clearing_house or lens_router != router:
            raise Fatal(f"the Lens at {self.lens} belongs to the clearing house {lens_house}: name its own")
        governance, decimals = await self.ask(
            block,
            [(vault, function("InsuranceVault", "governance"), ()), (collateral, DECIMALS, ())],
        )
        self._contracts = Contracts(
            clearing_house=self.clearing_house,
            lens=self.lens,
            router=to_checksum_address(router),
            vault=to_checksum_address(vault),
            governance=to_checksum_address(governance),
            collateral=to_checksum_address(collateral),
            decimals=int(decimals),
        )
        return self._contracts

    async def contracts(self, block: BlockRef) -> Contracts:
        return self._contracts or await self.discover(block)

    async def facts(
        self,
        block: BlockRef,
        market_ids: Sequence[int],
        gas_price: int,
        sources: Sequence[tuple[int, int]] = (),
    ) -> Facts:
        """What plan() needs beside the book; `gas_price` in wei per gas is handed on. `sources`: market and
        address of the price sources to be asked.
        """
        vault = (await self.contracts(block)).vault
        capacity = function("Lens", "insurance_capacity")
        views: list[Query] = [
            (self.clearing_house, function("ClearingHouse", "gate_until"), ()),
            (vault, function("InsuranceVault", "gate_floor"), ()),
            # Market 0: the global bucket alone.
            *((self.lens, capacity, (market_id,)) for market_id in (0, *market_ids)),
        ]
        (gate_until, gate_floor, overall, *each), answers = await asyncio.gather(
            self.ask(block, views), source_answers(self.node, block, sources)
        )
        return Facts(
            block=block,
            capacity=dict(zip(market_ids, each, strict=True)),
            capacity_overall=overall,
            gate_until=gate_until,
            gate_floor=gate_floor,
            gas_price=gas_price,
            answers=answers,
        )

    async def totals(self, block: BlockRef) -> Totals:
        names = ("account_count", "total_cash", "vault_credit", "treasury_credit", "collateral_ledger")
        found = await self.ask(
            block, [(self.clearing_house, function("ClearingHouse", name), ()) for name in names]
        )
        return Totals(*found)

    async def account_values(self, block: BlockRef, account_id: int) -> AccountValues:
        return AccountValues(*await self.clearing_house_view(block, "account_values", account_id))

    async def is_authorized(self, block: BlockRef, account_id: int, signer: str) -> bool:
        """Whether `signer` is the account's owner or a live delegate."""
        return bool(await self.clearing_house_view(block, "is_authorized", account_id, signer))

    async def market_count(self, block: BlockRef) -> int:
        governance = (await self.contracts(block)).governance
        [count] = await self.ask(block, [(governance, function("Governance", "market_count"), ())])
        if count > MOST_MARKETS:
            raise Lying(f"answered {count} markets")
        return int(count)

    async def source_of(self, block: BlockRef, market_id: int) -> str:
        """The contract whose prices the router takes for a market; the empty address: none."""
        router = (await self.contracts(block)).router
        [source] = await self.ask(block, [(router, function("OracleRouter", "source_of"), (market_id,))])
        return to_checksum_address(source)

    async def is_price_signer(self, block: BlockRef, source: str, signer: str) -> bool:
        """Whether SignedSource at `source` counts that signer's reports."""
        [found] = await self.ask(block, [(source, function("SignedSource", "is_signer"), (signer,))])
        return bool(found)
