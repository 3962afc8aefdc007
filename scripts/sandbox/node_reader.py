"""What a deployed system on a node stores and says at one block, in a few requests for all of it.

The words come out of code that exists only inside an `eth_call`, in place of a contract's own and over its
storage.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from hexbytes import HexBytes
from web3 import Web3
from web3.types import RPCEndpoint

from scripts.sandbox.invariants import PAGE, SIDES
from scripts.sandbox.layout import Words
from scripts.sandbox.simulation import simulate, view
from scripts.sandbox.words import HOUSE, WordReader, house_places
from scripts.system import System

# For every 32 bytes of calldata, a slot, the word that is there.
SLOADS = bytes.fromhex(
    "5f"  # i = 0
    "5b 80 36 11 15 6014 57"  # while i < calldatasize
    "80 35 54 81 52"  # memory[i] = storage[calldata[i]]
    "6020 01 6001 56"  # i += 32
    "5b 36 5f f3"  # return memory[:calldatasize]
)
# Contract's name, function, arguments.
Asked = tuple[str, str, tuple[object, ...]]


@dataclass(frozen=True)
class Values:
    """AccountValues."""

    equity: int
    initial_requirement: int
    maintenance_requirement: int
    withdrawable: int


def storage(w3: Web3, address: str, slots: Sequence[int], block: int) -> list[int]:
    """Words of a contract's storage at the end of a block."""
    data = b"".join(slot.to_bytes(32, "big") for slot in slots)
    transaction = {"to": address, "data": "0x" + data.hex(), "gas": hex(2**40)}
    answer = w3.provider.make_request(
        RPCEndpoint("eth_call"), [transaction, hex(block), {address: {"code": "0x" + SLOADS.hex()}}]
    )
    if "error" in answer:
        raise RuntimeError(f"storage of {address} at block {block}: {answer['error']}")
    found = bytes(HexBytes(answer["result"]))
    return [int.from_bytes(found[at : at + 32], "big") for at in range(0, len(found), 32)]


def read_words(w3: Web3, system: System, block: int, time: int) -> Words:
    """All of ClearingHouse's words at the end of a block."""
    house, governance = system.clearing_house.address, system.governance.address
    asked = [view(house, HOUSE, "account_count"), view(governance, "Governance", "market_count")]
    accounts, markets = simulate(w3, block, asked, block, time)
    where = house_places(
        range(1, markets.answer("Governance", "market_count") + 1),
        range(1, accounts.answer(HOUSE, "account_count") + 1),
    )
    found = storage(w3, house, [slot for _, slot in where.values()], block)
    return dict(zip(where, found, strict=True))


class NodeReader(WordReader):
    """`invariants.Reader` but for leaving, see reader.py."""

    def __init__(self, w3: Web3, system: System, block: int) -> None:
        time = int(w3.eth.get_block(block)["timestamp"])
        super().__init__(read_words(w3, system, block, time))
        self.w3 = w3
        self.system = system
        self.block = block
        self.time = time
        self._addresses = {
            HOUSE: system.clearing_house.address,
            "Lens": system.lens.address,
            "FaucetToken": system.token.address,
        }

    # -- what the contracts themselves say

    def total_cash(self) -> int:
        return int(self._said[HOUSE, "total_cash", ()])

    def token_balance(self) -> int:
        return int(self._said["FaucetToken", "balanceOf", (self.system.clearing_house.address,)])

    def valid_mark(self, market_id: int) -> int | None:
        mark = self._said[HOUSE, "mark_price", (market_id,)]
        return None if mark is None else int(mark)

    def adl_queue(self, market_id: int, is_long: bool, skip: int, count: int) -> Sequence[int]:
        first = skip // PAGE * PAGE
        ranked = self._said["Lens", "adl_queue", (market_id, is_long, first, PAGE)]
        return list(ranked[skip - first : skip - first + count])

    def priced_values(self, account_id: int) -> Values | None:
        values = self._said[HOUSE, "account_values", (account_id,)]
        return None if values is None else Values(*values)

    def is_liquidatable(self, account_id: int) -> bool:
        return bool(self._said[HOUSE, "is_liquidatable", (account_id,)])

    def gate_until(self) -> int:
        return int(self._said[HOUSE, "gate_until", ()])

    @cached_property
    def _said(self) -> dict[Asked, Any]:
        asked: list[Asked] = [
            (HOUSE, "total_cash", ()),
            ("FaucetToken", "balanceOf", (self.system.clearing_house.address,)),
            (HOUSE, "gate_until", ()),
        ]
        for m in self._markets:
            asked.append((HOUSE, "mark_price", (m,)))
            for is_long in SIDES:
                pages = range(0, self.position_count(m, is_long) + PAGE, PAGE)
                asked += [("Lens", "adl_queue", (m, is_long, skip, PAGE)) for skip in pages]
        for i in self._accounts:
            asked += [(HOUSE, "account_values", (i,)), (HOUSE, "is_liquidatable", (i,))]
        calls = [view(self._addresses[contract], contract, name, *args) for contract, name, args in asked]
        outcomes = simulate(self.w3, self.block, calls, self.block, self.time)
        return {each: outcome.answer(each[0], each[1]) for each, outcome in zip(asked, outcomes, strict=True)}
