"""Keys and passphrases: from the environment or from files it names, never from the settings file."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from keeper.config.errors import ConfigError

PRIVATE_KEY = re.compile(r"(0x)?[0-9a-fA-F]{64}")


@dataclass(frozen=True)
class Secrets:
    """Shows nothing when printed."""

    # The key that pays for transactions: itself, or a keystore file and what opens it.
    private_key: SecretStr | None = None
    keystore: Path | None = None
    passphrase: SecretStr | None = None
    # Reporters whose prices the keeper signs.
    signer_keys: tuple[SecretStr, ...] = ()

    @property
    def has_key(self) -> bool:
        return self.private_key is not None or self.keystore is not None

    def values(self) -> Iterator[str]:
        """All that must never be written anywhere."""
        for secret in (self.private_key, self.passphrase, *self.signer_keys):
            if secret is not None:
                yield secret.get_secret_value()


class _Variables(BaseSettings):
    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", env_prefix="PLIMSOLL_", env_ignore_empty=True
    )

    private_key: SecretStr | None = None
    private_key_file: Path | None = None
    keystore: Path | None = None
    passphrase: SecretStr | None = None
    passphrase_file: Path | None = None
    signer_keys: SecretStr | None = None
    signer_keys_file: Path | None = None


def load_secrets() -> Secrets:
    """PLIMSOLL_PRIVATE_KEY or _KEYSTORE with _PASSPHRASE, and _SIGNER_KEYS; most also as ..._FILE."""
    found = _Variables()
    private_key = _text("PRIVATE_KEY", found.private_key, found.private_key_file)
    passphrase = _text("PASSPHRASE", found.passphrase, found.passphrase_file)
    signers = _text("SIGNER_KEYS", found.signer_keys, found.signer_keys_file)
    if private_key and found.keystore:
        raise ConfigError(["PLIMSOLL_PRIVATE_KEY and PLIMSOLL_KEYSTORE are both set: keep one"])
    if found.keystore and not found.keystore.is_file():
        raise ConfigError([f"PLIMSOLL_KEYSTORE = {found.keystore}: no such file"])
    if found.keystore and passphrase is None:
        raise ConfigError(
            ["PLIMSOLL_PASSPHRASE is missing: the keystore needs it (or PLIMSOLL_PASSPHRASE_FILE)"]
        )
    return Secrets(
        private_key=_key("PLIMSOLL_PRIVATE_KEY", private_key) if private_key else None,
        keystore=found.keystore,
        passphrase=SecretStr(passphrase) if passphrase is not None else None,
        signer_keys=tuple(
            _key("PLIMSOLL_SIGNER_KEYS", key) for key in re.split(r"[\s,]+", signers or "") if key
        ),
    )


def _text(name: str, value: SecretStr | None, file: Path | None) -> str | None:
    if value is not None and file is not None:
        raise ConfigError([f"PLIMSOLL_{name} and PLIMSOLL_{name}_FILE are both set: keep one"])
    if value is not None:
        return value.get_secret_value()
    if file is None:
        return None
    try:
        return file.read_text(encoding="utf-8").strip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            [f"PLIMSOLL_{name}_FILE = {file}: cannot be read: {error.__class__.__name__}"]
        ) from None


def _key(name: str, text: str) -> SecretStr:
    digits = text.strip()
    if not PRIVATE_KEY.fullmatch(digits):
        raise ConfigError([f"{name} holds something that is no private key: 64 hexadecimal digits"])
    return SecretStr("0x" + digits.removeprefix("0x").lower())
