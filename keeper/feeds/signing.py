"""Price reports as SignedSource takes them: EIP-712, one signature each, signers ascending."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from eth_abi.abi import encode
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_account.signers.local import LocalAccount
from eth_utils import function_signature_to_4byte_selector as selector

from keeper.types import Observation

REPORT_TYPE = [
    {"name": "market_id", "type": "uint256"},
    {"name": "price", "type": "uint256"},
    {"name": "timestamp", "type": "uint256"},
]
REPORT = selector("report(uint256,uint256[],uint256[],bytes[])")


@dataclass(frozen=True, slots=True)
class ReportDomain:
    """Where a report counts: one source contract on one chain."""

    chain_id: int
    source: str


@dataclass(frozen=True, slots=True)
class Report:
    """The arguments of `SignedSource.report`."""

    market_id: int
    prices: tuple[int, ...]
    timestamps: tuple[int, ...]
    signatures: tuple[bytes, ...]

    @property
    def calldata(self) -> str:
        arguments = encode(
            ["uint256", "uint256[]", "uint256[]", "bytes[]"],
            [self.market_id, self.prices, self.timestamps, self.signatures],
        )
        return "0x" + (REPORT + arguments).hex()


class Reporters:
    """Local keys that sign prices. Never shows them."""

    def __init__(self, keys: Iterable[str]) -> None:
        accounts: list[LocalAccount] = [Account.from_key(key) for key in keys]
        self._accounts = sorted(accounts, key=lambda account: int(account.address, 16))

    @property
    def addresses(self) -> list[str]:
        return [account.address for account in self._accounts]

    def sign(
        self, domain: ReportDomain, market_id: int, seen: Observation, among: Sequence[str] | None = None
    ) -> Report:
        """One observation, signed by every key; by those of `among` only, if given."""
        allowed = None if among is None else {address.lower() for address in among}
        signers = [a for a in self._accounts if allowed is None or a.address.lower() in allowed]
        message = encode_typed_data(
            {
                "name": "Plimsoll Source",
                "version": "1",
                "chainId": domain.chain_id,
                "verifyingContract": domain.source,
            },
            {"PriceReport": REPORT_TYPE},
            {"market_id": market_id, "price": seen.price, "timestamp": seen.timestamp},
        )
        return Report(
            market_id,
            (seen.price,) * len(signers),
            (seen.timestamp,) * len(signers),
            tuple(bytes(signer.sign_message(message).signature) for signer in signers),
        )
