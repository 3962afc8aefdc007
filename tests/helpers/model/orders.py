"""What a signature proves."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Signature:
    """Who an order's signature recovers to (None: to nobody known), and whether the account's owner,
    if it is a contract, accepts it under ERC-1271."""

    signer: str | None
    contract_accepts: bool = False


BAD_SIGNATURE = Signature(None)
