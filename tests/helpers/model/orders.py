"""Signed orders, with the signature reduced to what it proves."""

from dataclasses import dataclass

ZERO_ADDRESS = "0x0000000000000000000000000000000000000000"


@dataclass(frozen=True)
class Order:
    """An order as its signer sees it (Exchange's EIP-712 type)."""

    account_id: int
    market_id: int
    size: int
    limit_price: int
    leverage: int
    reduce_only: bool = False
    post_only: bool = False
    filler: str = ZERO_ADDRESS
    expires_at: int = 2**256 - 1
    epoch: int = 0
    salt: int = 0


@dataclass(frozen=True)
class Signature:
    """Who an order's signature recovers to (None: to nobody known), and whether the account's owner,
    if it is a contract, accepts it under ERC-1271."""

    signer: str | None
    contract_accepts: bool = False


BAD_SIGNATURE = Signature(None)
