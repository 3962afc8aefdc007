"""The keeper's key. It is never printed, logged or stored."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount

from keeper.chain.errors import Fatal


class BadKey(Fatal):
    """The key cannot be read. Says nothing of what was read."""


class Wallet:
    __slots__ = ("__account", "address")

    def __init__(self, account: LocalAccount) -> None:
        self.__account = account
        self.address = str(account.address)

    @classmethod
    def from_key(cls, key: str) -> "Wallet":
        """From 32 bytes, hex."""
        try:
            return cls(Account.from_key(key.strip()))
        except Exception:
            # From None: eth-account's errors quote the key.
            raise BadKey("the private key is not 32 bytes in hex: set it again") from None

    @classmethod
    def from_keystore(cls, path: Path, passphrase: str) -> "Wallet":
        """From an encrypted keystore file (geth's format)."""
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise BadKey(f"the keystore {path} cannot be read: {error.strerror}") from None
        except ValueError:
            raise BadKey(f"{path} is no keystore file: it is not JSON") from None
        try:
            return cls(Account.from_key(Account.decrypt(content, passphrase)))
        except (ValueError, TypeError, KeyError):
            raise BadKey(f"the keystore {path} does not open: wrong passphrase, or a damaged file") from None

    def sign(self, transaction: Mapping[str, Any]) -> tuple[str, str]:
        """Raw transaction and its hash, hex."""
        signed = self.__account.sign_transaction(dict(transaction))
        return "0x" + bytes(signed.raw_transaction).hex(), "0x" + bytes(signed.hash).hex()

    def __repr__(self) -> str:
        return f"Wallet({self.address})"
