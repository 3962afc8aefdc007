"""Who is liquidatable, who is bankrupt: asked of ClearingHouse's own views, for all accounts in a few calls.

The loop over accounts is code that exists only inside an `eth_call` (a state override), pinned to a block.
"""

from dataclasses import dataclass
from functools import cache

import vyper
from eth_abi import decode, encode
from hexbytes import HexBytes
from web3 import Web3
from web3.types import RPCEndpoint

BATCH = 500
# Where the call pretends that its code is.
PLACE = "0x" + "ce" * 20
SOURCE = f"""
# pragma version 0.4.3

BATCH: constant(uint256) = {BATCH}


@external
@view
def census(
    house: address, first_id: uint256, count: uint256
) -> (DynArray[uint256, BATCH], DynArray[uint256, BATCH]):
    liquidatable: DynArray[uint256, BATCH] = []
    bankrupt: DynArray[uint256, BATCH] = []
    for i: uint256 in range(count, bound=BATCH):
        if self._says(house, first_id + i, method_id("is_liquidatable(uint256)")):
            liquidatable.append(first_id + i)
        if self._says(house, first_id + i, method_id("is_bankrupt(uint256)")):
            bankrupt.append(first_id + i)
    return liquidatable, bankrupt


@internal
@view
def _says(house: address, account_id: uint256, selector: Bytes[4]) -> bool:
    answer: Bytes[32] = raw_call(
        house, concat(selector, convert(account_id, bytes32)), max_outsize=32, is_static_call=True
    )
    return convert(answer, uint256) != 0
"""


@dataclass(frozen=True)
class Census:
    """Account ids at one block."""

    block: int
    liquidatable: frozenset[int]
    bankrupt: frozenset[int]


@cache
def _code() -> str:
    return str(vyper.compile_code(SOURCE, output_formats=["bytecode_runtime"])["bytecode_runtime"])


def take_census(w3: Web3, clearing_house: str, block: int) -> Census:
    """Of all accounts, at the end of a block."""
    selector = Web3.keccak(text="census(address,uint256,uint256)")[:4]
    pinned = hex(block)

    def call(to: str, data: bytes) -> bytes:
        transaction = {"to": to, "data": "0x" + data.hex(), "gas": hex(2**40)}
        answer = w3.provider.make_request(
            RPCEndpoint("eth_call"), [transaction, pinned, {PLACE: {"code": _code()}}]
        )
        if "error" in answer:
            raise RuntimeError(f"census at block {block}: {answer['error']}")
        return bytes(HexBytes(answer["result"]))

    total = int.from_bytes(call(clearing_house, bytes(Web3.keccak(text="account_count()")[:4])), "big")
    liquidatable: set[int] = set()
    bankrupt: set[int] = set()
    for first in range(1, total + 1, BATCH):
        count = min(BATCH, total + 1 - first)
        arguments = encode(["address", "uint256", "uint256"], [clearing_house, first, count])
        thin, broke = decode(["uint256[]", "uint256[]"], call(PLACE, bytes(selector) + arguments))
        liquidatable.update(thin)
        bankrupt.update(broke)
    return Census(block, frozenset(liquidatable), frozenset(bankrupt))
