"""Contract wallets (ERC-1271) as owners of margin accounts."""

from typing import Any

from ape.api import AccountAPI
from eth_utils import keccak

from tests.helpers.desk import Desk
from tests.helpers.reading import rpc

MAGIC = keccak(text="isValidSignature(bytes32,bytes)")[:4]
YES = MAGIC + bytes(28)
VERIFY, REFUSE, APPROVE, REVERT, GARBAGE, SHORT, BURN_GAS = (1 << i for i in range(7))


def open_account(desk: Desk, wallet: Any, keyholder: AccountAPI, dollars: int) -> int:
    """An account owned by the wallet, for which `desk.sign` signs with the keyholder's key."""
    wallet.execute(desk.clearing_house, desk.clearing_house.open_account.encode_input(), sender=keyholder)
    account_id = int(desk.clearing_house.account_count())
    assert desk.clearing_house.owner_of(account_id) == wallet.address
    desk.traders[account_id] = keyholder
    desk.fund(account_id, dollars * desk.unit)
    return account_id


def set_code(address: Any, code: bytes) -> None:
    rpc("anvil_setCode", str(address), "0x" + code.hex())


def answering(word: bytes) -> bytes:
    """Code that answers anything with this word."""
    return b"\x7f" + word + bytes.fromhex("5f5260205ff3")


def reverting_with(word: bytes) -> bytes:
    """Code that reverts with this word as its data."""
    return b"\x7f" + word + bytes.fromhex("5f5260205ffd")


# Code that reverts, and code that eats all gas.
REVERTING, BURNING = bytes.fromhex("5f5ffd"), b"\xfe"


def delegating_to(address: Any) -> bytes:
    """The code of an EIP-7702 account."""
    return bytes.fromhex("ef0100" + str(address).removeprefix("0x"))
