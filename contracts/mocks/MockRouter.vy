# pragma version 0.4.3
"""
@title OracleRouter with settable answers
@license MIT
@notice For tests: `refresh` answers what `set_refreshed` put there and keeps it, as the real one does with a source
        that is asked; `peek` answers what was last set or refreshed.
"""

from contracts.interfaces import IOracleRouter

_quotes: HashMap[uint256, IOracleRouter.Quote]
_refreshed: HashMap[uint256, IOracleRouter.Quote]
_configs: HashMap[uint256, IOracleRouter.SourceConfig]


@external
def set_quote(market_id: uint256, quote: IOracleRouter.Quote):
    """
    @notice What both `peek` and `refresh` answer from now on.
    """
    self._quotes[market_id] = quote
    self._refreshed[market_id] = quote


@external
def set_refreshed(market_id: uint256, quote: IOracleRouter.Quote):
    """
    @notice What the source would say if asked: the answer of `refresh` alone.
    """
    self._refreshed[market_id] = quote


@external
def set_source_config(market_id: uint256, config: IOracleRouter.SourceConfig):
    self._configs[market_id] = config


@external
def refresh(market_id: uint256) -> IOracleRouter.Quote:
    self._quotes[market_id] = self._refreshed[market_id]
    return self._quotes[market_id]


@external
@view
def peek(market_id: uint256) -> IOracleRouter.Quote:
    return self._quotes[market_id]


@external
@view
def price(market_id: uint256) -> (uint256, uint256):
    assert self._quotes[market_id].valid, "oracle: no valid price"
    return self._quotes[market_id].price, block.timestamp


@external
@view
def source_config(market_id: uint256) -> IOracleRouter.SourceConfig:
    return self._configs[market_id]
