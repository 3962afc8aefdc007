"""What a node's error means for the caller."""

import pytest
from eth_abi import encode

from keeper.chain.errors import Behind, Lying, Reverted, RpcError, TooMuch, Transient, classified

REASON_DATA = "0x08c379a0" + encode(["string"], ["adl: not top ranked"]).hex()


@pytest.mark.parametrize(
    ("error", "method", "kind"),
    [
        ({"code": -32005, "message": "limit exceeded"}, "eth_call", Transient),
        ({"code": 429, "message": "slow down"}, "eth_call", Transient),
        ({"code": -32000, "message": "request timed out"}, "eth_call", Transient),
        ({"code": -32000, "message": "header not found"}, "eth_call", Behind),
        ({"code": -32000, "message": "unknown block"}, "eth_getLogs", Behind),
        ({"code": -32602, "message": "BlockOutOfRangeError: block height is 0"}, "eth_getLogs", Behind),
        ({"code": -32005, "message": "query returned more than 10000 results"}, "eth_getLogs", TooMuch),
        ({"code": -32602, "message": "block range is too large"}, "eth_getLogs", TooMuch),
        ({"code": -32003, "message": "nonce too low"}, "eth_sendRawTransaction", RpcError),
        ({"code": 3, "message": "execution reverted", "data": REASON_DATA}, "eth_call", Reverted),
        ({"code": -32000, "message": "execution reverted"}, "eth_estimateGas", Reverted),
        ({"code": "what"}, "eth_call", Lying),
        ("broken", "eth_call", Lying),
    ],
)
def test_classified__each_answer__says_what_to_do(error: object, method: str, kind: type[Exception]) -> None:
    assert type(classified(error, method)) is kind


@pytest.mark.parametrize(
    ("message", "data", "reason"),
    [
        ("execution reverted", REASON_DATA, "adl: not top ranked"),
        ("execution reverted: liq: deleverage", None, "liq: deleverage"),
        ("execution reverted", "0x4e487b71" + "11".rjust(64, "0"), "panic 0x11"),
        ("execution reverted", "0x08c379a0ffff", "reverted without a reason"),
        ("execution reverted", "0x", "reverted without a reason"),
    ],
)
def test_reverted__any_data__tells_the_contracts_reason(message: str, data: str | None, reason: str) -> None:
    error = classified({"code": 3, "message": message, "data": data}, "eth_call")
    assert isinstance(error, Reverted)
    assert (error.reason, str(error)) == (reason, reason)
