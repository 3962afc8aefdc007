"""Types of single parameters."""

from decimal import Decimal, InvalidOperation, localcontext
from typing import Annotated

from eth_utils import is_address, is_checksum_address, is_checksum_formatted_address, to_checksum_address
from pydantic import AfterValidator, BaseModel, ConfigDict

WAD = 10**18
# Digits, of any amount with 18 decimals that fits the contracts.
PRECISION = 100
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
    try:
        with localcontext(prec=PRECISION):
            fits = number.is_finite() and number >= 0 and not number * WAD % 1
    except InvalidOperation:
        fits = False
    if not fits:
        raise ValueError("must be a number from 0 with at most 18 decimals")
    return number


Address = Annotated[str, AfterValidator(_address)]
Account = Annotated[str, AfterValidator(_account)]
Amount = Annotated[Decimal, AfterValidator(_exact)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def units(number: Decimal, decimals: int) -> int:
    """Digits beyond the last unit are cut off."""
    with localcontext(prec=PRECISION):
        return int(number.scaleb(decimals))


def wad(number: Decimal) -> int:
    return units(number, 18)
