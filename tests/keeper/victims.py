"""One account that goes bankrupt on purpose, and those whom it bought from."""

from dataclasses import dataclass, replace

from scripts.sandbox.market import opposite
from scripts.sandbox.venue import TOKEN, Venue
from tests.helpers.parameters import WAD

# Base sold by each, and what the victim has for it: gone after a fall of 2.5 % from 4,000.
PART = WAD // 10
MARGIN = 10 * TOKEN
# Of each counterparty: enough to stay when it is closed at the bankruptcy price.
SELLER_MARGIN = 1_000 * TOKEN


@dataclass(frozen=True)
class Wreck:
    """`sellers` in the order of their rank once the price has fallen."""

    victim: int
    market_id: int
    sellers: tuple[int, ...]
    size: int


def wreck(
    venue: Venue, count: int, market_id: int = 1, margin: int = MARGIN, seller_margin: int = SELLER_MARGIN
) -> Wreck:
    """An account long at 50x against `count` shorts at 10x, each a little below the last."""
    deposit = margin * count
    victim = venue.open_account(deposit)
    venue.fund(seller_margin * count // TOKEN)
    sellers = venue.market.open_accounts(count, seller_margin)
    mark = venue.marks[market_id]
    fills = []
    for place, seller in enumerate(sellers):
        price = mark - place * WAD // 1_000
        bid = venue.market.order(victim, market_id, PART, price, 50)
        ask = replace(opposite(bid, seller), leverage=10)
        fills.append(venue.market.fill_call(bid, ask, PART, (0, sellers[place - 1] if place else 0)))
    venue.market.send_many(fills)
    return Wreck(victim, market_id, tuple(sellers), PART * count)
