"""Whether PythSource would use a price of Pyth: contracts/sources/PythSource.vy, `_latest`."""

from keeper.arithmetic import MAX_PRICE, MIN_PRICE, WAD
from keeper.feeds.base import FeedUnavailable, from_wad
from keeper.types import Observation, PythPrice

# Decimal places that WAD holds exactly.
MOST_PLACES = 18


def usable(said: PythPrice, max_confidence: int) -> Observation:
    """FeedUnavailable, and why, if the source would not. `max_confidence`: WAD share of the price."""
    if said.price <= 0:
        raise FeedUnavailable(f"its price is {said.price}")
    if said.confidence * WAD > said.price * max_confidence:
        share, limit = 100 * said.confidence / said.price, 100 * max_confidence / WAD
        raise FeedUnavailable(f"its confidence is {share:.2f} % of its price, {limit:.2f} % are allowed")
    if not -MOST_PLACES <= said.expo <= 0:
        raise FeedUnavailable(f"its exponent is {said.expo}")
    price = said.price * 10 ** (MOST_PLACES + said.expo)
    if not MIN_PRICE <= price <= MAX_PRICE:
        raise FeedUnavailable(f"its price {from_wad(price)} is out of the range that the chain accepts")
    return Observation(price, said.publish_time)
