"""A lean interpreter loop for titanoboa's EVM: nine tenths of a fuzz run are opcodes.

The commonest opcodes run inline on plain integers; everything else (storage, hashes, calls, logs, creation,
precompiles) is py-evm's own, as are gas costs and memory. `tests/fuzz/test_lean_evm.py` compares the two.
"""

from functools import lru_cache
from typing import Any

from boa.environment import Env
from boa.vm.py_evm import Sha3PreimageTracer, SstoreTracer
from eth.exceptions import Halt, InvalidJumpDestination, OutOfGas
from eth.vm.logic.invalid import InvalidOpcode

WORD = 2**256 - 1
SIGN = 2**255
SHA3, SSTORE = 0x20, 0x55
JUMPDEST = 0x5B

# What a byte of code is to the loop; OTHER goes to py-evm.
PUSH, DUP, SWAP, POP, MLOAD, MSTORE, JUMP, JUMPI, NOTHING, BINARY, ISZERO, NOT, OTHER = range(13)

_SINGLE = {
    0x15: ISZERO,
    0x19: NOT,
    0x50: POP,
    0x51: MLOAD,
    0x52: MSTORE,
    0x56: JUMP,
    0x57: JUMPI,
    JUMPDEST: NOTHING,
}
_BINARY: dict[int, Any] = {
    0x01: lambda a, b: (a + b) & WORD,
    0x02: lambda a, b: (a * b) & WORD,
    0x03: lambda a, b: (a - b) & WORD,
    0x04: lambda a, b: a // b if b else 0,
    0x06: lambda a, b: a % b if b else 0,
    0x10: lambda a, b: 1 if a < b else 0,
    0x11: lambda a, b: 1 if a > b else 0,
    # The sign bit flipped, two's complement compares like an unsigned number.
    0x12: lambda a, b: 1 if a ^ SIGN < b ^ SIGN else 0,
    0x13: lambda a, b: 1 if a ^ SIGN > b ^ SIGN else 0,
    0x14: lambda a, b: 1 if a == b else 0,
    0x16: lambda a, b: a & b,
    0x17: lambda a, b: a | b,
    0x18: lambda a, b: a ^ b,
    0x1B: lambda a, b: (b << a) & WORD if a < 256 else 0,
    0x1C: lambda a, b: b >> a if a < 256 else 0,
}

# Per position: what to do, with which number or function, and where to go on.
Program = tuple[list[int], list[Any], list[int], frozenset[int]]


@lru_cache(64)
def decoded(code: bytes) -> Program:
    kinds, arguments, following = [OTHER] * len(code), [0] * len(code), [0] * len(code)
    destinations = set()
    at = 0
    while at < len(code):
        opcode = code[at]
        after = at + 1
        if 0x5F <= opcode <= 0x7F:
            after += opcode - 0x5F
            kinds[at] = PUSH
            arguments[at] = int.from_bytes(code[at + 1 : after].ljust(opcode - 0x5F, b"\0"), "big")
        elif 0x80 <= opcode <= 0x8F:
            kinds[at], arguments[at] = DUP, 0x7F - opcode
        elif 0x90 <= opcode <= 0x9F:
            kinds[at], arguments[at] = SWAP, 0x8E - opcode
        elif opcode in _BINARY:
            kinds[at], arguments[at] = BINARY, _BINARY[opcode]
        else:
            kinds[at] = _SINGLE.get(opcode, OTHER)
        if opcode == JUMPDEST:
            destinations.add(at)
        following[at] = after
        at = after
    return kinds, arguments, following, frozenset(destinations)


def run(computation: Any) -> None:
    """Execute until the code halts; errors leave as py-evm's exceptions."""
    code = computation.code._raw_code_bytes
    kinds, arguments, following, destinations = decoded(code)
    costs, opcodes = computation.costs, computation.opcodes
    stack = computation._stack.values
    meter = computation._gas_meter
    memory = computation._memory
    gas = meter.gas_remaining
    end = len(code)
    at = 0
    while at < end:
        kind = kinds[at]
        if kind == OTHER:
            meter.gas_remaining = gas
            computation.code.program_counter = at + 1
            handler = opcodes.get(code[at]) or InvalidOpcode(code[at])
            try:
                handler(computation=computation)
            except Halt:
                return
            gas = meter.gas_remaining
            if stack and type(stack[-1]) is not int:
                stack[-1] = int.from_bytes(stack[-1], "big")
            at += 1
            continue
        gas -= costs[code[at]]
        if gas < 0:
            raise OutOfGas("lean")
        if kind == PUSH:
            stack.append(arguments[at])
        elif kind == DUP:
            stack.append(stack[arguments[at]])
        elif kind == SWAP:
            other = arguments[at]
            stack[-1], stack[other] = stack[other], stack[-1]
        elif kind == BINARY:
            top = stack.pop()
            stack[-1] = arguments[at](top, stack[-1])
        elif kind in (MLOAD, MSTORE):
            start = stack.pop()
            if start + 32 > len(memory._bytes):
                meter.gas_remaining = gas
                computation.extend_memory(start, 32)
                gas = meter.gas_remaining
            if kind == MLOAD:
                stack.append(int.from_bytes(memory._bytes[start : start + 32], "big"))
            else:
                memory._bytes[start : start + 32] = stack.pop().to_bytes(32, "big")
        elif kind in (JUMPI, JUMP):
            target = stack.pop()
            if kind == JUMP or stack.pop():
                if target not in destinations:
                    raise InvalidJumpDestination("lean")
                at = target
                continue
        elif kind == ISZERO:
            stack[-1] = 0 if stack[-1] else 1
        elif kind == POP:
            stack.pop()
        elif kind == NOT:
            stack[-1] ^= WORD
        at = following[at]
    meter.gas_remaining = gas


class LeanLoop:
    """Mixed in before titanoboa's computation class."""

    @classmethod
    def apply_computation(
        cls, state: Any, message: Any, transaction_context: Any, parent_computation: Any = None
    ) -> Any:
        base: Any = super()
        if message.is_create or message.code_address in cls.get_precompiles():  # type: ignore[attr-defined]
            return base.apply_computation(
                state, message, transaction_context, parent_computation=parent_computation
            )
        make: Any = cls
        with make(state, message, transaction_context) as computation:
            above = parent_computation
            computation.contracts_created = [] if above is None else above.contracts_created
            run(computation)
        return computation


def slim(env: Env) -> None:
    """Give the environment lean computations, and none of titanoboa's records of hashes and writes."""
    base = env.evm.vm.state.computation_class
    opcodes = dict(base.opcodes)
    # Every environment wraps the tracers of the one before it.
    while isinstance(opcodes[SHA3], Sha3PreimageTracer):
        opcodes[SHA3] = opcodes[SHA3].sha3
    while isinstance(opcodes[SSTORE], SstoreTracer):
        opcodes[SSTORE] = opcodes[SSTORE].sstore
    costs = [getattr(opcodes.get(op), "gas_cost", 0) for op in range(256)]
    members = {"opcodes": opcodes, "costs": costs}
    env.evm.vm.state.computation_class = type("LeanComputation", (LeanLoop, base), members)
