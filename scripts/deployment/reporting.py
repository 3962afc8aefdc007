"""The first price of a market, signed by reporters whose keys are at hand: for local chains."""

from decimal import Decimal
from typing import Any

from eth_account import Account
from eth_account.messages import encode_typed_data

from scripts.deployment.errors import Stop
from scripts.deployment.fields import WAD

# Keys of reporters, 0x and 64 hex digits each, with commas between; the keeper reads the same variable.
KEYS = "PLIMSOLL_SIGNER_KEYS"
REPORT = [{"name": name, "type": "uint256"} for name in ("market_id", "price", "timestamp")]


def report_arguments(
    keys: str, chain_id: int, source: str, market_id: int, price: Decimal, timestamp: int
) -> tuple[Any, ...]:
    """Arguments of `SignedSource.report`; the timestamp is a block's."""
    try:
        signers = [Account.from_key(key.strip()) for key in keys.split(",")]
    except Exception:
        raise Stop(f"{KEYS} has a key that is none: 0x and 64 hex digits each, with commas between") from None
    signers.sort(key=lambda signer: int(signer.address, 16))
    domain = {"name": "Plimsoll Source", "version": "1", "chainId": chain_id, "verifyingContract": source}
    report = {"market_id": market_id, "price": int(price * WAD), "timestamp": timestamp}
    message = encode_typed_data(domain, {"PriceReport": REPORT}, report)
    signatures = [bytes(signer.sign_message(message).signature) for signer in signers]
    count = len(signers)
    return market_id, [report["price"]] * count, [timestamp] * count, signatures
