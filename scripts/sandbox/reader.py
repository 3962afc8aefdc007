"""An `invariants.Reader` over a deployed system, pinned to a block; whether one may leave is tried."""

from dataclasses import astuple
from functools import cached_property

from eth_keys.datatypes import PrivateKey
from eth_utils import keccak
from web3 import Web3

from keeper.arithmetic import LEVERAGES, notional_down
from scripts.sandbox.node_reader import NodeReader
from scripts.sandbox.orders import Order, sign_order
from scripts.sandbox.parameters import MarketParams
from scripts.sandbox.simulation import Call, simulate, view
from scripts.sandbox.slots import PositionSlot
from scripts.sandbox.words import HOUSE
from scripts.system import System

RICH_KEY = PrivateKey(keccak(text="plimsoll rich"))
RICH = RICH_KEY.public_key.to_checksum_address()
# More than any position's notional, and a sum of one for every market is still cash.
FORTUNE = 2**120
FOREVER = 2**40
# Seconds that a gate stands at most.
GATE = 3_600
# An account and a market; an account alone: all its cash.
Exit = tuple[int, int] | int


class Reader(NodeReader):
    """`owner`: of the contracts, who may set markets' parameters and create collateral."""

    def __init__(self, w3: Web3, system: System, owner: str, block: int) -> None:
        super().__init__(w3, system, block)
        self._owner = owner
        params = [view(system.governance.address, "Governance", "market_params", m) for m in self._markets]
        outcomes = simulate(w3, block, params, block, self.time)
        self._params = {
            m: MarketParams(*outcome.answer("Governance", "market_params"))
            for m, outcome in zip(self._markets, outcomes, strict=True)
        }
        decimals = int(system.token.functions.decimals().call())
        self.scale = 10 ** (36 - decimals)
        # The smallest minimum notional that Governance allows.
        self.cheapest = 10**decimals // 100

    def refusal_of_close(self, account_id: int, market_id: int) -> str | None:
        """Dust worth less than the smallest minimum that Governance allows finds takers only among its
        opposites: it is left out."""
        return self.refusals.get((account_id, market_id))

    def refusal_of_withdrawal(self, account_id: int, amount: int) -> str | None:
        """Inside a gate nothing is judged but that it is the gate, and that it falls within the hour."""
        refusal, until = self.refusals.get(account_id), self.gate_until()
        if not until:
            return refusal
        lasting = refusal == "withdraw: gated" and until <= self.time + GATE
        return None if lasting else f"{refusal} until {until}"

    @cached_property
    def refusals(self) -> dict[Exit, str | None]:
        """Everybody leaves, one after the other, in a block that is never mined: first every position of a
        solvent account, then the cash of those who were flat before."""
        calls: list[tuple[Exit | None, Call]] = [(None, call) for call in self._prepared()]
        for account_id in self._accounts:
            values = self.priced_values(account_id)
            if self.open_markets(account_id) and values is not None and values.equity >= 0:
                calls += self._closes(account_id)
        for account_id in self._accounts:
            if not self.open_markets(account_id) and self.cash(account_id) > 0:
                owner = self.owner_of(account_id)
                call = self._house("withdraw", account_id, self.cash(account_id), owner, sender=owner)
                calls.append((account_id, call))
        outcomes = simulate(self.w3, self.block, [call for _, call in calls], self.block, self.time)
        found: dict[Exit, str | None] = {}
        for (leaver, _), outcome in zip(calls, outcomes, strict=True):
            if leaver is not None:
                found[leaver] = outcome.refusal
            elif not outcome.succeeded:
                raise RuntimeError(f"leaving cannot be tried: {outcome.refusal}")
        return found

    def _prepared(self) -> list[Call]:
        """A rich account for every market, and no rule that binds only newcomers."""
        governance, token = self.system.governance.address, self.system.token.address
        house = self.system.clearing_house.address
        calls = [
            view(governance, "Governance", "set_reduce_only", 0, False, sender=self._owner),
            view(token, "FaucetToken", "mint", RICH, FORTUNE * len(self._markets), sender=self._owner),
            view(token, "FaucetToken", "approve", house, 2**256 - 1, sender=RICH),
        ]
        for market_id, params in self._params.items():
            # Without funding no price is needed to change the rest.
            lifted = astuple(params.but(min_notional=self.cheapest, funding_cap=0))
            calls += [
                view(governance, "Governance", "set_market", market_id, lifted, sender=self._owner),
                self._house("open_account", sender=RICH),
                self._house("deposit", self._rich(market_id), FORTUNE, sender=RICH),
            ]
        return calls

    def _closes(self, account_id: int) -> list[tuple[Exit | None, Call]]:
        """Both sides are signed by the rich one, as the account's delegate."""
        owner = self.owner_of(account_id)
        calls: list[tuple[Exit | None, Call]] = [
            (None, self._house("set_delegate", account_id, RICH, FOREVER, sender=owner))
        ]
        for market_id in self.open_markets(account_id):
            size = PositionSlot.decode(self.position_slot(market_id, account_id)).size
            price = self.valid_mark(market_id)
            assert price is not None, f"market {market_id} of a valued account has no price"
            if notional_down(size, price, self.scale) >= self.cheapest:
                calls.append(((account_id, market_id), self._close(account_id, market_id, size, price)))
        return calls

    def _close(self, account_id: int, market_id: int, size: int, price: int) -> Call:
        # Other orders of the rich one may be the same but for the salt.
        maker = Order(
            self._rich(market_id), market_id, size, price, self._emptiest[market_id], salt=account_id
        )
        taker = Order(account_id, market_id, -size, price, 1, epoch=self.epoch(account_id))
        exchange, chain_id = self.system.exchange.address, self.w3.eth.chain_id
        signatures = [sign_order(order, RICH_KEY, chain_id, exchange) for order in (maker, taker)]
        arguments = (astuple(maker), signatures[0], astuple(taker), signatures[1], abs(size), 0, 0)
        return view(exchange, "Exchange", "fill", *arguments)

    @cached_property
    def _emptiest(self) -> dict[int, int]:
        """By market the leverage that the fewest have: a long list cannot be entered without a hint."""
        found = {}
        for market_id in self._markets:
            allowed = [each for each in LEVERAGES if each <= self._params[market_id].max_leverage]
            slots = [PositionSlot.decode(self.position_slot(market_id, i)) for i in self._accounts]
            taken = [slot.leverage for slot in slots if slot.size]
            found[market_id] = min(allowed, key=taken.count)
        return found

    def _rich(self, market_id: int) -> int:
        return self.account_count() + 1 + self._markets.index(market_id)

    def _house(self, name: str, *arguments: object, sender: str) -> Call:
        return view(self.system.clearing_house.address, HOUSE, name, *arguments, sender=sender)
