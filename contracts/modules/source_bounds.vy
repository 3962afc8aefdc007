# pragma version 0.4.3
"""
@title Hard bounds of a market's price source
@license MIT
"""

from contracts.interfaces import IOracleRouter
from contracts.modules import constants
from contracts.modules import price_words

# A feed with a heartbeat of a day, and its slack.
MAX_MAX_AGE: constant(uint256) = 2 * 86400
MAX_MAX_MOVE: constant(uint256) = constants.WAD // 2
MAX_CONFIRM: constant(uint256) = 300
MIN_STALE_MOVE: constant(uint256) = constants.WAD // 10


@internal
@view
def _check(config: IOracleRouter.SourceConfig):
    assert config.source.is_contract, "oracle: bad source"
    if config.second_source != empty(address):
        assert config.second_source.is_contract, "oracle: bad second source"
        assert config.second_source != config.source, "oracle: bad second source"
    assert config.max_age != 0 and config.max_age <= MAX_MAX_AGE, "oracle: bad max age"
    assert config.max_move != 0 and config.max_move <= MAX_MAX_MOVE, "oracle: bad max move"
    # At least a second: a price must not confirm itself in the block that made it pending.
    assert config.confirm != 0 and config.confirm <= MAX_CONFIRM, "oracle: bad confirm"
    assert config.stale_move >= MIN_STALE_MOVE, "oracle: bad stale move"
    assert config.stale_move <= constants.WAD, "oracle: bad stale move"
    assert config.stale_move % price_words.STALE_MOVE_UNIT == 0, "oracle: bad stale move"
    assert config.update_threshold != 0, "oracle: bad update threshold"
    assert config.update_threshold <= config.max_move, "oracle: bad update threshold"
