"""Orders, and signing them as a trader's wallet does (Exchange's EIP-712 type)."""

from dataclasses import astuple, dataclass
from functools import cache, lru_cache
from typing import NamedTuple

from eth_abi import encode
from eth_keys.datatypes import PrivateKey
from eth_utils import keccak

ORDER_TYPE = (
    "Order(uint256 account_id,uint256 market_id,int256 size,uint256 limit_price,uint256 leverage,"
    "bool reduce_only,bool post_only,address filler,uint256 expires_at,uint256 epoch,uint256 salt)"
)
DOMAIN_TYPE = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
ORDER_ABI = (
    "bytes32",
    *("uint256", "uint256", "int256", "uint256", "uint256"),
    *("bool", "bool", "address", "uint256", "uint256", "uint256"),
)


ZERO_ADDRESS = "0x0000000000000000000000000000000000000000"


@dataclass(frozen=True)
class Order:
    """An order as its signer sees it."""

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


class Signed(NamedTuple):
    """An order and whose key signs it; empty: a signature that recovers to nobody."""

    order: Order
    signer: str


@cache
def domain_separator(chain_id: int, exchange: str) -> bytes:
    names = (keccak(text=DOMAIN_TYPE), keccak(text="Plimsoll Exchange"), keccak(text="1"))
    return keccak(
        encode(["bytes32", "bytes32", "bytes32", "uint256", "address"], [*names, chain_id, exchange])
    )


@lru_cache(4096)
def order_hash(order: Order, chain_id: int, exchange: str) -> bytes:
    """The digest that is signed and under which Exchange keeps the filled amount."""
    struct = keccak(encode(ORDER_ABI, [keccak(text=ORDER_TYPE), *astuple(order)]))
    return keccak(b"\x19\x01" + domain_separator(chain_id, exchange) + struct)


def sign_digest(digest: bytes, key: PrivateKey) -> bytes:
    """65 bytes r, s, v with v 27 or 28."""
    signature = key.sign_msg_hash(digest)
    return signature.to_bytes()[:64] + bytes([signature.v + 27])


def sign_order(order: Order, key: PrivateKey, chain_id: int, exchange: str) -> bytes:
    return sign_digest(order_hash(order, chain_id, exchange), key)
