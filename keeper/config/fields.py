"""Types of single settings; a bad value is said in words that an operator can act on."""

from decimal import Decimal
from typing import Annotated
from urllib.parse import urlsplit

from eth_utils import is_checksum_formatted_address, is_hex, is_hex_address, to_checksum_address
from eth_utils.address import is_checksum_address
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from keeper.arithmetic import LEVERAGES

GWEI = 10**9
SCHEMES = ("http", "https", "ws", "wss", "ipc")
LOOPBACK = ("localhost", "127.0.0.1", "::1")


def safe_url(url: str) -> str:
    """An address without what may be a key in it: user, path and query."""
    parts = urlsplit(url)
    if not parts.hostname:
        return url
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port else "")


class Section(BaseModel):
    """A table of the file: fixed names, fixed values."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _address(text: str) -> str:
    if not is_hex_address(text):
        raise ValueError("is no address: 0x and 40 hexadecimal digits")
    if is_checksum_formatted_address(text) and not is_checksum_address(text):
        raise ValueError("has a wrong checksum: copy the address again")
    return to_checksum_address(text)


def _endpoint(text: str) -> str:
    scheme = urlsplit(text).scheme
    if scheme not in SCHEMES and not (text.startswith("/") and text.endswith(".ipc")):
        raise ValueError("is no endpoint: use http(s)://, ws(s)://, or the path of an .ipc socket")
    return text


def _trusted_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK):
        return text
    # A price that is signed must not be one that anybody on the way could change.
    raise ValueError("must begin with https:// (http:// only to this machine)")


def _leverage(number: int) -> int:
    if number not in LEVERAGES:
        raise ValueError(f"is no leverage tier: one of {', '.join(map(str, LEVERAGES))}")
    return number


def _price_id(text: str) -> str:
    digits = text.lower().removeprefix("0x")
    if len(digits) != 64 or not is_hex(digits):
        raise ValueError("is no id of a Pyth feed: 0x and 64 hexadecimal digits")
    return digits


Address = Annotated[str, AfterValidator(_address)]
Endpoint = Annotated[str, AfterValidator(_endpoint)]
Endpoints = Annotated[tuple[Endpoint, ...], Field(min_length=1)]
PriceId = Annotated[str, AfterValidator(_price_id)]
TrustedUrl = Annotated[str, AfterValidator(_trusted_url)]
Leverage = Annotated[int, AfterValidator(_leverage)]
MarketId = Annotated[int, Field(ge=1, le=64)]
Seconds = Annotated[float, Field(gt=0, le=86_400)]
Amount = Annotated[Decimal, Field(ge=0, allow_inf_nan=False)]
