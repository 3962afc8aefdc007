"""Driving a deployed system through Ape: the verbs that tests are written in."""

import secrets
from dataclasses import astuple, replace
from typing import Any

from ape import Project, chain
from ape.api import AccountAPI, ReceiptAPI
from eth_keys.datatypes import PrivateKey

from scripts.sandbox.orders import Order, order_hash, sign_order
from scripts.sandbox.reports import ReportDomain, reporter_keys
from scripts.sandbox.slots import PositionSlot
from scripts.system import System, deploy_system
from tests.helpers.parameters import WAD, MarketParams, SourceConfig

REPORTERS = reporter_keys(1)
PRICE = 4_000 * WAD
# One whole token of the 6-decimal collateral.
USD = 10**6
FOREVER = 2**64
# More than any position: a liquidator takes all that is to be had.
ALL = 2**256 - 1


class ApeDeployer:
    """A test account of Ape."""

    def __init__(self, project: Project, account: AccountAPI) -> None:
        self.project = project
        self.account = account
        self.address = str(account.address)

    def nonce(self) -> int:
        return int(self.account.nonce)

    def deploy(self, name: str, *arguments: object) -> Any:
        return self.account.deploy(self.project.get_contract(name), *arguments)


def private_key(account: AccountAPI) -> PrivateKey:
    """The key of an Ape test account."""
    return PrivateKey(bytes.fromhex(account.private_key.removeprefix("0x")))


class Desk:
    """One deployment, one reporter for its prices, and market 1 listed at `PRICE`.

    Accounts are opened with `account(trader)`; every fill carries exact hints unless told otherwise.
    """

    def __init__(
        self,
        project: Project,
        owner: AccountAPI,
        params: MarketParams | None = None,
        decimals: int = 6,
        token: Any = None,
    ) -> None:
        self.project = project
        self.owner = owner
        self.system: System = deploy_system(
            ApeDeployer(project, owner), [r.address for r in REPORTERS], decimals=decimals, token=token
        )
        self.token = self.system.token
        self.router = self.system.router
        self.source = self.system.source
        self.governance = self.system.governance
        self.exchange = self.system.exchange
        self.vault = self.system.vault
        self.waterfall = self.system.waterfall
        self.clearing_house = self.system.clearing_house
        self.lens = self.system.lens
        self.unit = 10**decimals
        self.chain_id = int(chain.chain_id)
        self.reports = ReportDomain(self.chain_id, self.source.address)
        self.traders: dict[int, AccountAPI] = {}
        self.list_market(PRICE, params)

    # -- governance and prices

    def list_market(
        self, price: int = PRICE, params: MarketParams | None = None, config: SourceConfig | None = None
    ) -> int:
        market_id = int(self.governance.market_count()) + 1
        config = config or SourceConfig(self.source.address)
        self.router.set_source(market_id, astuple(config), sender=self.owner)
        self.report(price, market_id)
        self.governance.list_market(astuple(params or MarketParams()), sender=self.owner)
        return market_id

    def report(self, price: int, market_id: int = 1) -> ReceiptAPI:
        """Publish a price observed now, in a block of its own."""
        chain.pending_timestamp = chain.pending_timestamp + 1
        now = int(chain.pending_timestamp)
        return self.source.report(*self.reports.report(REPORTERS, market_id, price, now), sender=self.owner)

    def crash(self, price: int, market_id: int = 1) -> ReceiptAPI:
        """Report a price, up or down, in as many steps as the router accepts at once."""
        last = int(self.router.peek(market_id).price)
        while last // 10 < abs(price - last):
            last += last // 10 if price > last else -(last // 10)
            self.report(last, market_id)
        return self.report(price, market_id)

    # -- accounts

    def account(self, trader: AccountAPI, deposit: int = 0) -> int:
        """Open an account and fund it with whole tokens."""
        account_id = int(self.clearing_house.open_account(sender=trader).return_value)
        self.traders[account_id] = trader
        if deposit:
            self.fund(account_id, deposit * self.unit)
        return account_id

    def fund(self, account_id: int, amount: int) -> ReceiptAPI:
        trader = self.traders[account_id]
        self.token.drip(trader, amount, sender=trader)
        self.token.approve(self.clearing_house, amount, sender=trader)
        return self.clearing_house.deposit(account_id, amount, sender=trader)

    def endow(self, account_id: int, amount: int) -> ReceiptAPI:
        """Fund an account with any amount of quote units, of any token whose `mint` the owner may call."""
        trader = self.traders[account_id]
        self.token.mint(trader, amount, sender=self.owner)
        self.token.approve(self.clearing_house, amount, sender=trader)
        return self.clearing_house.deposit(account_id, amount, sender=trader)

    # -- orders

    def order(
        self,
        account_id: int,
        size: int,
        price: int = PRICE,
        leverage: int = 10,
        market_id: int = 1,
        **more: Any,
    ) -> Order:
        fields = {"expires_at": FOREVER, "salt": secrets.randbits(256), **more}
        return Order(account_id, market_id, size, price, leverage, **fields)

    def opposite(self, order: Order, account_id: int, **changes: Any) -> Order:
        """An order of another account that takes the whole other side at the same limit."""
        fields = {
            "account_id": account_id,
            "size": -order.size,
            "salt": secrets.randbits(256),
            "reduce_only": False,
            "post_only": False,
            **changes,
        }
        return replace(order, **fields)

    def hash(self, order: Order) -> bytes:
        return order_hash(order, self.chain_id, str(self.exchange.address))

    def sign(self, order: Order, signer: AccountAPI | None = None) -> bytes:
        key = private_key(signer or self.traders[order.account_id])
        return sign_order(order, key, self.chain_id, str(self.exchange.address))

    def hint(self, order: Order, price: int) -> int:
        """Where the order's position will stand if it opens at this price."""
        return int(self.lens.find_hint(order.market_id, order.size > 0, order.leverage, price))

    def fill(
        self,
        maker: Order,
        taker: Order,
        size: int | None = None,
        sender: AccountAPI | None = None,
        signatures: tuple[bytes, bytes] | None = None,
        hints: tuple[int, int] | None = None,
    ) -> ReceiptAPI:
        """Match two orders; `size` defaults to the maker's."""
        signed = signatures or (self.sign(maker), self.sign(taker))
        at = hints or (self.hint(maker, maker.limit_price), self.hint(taker, maker.limit_price))
        return self.exchange.fill(
            astuple(maker),
            signed[0],
            astuple(taker),
            signed[1],
            abs(maker.size) if size is None else size,
            *at,
            sender=sender or self.owner,
        )

    def fill_batch(
        self,
        makers: list[Order],
        taker: Order,
        sizes: list[int] | None = None,
        sender: AccountAPI | None = None,
        hints: list[int] | None = None,
    ) -> ReceiptAPI:
        return self.exchange.fill_batch(
            [astuple(m) for m in makers],
            [self.sign(m) for m in makers],
            astuple(taker),
            self.sign(taker),
            [abs(m.size) for m in makers] if sizes is None else sizes,
            [0] * (len(makers) + 1) if hints is None else hints,
            sender=sender or self.owner,
        )

    def trade(
        self,
        buyer: int,
        seller: int,
        size: int = WAD,
        price: int = PRICE,
        leverage: int = 10,
        market_id: int = 1,
    ) -> ReceiptAPI:
        """The buyer's order rests, the seller takes it."""
        bid = self.order(buyer, size, price, leverage, market_id)
        return self.fill(bid, self.opposite(bid, seller))

    def close(self, account_id: int, other: int, price: int = PRICE, market_id: int = 1) -> ReceiptAPI:
        """Trade the whole position away to another account."""
        size = self.slot(account_id, market_id).size
        order = self.order(account_id, -size, price, market_id=market_id)
        return self.fill(order, self.opposite(order, other))

    # -- the waterfall

    def insure(self, amount: int, buckets: dict[int, int] | None = None) -> None:
        """Deposit quote units into the vault and cap what it pays a market (0: all of them) in a day.

        Without `buckets` it may pay all it has for any market listed.
        """
        if amount:
            self.token.mint(self.owner, amount, sender=self.owner)
            self.token.approve(self.vault, amount, sender=self.owner)
            self.vault.deposit(amount, self.owner, sender=self.owner)
        if buckets is None:
            buckets = dict.fromkeys(range(int(self.governance.market_count()) + 1), 2**95 - 1)
        for market_id, cap in buckets.items():
            self.vault.set_bucket(market_id, cap, sender=self.owner)

    def liquidate(
        self,
        account_id: int,
        liquidator_id: int,
        size: int = ALL,
        leverage: int = 10,
        market_id: int = 1,
        sender: AccountAPI | None = None,
        hint: int = 0,
    ) -> ReceiptAPI:
        """Have `liquidator_id` take over at most `size`."""
        sender = sender or self.traders[liquidator_id]
        return self.clearing_house.liquidate(
            account_id, market_id, size, liquidator_id, leverage, hint, sender=sender
        )

    def flag(self, account_id: int) -> ReceiptAPI:
        return self.clearing_house.flag_bankrupt(account_id, sender=self.owner)

    def deleverage(self, account_id: int, ranked: list[int], market_id: int = 1) -> ReceiptAPI:
        return self.clearing_house.deleverage(account_id, market_id, ranked, sender=self.owner)

    def deleverage_next(self, account_id: int, max_count: int = 256, market_id: int = 1) -> ReceiptAPI:
        return self.clearing_house.deleverage_next(account_id, market_id, max_count, sender=self.owner)

    def events(self, receipt: ReceiptAPI) -> list[tuple[str, dict[str, Any]]]:
        """Everything the system logged, in order."""
        contracts = (self.waterfall, self.clearing_house, self.vault, self.token)
        abis = {abi.selector: abi for contract in contracts for abi in contract.contract_type.events}
        logs = receipt.provider.network.ecosystem.decode_logs(receipt.logs, *abis.values())
        return [(log.event_name, dict(log.event_arguments)) for log in logs]

    def named(self, receipt: ReceiptAPI, name: str) -> list[dict[str, Any]]:
        return [arguments for found, arguments in self.events(receipt) if found == name]

    # -- time

    def wait(self, seconds: int) -> int:
        """Put the next block `seconds` after the latest one; returns its time."""
        chain.pending_timestamp = now = int(chain.blocks.head.timestamp) + seconds
        return now

    def mine(self, seconds: int) -> int:
        """A block `seconds` after the latest one: views answer as of then."""
        now = int(chain.blocks.head.timestamp) + seconds
        chain.mine(timestamp=now)
        return now

    # -- what the chain says

    def cash(self, account_id: int) -> int:
        low = int(self.clearing_house.account_word(account_id)) % 2**128
        return low - 2**128 if low >> 127 else low

    def slot(self, account_id: int, market_id: int = 1) -> PositionSlot:
        return PositionSlot.decode(int(self.clearing_house.position_slot(market_id, account_id)))

    def equity(self, account_id: int) -> int:
        return int(self.clearing_house.account_values(account_id).equity)

    def flagged_at(self, account_id: int) -> int:
        return int(self.clearing_house.account_word(account_id)) >> 216

    def values(self, account_id: int) -> tuple[int, int, int, int]:
        """Equity, initial requirement, maintenance requirement, withdrawable."""
        return tuple(self.clearing_house.account_values(account_id))

    def queue(self, is_long: bool, market_id: int = 1) -> list[int]:
        return list(self.lens.adl_queue(market_id, is_long, 0, 256))
