"""What only a test node can do: act as a contract, and write storage."""

from typing import Any

from ape import accounts, chain
from ape.api import AccountAPI
from eth_abi import encode
from eth_utils import keccak

# The contracts keep fewer variables than this in front of the one looked for.
SLOTS = 32


def impersonated(contract: Any) -> AccountAPI:
    """A sender with a contract's address."""
    address = str(contract.address)
    chain.provider.set_balance(address, 10**20)
    return accounts.test_accounts.impersonate_account(address)


def entry_slot(slot: int, key: int) -> int:
    """Where Vyper keeps `map[key]` of the HashMap at `slot`."""
    return int.from_bytes(keccak(encode(["uint256", "uint256"], [slot, key])), "big")


def read(contract: Any, slot: int) -> int:
    return int.from_bytes(chain.provider.get_storage(str(contract.address), slot), "big")


def write(contract: Any, slot: int, value: int) -> None:
    chain.provider.set_storage(str(contract.address), slot, value.to_bytes(32, "big"))


def variable(contract: Any, value: int, key: int | None = None) -> int:
    """The slot of the variable that holds `value` (or of the HashMap that does under `key`).

    Found by looking, so that no test knows the layout: the value must stand in one place only.
    """

    def place(slot: int) -> int:
        return slot if key is None else entry_slot(slot, key)

    found = [slot for slot in range(SLOTS) if read(contract, place(slot)) == value]
    assert len(found) == 1, f"{len(found)} variables hold {value}"
    return found[0]


def poke(contract: Any, old: int, new: int, key: int | None = None) -> None:
    """Overwrite the variable, or the HashMap's entry, that now holds `old`."""
    slot = variable(contract, old, key)
    write(contract, slot if key is None else entry_slot(slot, key), new)
