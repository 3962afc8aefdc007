"""Every listed market as the contracts hold it at one block, for reconciliation."""

from collections.abc import Sequence

from keeper.chain.calls import Function, function
from keeper.chain.reads import Query, Reads
from keeper.types import BlockRef, LensMarket, SourceConfig

_HOUSE = ("params_word", "liquidation_word", "market_state")
_ROUTER = ("last_accepted", "peek", "pending_price", "source_config")


async def markets(reads: Reads, block: BlockRef, market_ids: Sequence[int]) -> list[LensMarket]:
    """In the order asked for."""
    router = (await reads.contracts(block)).router
    views: list[tuple[str, Function]] = [
        *((reads.clearing_house, function("ClearingHouse", name)) for name in _HOUSE),
        *((router, function("OracleRouter", name)) for name in _ROUTER),
    ]
    queries: list[Query] = [(to, view, (market_id,)) for market_id in market_ids for to, view in views]
    answers = await reads.ask(block, queries)
    found = []
    for place, market_id in enumerate(market_ids):
        params, liquidation, state, accepted, quote, pending, source = answers[
            place * len(views) : (place + 1) * len(views)
        ]
        _, index, open_interest, premium, _, _ = state
        price, updated_at, _ = accepted
        waiting_price, waiting_updated_at, waiting_since = pending
        first, second, *rest = source
        found.append(
            LensMarket(
                market_id=market_id,
                params=params,
                liquidation=liquidation,
                index=index,
                premium=premium,
                open_interest=open_interest,
                price=price,
                updated_at=updated_at,
                valid=quote[1],
                waiting_price=waiting_price,
                waiting_updated_at=waiting_updated_at,
                waiting_since=waiting_since,
                source=SourceConfig(int(first, 16), int(second, 16), *rest),
            )
        )
    return found
