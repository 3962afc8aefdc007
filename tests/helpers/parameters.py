"""Market parameters that tests start from."""

from scripts.sandbox.parameters import HOUR, WAD, MarketParams, SourceConfig

__all__ = ["FEES", "HOUR", "PLAIN", "SHALLOW", "WAD", "MarketParams", "SourceConfig"]

# Neither fees nor funding: numbers stay round.
PLAIN = MarketParams(maker_fee=0, taker_fee=0, funding_cap=0)
# Fees, but no funding.
FEES = MarketParams(funding_cap=0)

# One trade moves the premium visibly: a depth of 12 million, for which the fees pay at this cap.
SHALLOW = MarketParams(
    open_interest_cap=100 * WAD,
    open_interest_lower=50 * WAD,
    open_interest_upper=200 * WAD,
    funding_depth=12_000_000 * 10**6,
)
