"""Parameters of the markets and of the venue: given, or defaults that add nothing to what was recorded."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation, localcontext
from typing import Any

from pydantic import ValidationError

from scripts.deployment.params import MARKET_FIELDS, Market
from scripts.replay.mistakes import Mistakes
from scripts.replay.numbers import PRECISION
from scripts.replay.rows import Row

MARKET_COLUMNS = (
    "max_leverage",
    "maintenance_rate",
    "maker_fee",
    "taker_fee",
    "price_band",
    "min_notional",
    "liquidation_target",
    "liquidation_penalty",
    "liquidator_reward",
)
VENUE_COLUMNS = ("insurance", "global_bucket", "keeper_deposit", "leverage")
# No fees, no funding and no cap on open interest: deposits and fills are taken as what they came to. A price
# counts for two days, and moves of up to a half are believed at once.
DEFAULTS: dict[str, Any] = {
    "source": {
        "max_age": 172_800,
        "max_move": "0.5",
        "confirm": 1,
        "stale_move": "0.5",
        "update_threshold": "0.005",
    },
    "bucket": "0",
    "max_leverage": 100,
    "maintenance_rate": "0.005",
    "maker_fee": "0",
    "taker_fee": "0",
    "price_band": "0.05",
    "open_interest_cap": "30000000000",
    "open_interest_lower": "30000000000",
    "open_interest_upper": "60000000000",
    "min_notional": "0.01",
    "funding_cap": "0",
    "funding_depth": "1000000",
    "funding_tau": 28_800,
    "liquidation_target": "1.25",
    "liquidation_penalty": "0.002",
    "liquidator_reward": "0.001",
}
# What the contracts store of a rate, and of the minimum notional.
RATE_UNIT, CENT = Decimal("0.000001"), Decimal("0.01")


def market(name: str, row: Row | None, mistakes: Mistakes) -> Market:
    """After a mistake the defaults, so that reading goes on."""
    if row is None:
        return _market(name, {})
    given = {key: text for key, text in row.fields.items() if key in MARKET_COLUMNS and text}
    problems = [text for key, value in given.items() if (text := _coarse(key, value))]
    if not problems:
        try:
            return _market(name, given)
        except ValidationError as error:
            problems = [_said(each) for each in error.errors()]
    for text in problems:
        mistakes.add(row.path, row.line, text)
    return _market(name, {})


def _market(name: str, given: Mapping[str, Any]) -> Market:
    with localcontext(prec=PRECISION):
        return Market.model_validate({**DEFAULTS, **given, "name": name})


def _coarse(key: str, text: str) -> str:
    """Why a number cannot be stored exactly; empty: it can, or is none."""
    if key == "max_leverage":
        return ""
    try:
        rest = Decimal(text) % (CENT if key == "min_notional" else RATE_UNIT)
    except (InvalidOperation, ValueError):
        return f"{key}: {text!r} is no number"
    unit = "0.01" if key == "min_notional" else "0.000001"
    return f"{key}: {text} is no multiple of {unit}" if rest else ""


def _said(error: Any) -> str:
    field = ".".join(str(part) for part in error["loc"])
    text = error["msg"].removeprefix("Value error, ")
    return f"{field}: {text}" if field in MARKET_FIELDS else text
