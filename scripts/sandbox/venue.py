"""A deployed system on a chain of its own: markets, a crowd, insurance, a keeper's account, prices."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_keys.datatypes import PrivateKey
from eth_utils import keccak
from web3 import Web3
from web3.types import TxReceipt

from scripts.sandbox.census import Census, take_census
from scripts.sandbox.market import REPORTERS, Market, opposite
from scripts.sandbox.parameters import MarketParams, SourceConfig
from scripts.sandbox.population import Hints, Trade, draw_margins, draw_trades

TOKEN = 10**6
# Of a market, whole tokens at its first price.
INTEREST_CAP = 400_000_000
# Blocks as on the main chain, except while the crowd is opened.
BLOCK_GAS, CROWD_GAS = 60_000_000, 2_000_000_000
# A delegate's last second.
FOREVER = 2**40
KEEPER_LABEL = "plimsoll keeper"


def keeper_key(number: int = 0) -> LocalAccount:
    """A reproducible key that the node does not know: whoever uses it has to sign."""
    key: LocalAccount = Account.from_key(keccak(text=f"{KEEPER_LABEL} {number}"))
    return key


def parameters(price: int, **changes: Any) -> MarketParams:
    """Of a market at this price: the same caps in money everywhere."""
    cap = INTEREST_CAP * TOKEN * 10**30 // price // 10**19 * 10**19
    params = MarketParams(open_interest_cap=cap, open_interest_lower=cap // 2, open_interest_upper=2 * cap)
    return params.but(**changes)


class Venue:
    """Markets 1, 2, ... at the prices given. A transaction is a block, until `run` or `hold`."""

    def __init__(
        self, w3: Web3, prices: Sequence[int], params: Mapping[str, Any] | None = None, **source: Any
    ) -> None:
        self.w3 = w3
        self.market = Market(w3)
        self.system = self.market.system
        self.rpc = self.market.rpc
        self.marks: dict[int, int] = {}
        self.hints = Hints()
        self.crowd: list[int] = []
        config = replace(SourceConfig(self.system.source.address), **source)
        for price in prices:
            market_id = self.market.list_market(price, parameters(price, **(params or {})), config)
            self.marks[market_id] = price

    # -- before the keeper looks

    def fund(self, tokens: int) -> None:
        """Give whole tokens to the traders' common wallet."""
        self.market.send(self.system.token.functions.mint(self.market.owner, tokens * TOKEN))

    def populate(self, count: int, seed: int = 1) -> list[int]:
        """Open a crowd in all markets: accounts with one to three positions each."""
        house = self.system.clearing_house.functions
        rng = random.Random(seed)
        first = int(house.account_count().call()) + 1
        accounts = list(range(first, first + count))
        trades = draw_trades(rng, accounts, self.marks)
        margins = draw_margins(rng, trades)
        self.rpc("evm_setBlockGasLimit", hex(CROWD_GAS))
        self.fund(sum(margins.values()) // TOKEN + 1)
        self.market.send_many((house.open_account() for _ in accounts), self.market.owner)
        deposits = (house.deposit(account, amount) for account, amount in margins.items())
        self.market.send_many(deposits, self.market.owner)
        self.refresh_prices()
        self.market.send_many(self.fill_call(trade) for trade in trades)
        self.rpc("evm_setBlockGasLimit", hex(BLOCK_GAS))
        self.crowd += accounts
        return accounts

    def fill_call(self, trade: Trade) -> Any:
        """One taker and its makers, with hints that are exact as long as nobody else trades."""
        sign = -1 if trade.taker_buys else 1
        makers = [
            self.market.order(account, trade.market_id, sign * size, price, leverage)
            for account, size, price, leverage in zip(
                trade.makers, trade.sizes, trade.prices, trade.leverages, strict=True
            )
        ]
        taker = self.market.order(
            trade.taker, trade.market_id, -sign * trade.size, trade.limit, trade.taker_leverage
        )
        hints = [
            self.hints.place(m.account_id, m.market_id, m.size > 0, m.leverage, m.limit_price) for m in makers
        ]
        entry = trade.taker_entry()
        place = self.hints.place(trade.taker, trade.market_id, taker.size > 0, taker.leverage, entry)
        return self.market.fill_batch_call(makers, taker, list(trade.sizes), [*hints, place])

    def open_account(self, deposit: int) -> int:
        """One more account of the traders' wallet, with a deposit in quote units."""
        house = self.system.clearing_house.functions
        self.fund(deposit // TOKEN + 1)
        self.market.send(house.open_account(), self.market.owner)
        account_id = int(house.account_count().call())
        if deposit:
            self.market.send(house.deposit(account_id, deposit), self.market.owner)
        return account_id

    def open_keeper(self, key: LocalAccount, deposit: int) -> int:
        """An account for which a keeper's key may act, and ether for its transactions."""
        self.rpc("anvil_setBalance", key.address, hex(10**21))
        account_id = self.open_account(deposit)
        delegate = self.system.clearing_house.functions.set_delegate(account_id, key.address, FOREVER)
        self.market.send(delegate, self.market.owner)
        return account_id

    def trade(
        self,
        buyer: int,
        seller: int,
        market_id: int,
        size: int,
        price: int,
        leverages: tuple[int, int] = (10, 10),
    ) -> TxReceipt:
        """One fill of two signed orders: the buyer rests, the seller takes."""
        return self.market.send(self.trade_call(buyer, seller, market_id, size, price, leverages))

    def trade_call(
        self, buyer: int, seller: int, market_id: int, size: int, price: int, leverages: tuple[int, int]
    ) -> Any:
        bid = self.market.order(buyer, market_id, size, price, leverages[0])
        return self.market.fill_call(bid, replace(opposite(bid, seller), leverage=leverages[1]), size)

    def insure(self, amount: int, buckets: Mapping[int, int], gate_floor: int = 0) -> None:
        """Deposit into the vault (quote units) and let it pay by bucket, 0 for all together."""
        vault, sender = self.system.vault, self.market.sender
        if amount:
            self.market.send(self.system.token.functions.mint(sender, amount))
            self.market.send(self.system.token.functions.approve(vault.address, amount))
            self.market.send(vault.functions.deposit(amount, sender))
        for bucket, cap in buckets.items():
            self.market.send(vault.functions.set_bucket(bucket, cap))
        if gate_floor:
            self.market.send(vault.functions.set_gate_floor(gate_floor))

    def refresh_prices(self) -> None:
        """The same prices again, of now, each in a block of its own."""
        for market_id, price in self.marks.items():
            self.market.report(market_id, price)

    # -- while it runs

    def run(self, seconds: int = 1) -> None:
        """From now on a block every so often, with whatever waits."""
        self.hold()
        self.rpc("evm_setIntervalMining", seconds)

    def hold(self) -> None:
        """From now on a block only when `mine` is called."""
        self.rpc("evm_setIntervalMining", 0)
        self.rpc("evm_setAutomine", False)
        self.mine()

    def mine(self, seconds: int = 1) -> None:
        """One block, so much later than the last."""
        self.rpc("evm_increaseTime", seconds)
        self.rpc("evm_mine")

    def publish(self, prices: Mapping[int, int]) -> list[str]:
        """Send signed reports of the newest block's time, for the next block; the transactions' hashes."""
        timestamp = self.w3.eth.get_block("latest")["timestamp"]
        hashes = []
        for market_id, price in prices.items():
            arguments = self.market.reports.report(REPORTERS, market_id, price, timestamp)
            hashes.append(self.send_soon(self.system.source.functions.report(*arguments)))
            self.marks[market_id] = price
        return hashes

    def send_soon(self, call: Any, sender: str | None = None, tip: int = 10**9, max_fee: int = 10**11) -> str:
        """Send and do not wait; the more fee and tip, the earlier in its block."""
        transaction = {
            "from": Web3.to_checksum_address(sender or self.market.sender),
            "to": call.address,
            "data": call._encode_transaction_data(),
            "gas": hex(2_000_000),
            "maxFeePerGas": hex(max_fee + tip),
            "maxPriorityFeePerGas": hex(tip),
        }
        return str(self.rpc("eth_sendTransaction", transaction))

    # -- looking

    @property
    def head(self) -> int:
        return int(self.w3.eth.block_number)

    def census(self, block: int | None = None) -> Census:
        return take_census(self.w3, self.system.clearing_house.address, self.head if block is None else block)

    def key_of(self, account_id: int) -> PrivateKey:
        """Of the account's owner."""
        return self.market.key_of(account_id)

    def position(self, account_id: int, market_id: int) -> int:
        """Signed size."""
        return int(self.system.lens.functions.position(account_id, market_id).call()[0])
