"""The keys that the secrets name, unlocked."""

from keeper.config import ConfigError, Secrets
from keeper.feeds.signing import Reporters
from keeper.tx.wallet import Wallet

# Has no account and no key.
NOBODY = "0x000000000000000000000000000000000000dEaD"


def open_wallet(secrets: Secrets) -> Wallet | None:
    """The key that pays; None: there is none, as in a dry run. BadKey if it does not open."""
    if secrets.private_key is not None:
        return Wallet.from_key(secrets.private_key.get_secret_value())
    if secrets.keystore is None:
        return None
    if secrets.passphrase is None:
        raise ConfigError(["PLIMSOLL_PASSPHRASE is missing: the keystore needs it"])
    return Wallet.from_keystore(secrets.keystore, secrets.passphrase.get_secret_value())


def open_reporters(secrets: Secrets) -> Reporters:
    return Reporters(key.get_secret_value() for key in secrets.signer_keys)
