"""What Pyth says of a price, and what a market's source takes of it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PythPrice:
    """Pyth's own numbers: price and confidence are `expo` decimal places to the left."""

    price: int
    confidence: int
    expo: int
    # Unix seconds.
    publish_time: int


@dataclass(frozen=True, slots=True)
class PythRule:
    """A market's feed in a PythSource, and that source's Pyth contract."""

    pyth: str
    price_id: bytes
    # Widest confidence, WAD share of the price.
    max_confidence: int
