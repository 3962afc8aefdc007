"""What can go wrong when a node is asked, by what the caller should do about it."""

import re
from typing import Any

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError

ERROR_STRING = "0x08c379a0"
PANIC = "0x4e487b71"

_REVERT = re.compile(r"revert", re.IGNORECASE)
# Rate limits, and state that a healthy node will have in a moment.
_TRANSIENT_CODES = {-32005, -32603, -32097, 429}
_TRANSIENT = re.compile(
    r"rate.?limit|too many requests|capacity|timed? ?out|temporarily|try again|overloaded|missing trie node"
    r"|connection",
    re.IGNORECASE,
)
_BEHIND_CODES = {-32001}
_BEHIND = re.compile(
    r"header not found|unknown block|block not found|resource not found|BlockOutOfRange|could not find block",
    re.IGNORECASE,
)
_TOO_MUCH = re.compile(
    r"more than \d+ (results|logs)|too many (results|logs)|block range|range.{0,20}(large|wide|limit|exceed)"
    r"|response (size|is too)|limit the query|log response|exceeds? max",
    re.IGNORECASE,
)


class ChainError(Exception):
    """Every failure of this package."""


class Transient(ChainError):
    """No answer that can be used, this time: ask again later."""


class Behind(Transient):
    """The endpoint does not know a block yet that another one told of."""


class Lying(Transient):
    """An answer that cannot be true: the endpoint is put aside."""


class Fatal(ChainError):
    """Asking again will not help: an operator must change something."""


class ChainIdMismatch(Fatal):
    """Every endpoint serves another chain than the configuration names."""


class RpcError(ChainError):
    """The node understood the request and declined it."""

    def __init__(self, code: int, message: str, data: Any = None) -> None:
        super().__init__(f"{message} (code {code})")
        self.code = code
        self.message = message
        self.data = data


class TooMuch(RpcError):
    """The answer would be larger than the endpoint gives: ask for less."""


class Reverted(RpcError):
    """A call ran and reverted; `reason` is the contract's text."""

    @property
    def reason(self) -> str:
        return revert_reason(self.data) or _after_colon(self.message) or "reverted without a reason"

    def __str__(self) -> str:
        return self.reason


def classified(error: Any, method: str) -> ChainError:
    """The exception that an error object of a JSON-RPC answer stands for."""
    if not isinstance(error, dict):
        return Lying(f"{method}: the error is no object: {str(error)[:80]}")
    try:
        code = int(error.get("code", 0))
    except (TypeError, ValueError, OverflowError):
        return Lying(f"{method}: the error has no code")
    message = str(error.get("message", ""))
    data = error.get("data")
    if code == 3 or _is_revert_data(data) or (_REVERT.search(message) and method in CALLS):
        return Reverted(code, message, data)
    if _TOO_MUCH.search(message) and method == "eth_getLogs":
        return TooMuch(code, message, data)
    if code in _BEHIND_CODES or _BEHIND.search(message):
        return Behind(f"{method}: {message} (code {code})")
    if code in _TRANSIENT_CODES or _TRANSIENT.search(message):
        return Transient(f"{method}: {message} (code {code})")
    return RpcError(code, message, data)


CALLS = frozenset({"eth_call", "eth_estimateGas"})


def revert_reason(data: Any) -> str:
    """The text in a revert's data, empty if there is none."""
    if isinstance(data, dict):
        data = data.get("data")
    if not isinstance(data, str):
        return ""
    try:
        if data.startswith(ERROR_STRING):
            return str(decode(["string"], bytes.fromhex(data[10:]))[0])
        if data.startswith(PANIC):
            return f"panic {int(data[10:], 16):#x}"
    except (DecodingError, ValueError, OverflowError):
        return ""
    return ""


def _is_revert_data(data: Any) -> bool:
    return isinstance(data, str) and data.startswith((ERROR_STRING, PANIC))


def _after_colon(message: str) -> str:
    """The reason in "execution reverted: reason"; empty without one."""
    _, _, reason = message.partition(":")
    return reason.strip().removeprefix("revert:").strip()
