"""What a deployed system on a node stores and says at one block, in a few requests for all of it.

The words come out of code that exists only inside an `eth_call`, in place of a contract's own and over its
storage.
"""

from collections.abc import Sequence
from typing import Any

from hexbytes import HexBytes
from web3 import Web3
from web3.types import RPCEndpoint

from scripts.sandbox.answers import AnswerReader, Asked
from scripts.sandbox.layout import Words
from scripts.sandbox.simulation import simulate, view
from scripts.sandbox.words import HOUSE, house_places
from scripts.system import System

# For every 32 bytes of calldata, a slot, the word that is there.
SLOADS = bytes.fromhex(
    "5f"  # i = 0
    "5b 80 36 11 15 6014 57"  # while i < calldatasize
    "80 35 54 81 52"  # memory[i] = storage[calldata[i]]
    "6020 01 6001 56"  # i += 32
    "5b 36 5f f3"  # return memory[:calldatasize]
)


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


class NodeReader(AnswerReader):
    """`invariants.Reader` but for leaving, see reader.py."""

    def __init__(self, w3: Web3, system: System, block: int) -> None:
        time = int(w3.eth.get_block(block)["timestamp"])
        super().__init__(read_words(w3, system, block, time), system.clearing_house.address)
        self.w3 = w3
        self.system = system
        self.block = block
        self.time = time
        self._addresses = {
            HOUSE: system.clearing_house.address,
            "Lens": system.lens.address,
            "FaucetToken": system.token.address,
        }

    def ask(self, asked: list[Asked]) -> Sequence[Any]:
        calls = [view(self._addresses[contract], contract, name, *args) for contract, name, args in asked]
        outcomes = simulate(self.w3, self.block, calls, self.block, self.time)
        return [
            outcome.answer(contract, name)
            for (contract, name, _), outcome in zip(asked, outcomes, strict=True)
        ]
