"""A deployed system on a web3 node, with the few actions that a measurement repeats."""

import secrets
from collections.abc import Iterable
from dataclasses import astuple, replace
from typing import Any, cast

from eth_keys.datatypes import PrivateKey
from web3 import Web3
from web3.contract import Contract
from web3.types import RPCEndpoint, TxReceipt

from scripts.sandbox.artifacts import artifact
from scripts.sandbox.orders import Order, sign_order
from scripts.sandbox.parameters import MarketParams, SourceConfig
from scripts.sandbox.reports import ReportDomain, reporter_keys
from scripts.system import System, deploy_system

TRADER_KEY = PrivateKey(b"\x11" * 32)
REPORTERS = reporter_keys(1)
FOREVER = 2**64
# The faucet's cap per call.
DRIP = 10**6 * 10**6
GAS_EACH = 1_500_000


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
        return cast(Contract, self.w3.eth.contract(address=receipt["contractAddress"], abi=compiled.abi))


class Market:
    """One deployment; prices are signed by one reporter. Traders share a key, but for those in `keys`."""

    def __init__(self, w3: Web3) -> None:
        self.w3 = w3
        self.sender = w3.eth.accounts[0]
        self.chain_id = w3.eth.chain_id
        self.system: System = deploy_system(Web3Deployer(w3, self.sender), [r.address for r in REPORTERS])
        self.reports = ReportDomain(self.chain_id, self.system.source.address)
        # Of accounts with an owner of their own.
        self.keys: dict[int, PrivateKey] = {}
        self.owner = TRADER_KEY.public_key.to_checksum_address()
        self.rpc("anvil_setBalance", self.owner, hex(10**24))
        self.rpc("anvil_impersonateAccount", self.owner)
        self.send(self.system.token.functions.drip(self.owner, 10**6 * 10**6))
        self.send(
            self.system.token.functions.approve(self.system.clearing_house.address, 2**256 - 1), self.owner
        )

    def rpc(self, method: str, *params: object) -> Any:
        answer = self.w3.provider.make_request(RPCEndpoint(method), list(params))
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]

    def send(self, call: Any, sender: str | None = None) -> TxReceipt:
        """Mine one transaction and return its receipt; a revert is an exception with its reason."""
        tx = call.transact({"from": sender or self.sender, "gas": 16_000_000})
        receipt = self.w3.eth.wait_for_transaction_receipt(tx, poll_latency=0.002)
        if receipt["status"] != 1:
            call.call({"from": sender or self.sender})
            raise RuntimeError(f"reverted: {call.fn_name}")
        return receipt

    def send_many(self, calls: Iterable[Any], sender: str | None = None) -> None:
        """Mine many transactions in few blocks; a revert is an exception."""
        account = Web3.to_checksum_address(sender or self.sender)
        self.rpc("evm_setAutomine", False)
        nonce = int(self.w3.eth.get_transaction_count(account))
        for count, call in enumerate(calls, 1):
            transaction = {
                "from": account,
                "to": call.address,
                "data": call._encode_transaction_data(),
                "gas": hex(GAS_EACH),
                "gasPrice": hex(10**11),
                "nonce": hex(nonce),
            }
            self.rpc("eth_sendTransaction", transaction)
            nonce += 1
            if count % 100 == 0:
                self.mine_whole()
        self.mine_whole()
        self.rpc("evm_setAutomine", True)

    def mine_whole(self) -> None:
        """Mine what waits into one block, of which nothing may revert."""
        self.rpc("evm_mine")
        if any(receipt["status"] != "0x1" for receipt in self.rpc("eth_getBlockReceipts", "latest")):
            raise RuntimeError("one of many transactions reverted")

    def list_market(
        self, price: int, params: MarketParams | None = None, config: SourceConfig | None = None
    ) -> int:
        market_id = int(self.system.governance.functions.market_count().call()) + 1
        source = config or SourceConfig(self.system.source.address)
        self.send(self.system.router.functions.set_source(market_id, astuple(source)))
        self.report(market_id, price)
        self.send(self.system.governance.functions.list_market(astuple(params or MarketParams())))
        return market_id

    def report(self, market_id: int, price: int) -> None:
        self.rpc("evm_increaseTime", 1)
        self.rpc("evm_mine")
        timestamp = self.w3.eth.get_block("latest")["timestamp"]
        arguments = self.reports.report(REPORTERS, market_id, price, timestamp)
        self.send(self.system.source.functions.report(*arguments))

    def open_accounts(self, count: int, deposit: int) -> list[int]:
        """Funded accounts, all of the one trader."""
        clearing_house = self.system.clearing_house.functions
        first = int(clearing_house.account_count().call()) + 1
        ids = list(range(first, first + count))
        self.send_many((clearing_house.open_account() for _ in ids), self.owner)
        for _ in range(-(-deposit * count // DRIP)):
            self.send(self.system.token.functions.drip(self.owner, DRIP))
        self.send_many((clearing_house.deposit(account_id, deposit) for account_id in ids), self.owner)
        return ids

    def order(
        self, account_id: int, market_id: int, size: int, price: int, leverage: int = 10, **more: Any
    ) -> Order:
        return Order(
            account_id,
            market_id,
            size,
            price,
            leverage,
            expires_at=FOREVER,
            salt=secrets.randbits(256),
            **more,
        )

    def sign(self, order: Order) -> bytes:
        key = self.key_of(order.account_id)
        return sign_order(order, key, self.chain_id, self.system.exchange.address)

    def key_of(self, account_id: int) -> PrivateKey:
        """Of the account's owner."""
        return self.keys.get(account_id, TRADER_KEY)

    def hint(self, market_id: int, is_long: bool, price: int, account_id: int, leverage: int = 10) -> int:
        """The exact hint for a position of `account_id` whose entry price becomes `price`."""
        found = int(
            self.system.lens.functions.find_hint(market_id, is_long, leverage, price).call({"gas": 2**32})
        )
        # A node is not its own predecessor.
        return found >> 32 if found % 2**32 == account_id else found

    def entry_after(self, account_id: int, market_id: int, size: int, price: int) -> int:
        """Entry price of a position after a fill that opens, increases or reduces it."""
        held, entry, *_ = self.system.lens.functions.position(account_id, market_id).call()
        if held * size < 0:
            return int(entry)
        return int((abs(held) * entry + abs(size) * price) // (abs(held) + abs(size)))

    def fill_exact(self, market_id: int, buyer: int, seller: int, price: int, size: int, off: int = 0) -> int:
        """Gas of a fill with exact hints, or with hints that are `off` places away."""
        bid = self.order(buyer, market_id, size, price)
        hints = []
        for account_id, signed in ((buyer, size), (seller, -size)):
            held = int(self.system.lens.functions.position(account_id, market_id).call()[0])
            entry = self.entry_after(account_id, market_id, signed, price)
            is_long = (held or signed) > 0
            hint = self.hint(market_id, is_long, entry, account_id)
            for _ in range(off):
                previous = self.system.clearing_house.functions.position_slot(market_id, hint % 2**32).call()
                hint = previous >> 184 & (2**32 - 1)
            hints.append(hint)
        return self.fill(bid, opposite(bid, seller), size, (hints[0], hints[1]))

    def batch(self, market_id: int, makers: list[int], taker: int, prices: list[int], size: int) -> int:
        """Gas of a batch without hints: for positions that keep their place they are not needed."""
        bids = [self.order(m, market_id, size, p) for m, p in zip(makers, prices, strict=True)]
        ask = self.order(taker, market_id, -size * len(makers), min(prices))
        return self.fill_batch(bids, ask, [size] * len(makers), [0] * (len(makers) + 1))

    def send_as_trader(self, call: Any) -> int:
        """Gas used."""
        return int(self.send(call, self.owner)["gasUsed"])

    def fill_call(self, maker: Order, taker: Order, size: int, hints: tuple[int, int] = (0, 0)) -> Any:
        return self.system.exchange.functions.fill(
            astuple(maker), self.sign(maker), astuple(taker), self.sign(taker), size, *hints
        )

    def fill(self, maker: Order, taker: Order, size: int, hints: tuple[int, int] = (0, 0)) -> int:
        """Gas used."""
        return self.send(self.fill_call(maker, taker, size, hints))["gasUsed"]

    def fill_batch(self, makers: list[Order], taker: Order, sizes: list[int], hints: list[int]) -> int:
        """Gas used."""
        return self.send(self.fill_batch_call(makers, taker, sizes, hints))["gasUsed"]

    def fill_batch_call(self, makers: list[Order], taker: Order, sizes: list[int], hints: list[int]) -> Any:
        return self.system.exchange.functions.fill_batch(
            [astuple(m) for m in makers],
            [self.sign(m) for m in makers],
            astuple(taker),
            self.sign(taker),
            sizes,
            hints,
        )


def opposite(order: Order, account_id: int) -> Order:
    """The order that takes the other side."""
    return replace(order, account_id=account_id, size=-order.size, salt=secrets.randbits(256))
