"""Contract calls: encoded by the shipped ABIs, decoded with every byte accounted for."""

from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError, EncodingError
from eth_typing import ABIFunction
from eth_utils.abi import function_abi_to_4byte_selector, get_abi_input_types, get_abi_output_types

from keeper.abi import abi
from keeper.chain.errors import Lying
from keeper.chain.framing import Call


@dataclass(frozen=True, slots=True)
class Function:
    name: str
    selector: bytes
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]

    def encoded(self, *args: Any) -> str:
        """Call data, hex."""
        return "0x" + (self.selector + encode(self.inputs, args)).hex()

    def decoded(self, raw: Any) -> Any:
        """The only output, or the tuple of several."""
        data = data_of(raw, self.name)
        try:
            values = decode(self.outputs, data)
            # Encoded again, so that nothing is missing and nothing left over, however lenient the decoder is.
            if encode(self.outputs, values) != data:
                raise ValueError("not what the values encode to")
        except (DecodingError, EncodingError, OverflowError, ValueError) as error:
            raise Lying(f"{self.name}: answered {len(data)} bytes that are no {self.outputs}") from error
        return values[0] if len(values) == 1 else values


@cache
def function(contract: str, name: str) -> Function:
    [found] = [f for f in abi(contract) if f["type"] == "function" and f["name"] == name]
    chosen = cast(ABIFunction, found)
    return Function(
        name=f"{contract}.{name}",
        selector=function_abi_to_4byte_selector(chosen),
        inputs=tuple(get_abi_input_types(chosen)),
        outputs=tuple(get_abi_output_types(chosen)),
    )


DECIMALS = Function("decimals", bytes.fromhex("313ce567"), (), ("uint8",))


def data_of(raw: Any, what: str) -> bytes:
    """The bytes of an answer to eth_call."""
    try:
        data = bytes.fromhex(raw.removeprefix("0x"))
    except (AttributeError, ValueError):
        raise Lying(f"{what}: answered no bytes") from None
    if not data:
        raise Lying(f"{what}: nothing answered: no contract of that kind is at the address")
    return data


def pinned(address: str, data: str, block_hash: str) -> Call:
    """An eth_call at exactly that block (EIP-1898): never at a sibling of the same number."""
    return "eth_call", [{"to": address, "data": data}, {"blockHash": block_hash}]
