"""What a reader's system would do if one acted in it, under rules of one's own, in a block never mined."""

from collections.abc import Sequence
from dataclasses import astuple
from typing import Any

from eth_keys.datatypes import PrivateKey
from eth_utils import keccak

from scripts.sandbox.node_reader import NodeReader
from scripts.sandbox.orders import Order, sign_order
from scripts.sandbox.parameters import MarketParams
from scripts.sandbox.simulation import Call, Outcome, simulate, view
from scripts.sandbox.words import HOUSE

# Signs every order: as the delegate of the account, if it is another's.
ACTOR_KEY = PrivateKey(keccak(text="plimsoll trial"))
ACTOR = ACTOR_KEY.public_key.to_checksum_address()
FOREVER = 2**40


class Trial:
    """`owner`: of the contracts, who may set markets' parameters and create collateral.

    `decimals`: of the collateral, `scale`: 10**(36 - decimals). `cheapest`: the smallest minimum notional
    that Governance allows, quote units.
    """

    def __init__(self, reader: NodeReader, owner: str) -> None:
        self._reader = reader
        self._owner = owner
        governance, token = reader.system.governance.address, reader.system.token.address
        markets = reader.market_ids()
        asked = [view(governance, "Governance", "market_params", m) for m in markets]
        decimals, *params = self.run([view(token, "FaucetToken", "decimals"), *asked])
        self.params: dict[int, MarketParams] = {
            m: MarketParams(*outcome.answer("Governance", "market_params"))
            for m, outcome in zip(markets, params, strict=True)
        }
        self.decimals = int(decimals.answer("FaucetToken", "decimals"))
        self.scale = 10 ** (36 - self.decimals)
        self.cheapest = 10**self.decimals // 100
        self._chain_id = int(reader.w3.eth.chain_id)

    def run(self, calls: Sequence[Call]) -> list[Outcome]:
        """At the second of the reader's block."""
        reader = self._reader
        return simulate(reader.w3, reader.block, calls, reader.block, reader.time)

    def loosened(self, **changes: Any) -> list[Call]:
        """No market is reduce-only, no position too small, and what else is changed in all parameters."""
        governance = self._reader.system.governance.address
        calls = [view(governance, "Governance", "set_reduce_only", 0, False, sender=self._owner)]
        for market_id, params in self.params.items():
            # Without funding no price is needed to change the rest.
            lifted = astuple(params.but(min_notional=self.cheapest, funding_cap=0, **changes))
            calls.append(view(governance, "Governance", "set_market", market_id, lifted, sender=self._owner))
        return calls

    def endowed(self, count: int, fortune: int) -> list[Call]:
        """So many new accounts of the actor, with a fortune each."""
        token, house = self._reader.system.token.address, self._reader.system.clearing_house.address
        calls = [
            view(token, "FaucetToken", "mint", ACTOR, fortune * count, sender=self._owner),
            view(token, "FaucetToken", "approve", house, 2**256 - 1, sender=ACTOR),
        ]
        for number in range(1, count + 1):
            calls.append(self.house("open_account", sender=ACTOR))
            account_id = self._reader.account_count() + number
            calls.append(self.house("deposit", account_id, fortune, sender=ACTOR))
        return calls

    def delegated(self, account_id: int) -> Call:
        """From now on the actor trades for it."""
        owner = self._reader.owner_of(account_id)
        return self.house("set_delegate", account_id, ACTOR, FOREVER, sender=owner)

    def fill(self, maker: Order, taker: Order, size: int) -> Call:
        """Without hints."""
        exchange = self._reader.system.exchange.address
        signed = [sign_order(order, ACTOR_KEY, self._chain_id, exchange) for order in (maker, taker)]
        arguments = (astuple(maker), signed[0], astuple(taker), signed[1], size, 0, 0)
        return view(exchange, "Exchange", "fill", *arguments)

    def house(self, name: str, *arguments: object, sender: str) -> Call:
        return view(self._reader.system.clearing_house.address, HOUSE, name, *arguments, sender=sender)
