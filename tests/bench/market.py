"""A deployed system on a web3 node, with the few actions that a measurement repeats."""

import secrets
from dataclasses import astuple, replace
from typing import Any

from eth_keys.datatypes import PrivateKey
from hexbytes import HexBytes
from web3 import Web3
from web3.contract import Contract
from web3.types import TxReceipt

from scripts.system import System, deploy_system
from tests.helpers.artifacts import artifact
from tests.helpers.model.orders import Order
from tests.helpers.orders import sign_order
from tests.helpers.parameters import WAD, MarketParams, SourceConfig
from tests.helpers.reports import ReportDomain, reporter_keys

TRADER_KEY = PrivateKey(b"\x11" * 32)
REPORTERS = reporter_keys(1)
FOREVER = 2**64


class Web3Deployer:
    """An unlocked account of the node."""

    def __init__(self, w3: Web3, address: str) -> None:
        self.w3 = w3
        self.address = address

    def nonce(self) -> int:
        return self.w3.eth.get_transaction_count(Web3.to_checksum_address(self.address))

    def deploy(self, name: str, *arguments: object) -> Contract:
        compiled = artifact(name)
        factory = self.w3.eth.contract(abi=compiled.abi, bytecode=compiled.bytecode)
        receipt = self.w3.eth.wait_for_transaction_receipt(
            factory.constructor(*arguments).transact({"from": self.address})
        )
        return self.w3.eth.contract(address=receipt["contractAddress"], abi=compiled.abi)


class Market:
    """One deployment whose traders all share a key; prices are signed by one reporter."""

    def __init__(self, w3: Web3) -> None:
        self.w3 = w3
        self.sender = w3.eth.accounts[0]
        self.chain_id = w3.eth.chain_id
        self.system: System = deploy_system(Web3Deployer(w3, self.sender), [r.address for r in REPORTERS])
        self.reports = ReportDomain(self.chain_id, self.system.source.address)
        self.owner = TRADER_KEY.public_key.to_checksum_address()
        for method, params in (
            ("anvil_setBalance", [self.owner, hex(10**24)]),
            ("anvil_impersonateAccount", [self.owner]),
        ):
            w3.provider.make_request(method, params)  # type: ignore[arg-type]
        self.send(self.system.token.functions.drip(self.owner, 10**6 * 10**6))
        self.send(self.system.token.functions.approve(self.system.clearing_house.address, 2**256 - 1), self.owner)

    def send(self, call: Any, sender: str | None = None) -> TxReceipt:
        """Mine one transaction and return its receipt; a revert is an exception with its reason."""
        tx = call.transact({"from": sender or self.sender, "gas": 16_000_000})
        receipt = self.w3.eth.wait_for_transaction_receipt(tx, poll_latency=0.002)
        if receipt["status"] != 1:
            call.call({"from": sender or self.sender})
            raise RuntimeError(f"reverted: {call.fn_name}")
        return receipt

    def list_market(self, price: int, params: MarketParams | None = None) -> int:
        market_id = int(self.system.governance.functions.market_count().call()) + 1
        config = SourceConfig(self.system.source.address)
        self.send(self.system.router.functions.set_source(market_id, astuple(config)))
        self.report(market_id, price)
        self.send(self.system.governance.functions.list_market(astuple(params or MarketParams())))
        return market_id

    def report(self, market_id: int, price: int) -> None:
        timestamp = self.w3.eth.get_block("latest")["timestamp"]
        arguments = self.reports.report(REPORTERS, market_id, price, timestamp)
        self.send(self.system.source.functions.report(*arguments))

    def open_accounts(self, count: int, deposit: int) -> list[int]:
        """Funded accounts, all of the one trader."""
        clearing_house = self.system.clearing_house.functions
        first = int(clearing_house.account_count().call()) + 1
        ids = list(range(first, first + count))
        pending: list[HexBytes] = []
        for _ in ids:
            pending.append(clearing_house.open_account().transact({"from": self.owner, "gas": 200_000}))
        self.w3.eth.wait_for_transaction_receipt(pending[-1], poll_latency=0.002)
        needed = deposit * count
        while needed > 0:
            self.send(self.system.token.functions.drip(self.owner, min(needed, 10**12)))
            needed -= 10**12
        for account_id in ids:
            pending.append(
                clearing_house.deposit(account_id, deposit).transact({"from": self.owner, "gas": 300_000})
            )
        self.w3.eth.wait_for_transaction_receipt(pending[-1], poll_latency=0.002)
        return ids

    def order(self, account_id: int, market_id: int, size: int, price: int, leverage: int = 10, **more: Any) -> Order:
        return Order(
            account_id, market_id, size, price, leverage, expires_at=FOREVER, salt=secrets.randbits(256), **more
        )

    def sign(self, order: Order) -> bytes:
        return sign_order(order, TRADER_KEY, self.chain_id, self.system.exchange.address)

    def hint(self, market_id: int, is_long: bool, leverage: int, price: int) -> int:
        return int(
            self.system.lens.functions.find_hint(market_id, is_long, leverage, price).call(
                {"gas": 2**40}
            )
        )

    def fill(self, maker: Order, taker: Order, size: int, hints: tuple[int, int] = (0, 0)) -> int:
        """Gas used."""
        call = self.system.exchange.functions.fill(
            astuple(maker), self.sign(maker), astuple(taker), self.sign(taker), size, *hints
        )
        return self.send(call)["gasUsed"]

    def fill_batch(self, makers: list[Order], taker: Order, sizes: list[int], hints: list[int]) -> int:
        """Gas used."""
        call = self.system.exchange.functions.fill_batch(
            [astuple(m) for m in makers],
            [self.sign(m) for m in makers],
            astuple(taker),
            self.sign(taker),
            sizes,
            hints,
        )
        return self.send(call)["gasUsed"]


def opposite(order: Order, account_id: int) -> Order:
    """The order that takes the other side."""
    return replace(order, account_id=account_id, size=-order.size, salt=secrets.randbits(256))


__all__ = ["WAD", "Market", "opposite"]
