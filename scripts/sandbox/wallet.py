"""A key that signs its own transactions, as a wallet does."""

from dataclasses import dataclass
from typing import Any

from eth_account import Account
from eth_keys.datatypes import PrivateKey

GAS = 1_000_000


@dataclass
class Wallet:
    """The only one that sends with this key."""

    key: PrivateKey
    chain_id: int
    nonce: int = 0

    @property
    def address(self) -> str:
        return self.key.public_key.to_checksum_address()

    def sign(self, call: Any, max_fee: int, tip: int = 0, gas: int = GAS) -> str:
        """A raw transaction that calls a contract's function. Fees in wei per gas; Anvil puts who offers more
        in front."""
        transaction = {
            "chainId": self.chain_id,
            "nonce": self.nonce,
            "to": call.address,
            "data": call._encode_transaction_data(),
            "value": 0,
            "gas": gas,
            "maxFeePerGas": max_fee,
            "maxPriorityFeePerGas": tip,
        }
        self.nonce += 1
        return str(Account.sign_transaction(transaction, self.key.to_bytes()).raw_transaction.to_0x_hex())
