"""Calls that are only tried: one after the other on the state of a block, in a block that is never mined.

What the node calls `eth_simulateV1`. Nobody signs, and gas costs nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hexbytes import HexBytes
from web3 import Web3
from web3.types import RPCEndpoint

from keeper.types import RawLog
from scripts.sandbox.codec import function, revert_reason

# Of the whole block, and of a call that does not say.
BLOCK_GAS, CALL_GAS = 2**50, 2**32
NOBODY = "0x" + "00" * 20


@dataclass(frozen=True)
class Call:
    """`to` None: creates a contract."""

    to: str | None
    data: bytes
    sender: str = NOBODY
    gas: int = CALL_GAS
    value: int = 0


@dataclass(frozen=True)
class Log:
    """`address` lower case, `topics` and `data` as the node writes them."""

    address: str
    topics: tuple[str, ...]
    data: str

    @classmethod
    def of(cls, raw: RawLog) -> "Log":
        return cls(raw["address"].lower(), tuple(raw["topics"]), raw["data"])


@dataclass(frozen=True)
class Outcome:
    """`data`: what was returned, or what the revert said."""

    succeeded: bool
    data: bytes
    logs: tuple[Log, ...]

    @property
    def refusal(self) -> str | None:
        """Why it was refused; None: it was not."""
        return None if self.succeeded else revert_reason(self.data) or "reverted"

    def answer(self, contract: str, name: str) -> Any:
        """What a view returned; None: it was refused."""
        return function(contract, name).answer(self.data) if self.succeeded else None


def view(address: str, contract: str, name: str, *arguments: object, sender: str = NOBODY) -> Call:
    """A call of a function of one of our contracts."""
    return Call(address, function(contract, name).calldata(arguments), sender)


def simulate(w3: Web3, base: int, calls: Sequence[Call], number: int, time: int) -> list[Outcome]:
    """On the state at the end of block `base`, in a block of this number and time."""
    block = {
        "blockOverrides": {"number": hex(number), "time": hex(time), "gasLimit": hex(BLOCK_GAS)},
        "calls": [_raw(call) for call in calls],
    }
    # Not validated: balances and nonces are nobody's business here.
    parameters = [{"blockStateCalls": [block], "validation": False}, hex(base)]
    answer = w3.provider.make_request(RPCEndpoint("eth_simulateV1"), parameters)
    if "error" in answer:
        raise RuntimeError(f"simulation on block {base}: {answer['error']}")
    return [_outcome(raw) for raw in answer["result"][0]["calls"]]


def _raw(call: Call) -> dict[str, str]:
    raw = {
        "from": call.sender,
        "gas": hex(call.gas),
        "value": hex(call.value),
        "data": "0x" + call.data.hex(),
    }
    return raw if call.to is None else raw | {"to": call.to}


def _outcome(raw: dict[str, Any]) -> Outcome:
    logs = tuple(Log.of(log) for log in raw["logs"])
    return Outcome(raw["status"] == "0x1", bytes(HexBytes(raw["returnData"])), logs)
