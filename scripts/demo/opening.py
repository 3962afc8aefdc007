"""How the venue comes to its traders: accounts, deposits, signed orders, before the first price is played."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from scripts.demo.crowd import Deals, Kind, Person, draw_people, draw_pocket
from scripts.sandbox.node import Anvil
from scripts.sandbox.population import Trade, draw_margins
from scripts.sandbox.venue import BLOCK_GAS, CROWD_GAS, Venue
from scripts.sandbox.wallet import Wallet

Progress = Callable[[int, int], None]
ETHER = 10**18
# Desks have more than their positions need: they go on selling in the crash.
DESKS_FACTOR = 3
# Transactions in one message.
BATCH = 100
# Wei per gas of the first of many; every further one offers one wei less, so that they stay in order.
FEE = 10**9


@dataclass(frozen=True)
class Trader:
    person: Person
    account_id: int
    wallet: Wallet
    # Quote units left in the wallet.
    pocket: int


@dataclass(frozen=True)
class Crowd:
    traders: tuple[Trader, ...]
    trades: tuple[Trade, ...]
    deals: Deals

    def of(self, *kinds: Kind) -> list[Trader]:
        return [trader for trader in self.traders if trader.person.kind in kinds]

    @property
    def notional(self) -> int:
        """Of all that was opened, one side, quote units at the prices of the fills."""
        return sum(
            size * price // 10**30
            for trade in self.trades
            for size, price in zip(trade.sizes, trade.prices, strict=True)
        )


def open_crowd(venue: Venue, node: Anvil, count: int, seed: int, progress: Progress) -> Crowd:
    """While a transaction is a block; so it is again afterwards."""
    rng = random.Random(seed)
    people = draw_people(rng, count, sorted(venue.marks), seed)
    first = int(venue.system.clearing_house.functions.account_count().call()) + 1
    accounts = range(first, first + count)
    deals = Deals(rng, people, accounts)
    trades = deals.draw(venue.marks)
    margins = draw_margins(rng, trades)
    for person in people:
        if person.kind is Kind.DESK and first + person.number in margins:
            margins[first + person.number] *= DESKS_FACTOR
    pockets = [draw_pocket(rng, person) for person in people]
    wallets = [Wallet(person.key, venue.market.chain_id) for person in people]
    crowd = Crowd(
        tuple(map(Trader, people, accounts, wallets, pockets)),
        tuple(trades),
        deals,
    )
    total = 3 * count + len(trades)
    venue.rpc("evm_setBlockGasLimit", hex(CROWD_GAS))
    _fund(venue, node, crowd, margins)
    house, token = venue.system.clearing_house, venue.system.token
    everything = token.functions.approve(house.address, 2**256 - 1)
    _send(venue, node, [trader.wallet.sign(everything, FEE) for trader in crowd.traders])
    progress(count, total)
    opened = house.functions.open_account()
    # In the order of the people.
    fees = range(FEE + count, FEE, -1)
    _send(venue, node, [t.wallet.sign(opened, fee) for t, fee in zip(crowd.traders, fees, strict=True)])
    _check_owners(venue, node, crowd)
    venue.market.keys.update({trader.account_id: trader.person.key for trader in crowd.traders})
    progress(2 * count, total)
    depositors = [trader for trader in crowd.traders if trader.account_id in margins]
    deposits = [(t.wallet, house.functions.deposit(t.account_id, margins[t.account_id])) for t in depositors]
    _send(venue, node, [wallet.sign(call, FEE) for wallet, call in deposits])
    progress(3 * count, total)
    venue.refresh_prices()
    for start in range(0, len(trades), BATCH):
        venue.market.send_many(venue.fill_call(trade) for trade in trades[start : start + BATCH])
        progress(3 * count + start, total)
    venue.rpc("evm_setBlockGasLimit", hex(BLOCK_GAS))
    venue.crowd += accounts
    return crowd


def _fund(venue: Venue, node: Anvil, crowd: Crowd, margins: dict[int, int]) -> None:
    """Ether for the fees, and tokens."""
    node.rpc_many([("anvil_setBalance", (t.wallet.address, hex(ETHER))) for t in crowd.traders])
    token = venue.system.token.functions
    venue.market.send_many(
        token.mint(t.wallet.address, margins.get(t.account_id, 0) + t.pocket) for t in crowd.traders
    )


def _check_owners(venue: Venue, node: Anvil, crowd: Crowd) -> None:
    house = venue.system.clearing_house
    questions = [
        {"to": house.address, "data": house.functions.owner_of(trader.account_id)._encode_transaction_data()}
        for trader in crowd.traders
    ]
    answers = node.rpc_many([("eth_call", (question, "latest")) for question in questions])
    for trader, answer in zip(crowd.traders, answers, strict=True):
        if int(answer, 16) != int(trader.wallet.address, 16):
            raise RuntimeError(f"account {trader.account_id} is not {trader.wallet.address}'s")


def _send(venue: Venue, node: Anvil, transactions: Sequence[str]) -> None:
    """Signed by their senders; every one must succeed."""
    venue.rpc("evm_setAutomine", False)
    for start in range(0, len(transactions), BATCH):
        batch = transactions[start : start + BATCH]
        node.rpc_many([("eth_sendRawTransaction", (each,)) for each in batch])
        venue.market.mine_whole()
    venue.rpc("evm_setAutomine", True)
