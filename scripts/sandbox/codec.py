"""Calldata and answers of our contracts by their compiled ABI, for chains that are spoken to in bytes."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from eth_abi import decode, encode
from eth_utils import keccak

from scripts.sandbox.artifacts import artifact

REVERT_SELECTOR = keccak(text="Error(string)")[:4]


@dataclass(frozen=True)
class Function:
    selector: bytes
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]

    def calldata(self, arguments: tuple[object, ...]) -> bytes:
        return self.selector + encode(self.inputs, arguments)

    def answer(self, data: bytes) -> Any:
        """The one returned value, or the tuple of them."""
        values = decode(self.outputs, data)
        return values[0] if len(values) == 1 else values


@cache
def function(contract: str, name: str) -> Function:
    (entry,) = [e for e in artifact(contract).abi if e["type"] == "function" and e["name"] == name]
    inputs, outputs = (tuple(_type(p) for p in entry[key]) for key in ("inputs", "outputs"))
    return Function(keccak(text=f"{name}({','.join(inputs)})")[:4], inputs, outputs)


def constructor(contract: str, arguments: tuple[object, ...]) -> bytes:
    """Initcode with its arguments."""
    code = bytes.fromhex(artifact(contract).bytecode.removeprefix("0x"))
    entries = [e for e in artifact(contract).abi if e["type"] == "constructor"]
    types = [_type(p) for e in entries for p in e["inputs"]]
    return code + encode(types, arguments)


def revert_reason(data: bytes) -> str:
    """What a revert says: its text; empty for a check of the compiler, the EVM or a precompile."""
    return str(decode(["string"], data[4:])[0]) if data[:4] == REVERT_SELECTOR else ""


def _type(parameter: dict[str, Any]) -> str:
    kind = str(parameter["type"])
    if not kind.startswith("tuple"):
        return kind
    fields = ",".join(_type(p) for p in parameter["components"])
    return f"({fields})" + kind.removeprefix("tuple")
