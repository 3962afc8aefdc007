"""Price reports as the reporters of a SignedSource sign them (EIP-712)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from eth_account import Account
from eth_account.messages import SignableMessage, encode_typed_data
from eth_account.signers.local import LocalAccount
from eth_utils import keccak

REPORT_TYPE = [
    {"name": "market_id", "type": "uint256"},
    {"name": "price", "type": "uint256"},
    {"name": "timestamp", "type": "uint256"},
]

# The arguments of `SignedSource.report`.
ReportArgs = tuple[int, list[int], list[int], list[bytes]]


def reporter_keys(count: int, label: str = "reporter") -> list[LocalAccount]:
    """Reproducible reporters, ascending by address as the contract wants them."""
    reporters = [Account.from_key(keccak(text=f"plimsoll {label} {i}")) for i in range(count)]
    return sorted(reporters, key=lambda reporter: int(reporter.address, 16))


@dataclass(frozen=True)
class ReportDomain:
    """Where a report counts: one source contract on one chain."""

    chain_id: int
    source: str
    name: str = "Plimsoll Source"
    version: str = "1"

    def message(self, market_id: int, price: int, timestamp: int) -> SignableMessage:
        """The typed data of one report."""
        domain: dict[str, Any] = {
            "name": self.name,
            "version": self.version,
            "chainId": self.chain_id,
            "verifyingContract": self.source,
        }
        report = {"market_id": market_id, "price": price, "timestamp": timestamp}
        return encode_typed_data(domain, {"PriceReport": REPORT_TYPE}, report)

    def sign(self, reporter: LocalAccount, market_id: int, price: int, timestamp: int) -> bytes:
        """65 bytes r, s, v."""
        return bytes(reporter.sign_message(self.message(market_id, price, timestamp)).signature)

    def report(
        self,
        reporters: Sequence[LocalAccount],
        market_id: int,
        prices: int | Sequence[int],
        timestamps: int | Sequence[int],
    ) -> ReportArgs:
        """The arguments of `report`: one price and time for all reporters, or one each, in their order."""
        count = len(reporters)
        each_price = [prices] * count if isinstance(prices, int) else list(prices)
        each_time = [timestamps] * count if isinstance(timestamps, int) else list(timestamps)
        signatures = [
            self.sign(reporter, market_id, price, timestamp)
            for reporter, price, timestamp in zip(reporters, each_price, each_time, strict=True)
        ]
        return market_id, each_price, each_time, signatures
