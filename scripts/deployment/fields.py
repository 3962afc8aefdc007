"""Types of single parameters."""

from decimal import Decimal
from typing import Annotated

from eth_utils import is_address, is_checksum_address, is_checksum_formatted_address, to_checksum_address
from pydantic import AfterValidator, BaseModel, ConfigDict

WAD = 10**18
ZERO = "0x0000000000000000000000000000000000000000"
# Stands for the deploying account wherever an account is asked for.
DEPLOYER = "deployer"


def _address(text: str) -> str:
    if not is_address(text):
        raise ValueError(f"{text!r} is no address; write 0x and 40 hex digits")
    if is_checksum_formatted_address(text) and not is_checksum_address(text):
        raise ValueError(f"{text!r} has a wrong checksum; copy it again")
    return to_checksum_address(text)


def _account(text: str) -> str:
    if text == DEPLOYER:
        return text
    if not is_address(text):
        raise ValueError(f"{text!r} is no address; write 0x and 40 hex digits, or {DEPLOYER}")
    return _address(text)


def _exact(number: Decimal) -> Decimal:
    if not number.is_finite() or number < 0 or number * WAD % 1:
        raise ValueError("must be a number from 0 with at most 18 decimals")
    return number


Address = Annotated[str, AfterValidator(_address)]
Account = Annotated[str, AfterValidator(_account)]
Amount = Annotated[Decimal, AfterValidator(_exact)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def wad(number: Decimal) -> int:
    return int(number * WAD)
