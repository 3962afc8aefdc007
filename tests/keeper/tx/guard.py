"""A contract that gives each number away once: `take` of one that is gone reverts with "guard: taken"."""

from eth_abi import encode

from keeper.types import ActionKey, TxRequest
from scripts.sandbox.node import Anvil

ADDRESS = "0x" + "47" * 20
REASON = "guard: taken"
_REVERT_DATA = bytes.fromhex("08c379a0") + encode(["string"], [REASON])
# if sload(word) != 0: revert(data) else: sstore(word, 1), where word = calldataload(0)
_CODE = (
    bytes.fromhex("600035805460" + "0d" + "57600190550" + "05b6064601a60003960" + "646000fd") + _REVERT_DATA
)


def put(anvil: Anvil) -> None:
    anvil.rpc("anvil_setCode", ADDRESS, "0x" + _CODE.hex())


def take(number: int, gas: int = 0, key: ActionKey | None = None) -> TxRequest:
    data = "0x" + number.to_bytes(32, "big").hex()
    return TxRequest(key or ("take", number, 0), ADDRESS, data, gas, f"takes {number}")


def is_taken(anvil: Anvil, number: int) -> bool:
    return int(anvil.rpc("eth_getStorageAt", ADDRESS, hex(number), "latest"), 16) != 0
