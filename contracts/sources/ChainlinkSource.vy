# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title ChainlinkSource: prices of Chainlink's feeds
@license MIT
@notice Answers OracleRouter with what a market's feed says now. Nobody pushes, so its markets are polled. It has no owner
        and changes nothing: another feed, heartbeat or sequencer is another source, which OracleRouter takes 48 h to name.
@custom:security Trusts each feed, whatever stands behind its proxy, and the sequencer's uptime feed; whoever deploys
                 chooses them. `latest` never reverts, whatever a feed does: a feed that fails, is late or changes its
                 decimals means no price, a sequencer that is down or not yet `grace` back means that the accepted price
                 is in doubt too. Feeds are asked by static calls with less gas each than OracleRouter grants for all.
@custom:kill There is no switch. Markets go stale after their `max_age`.
"""

from contracts.interfaces import IChainlinkSource
from contracts.interfaces import IPriceSource
from contracts.modules import constants

implements: IChainlinkSource
implements: IPriceSource


interface AggregatorV3:
    def decimals() -> uint8: view


MAX_HEARTBEAT: constant(uint256) = 2 * 86400
MAX_GRACE: constant(uint256) = 86400
# WAD: with more, scaling would not be exact.
MAX_DECIMALS: constant(uint256) = 18

# What one call to a feed may burn. Through an adapter that asks another contract, all of it cold, decimals or a round take
# 20,000. Three such calls, burnt whole, leave 15,000 of OracleRouter's 150,000, and `latest` itself needs 10,000. Whoever
# starves a call on purpose keeps at most 1/63 of it in each frame above, less than 720: no write can be paid for with that.
FEED_GAS: constant(uint256) = 45_000

# feed 160 | heartbeat in seconds 24 | decimals 8. Written by the constructor only.
HEARTBEAT_SHIFT: constant(uint256) = 160
DECIMALS_SHIFT: constant(uint256) = 184
MASK_24: constant(uint256) = 2**24 - 1
MASK_160: constant(uint256) = 2**160 - 1

SEQUENCER: immutable(address)
GRACE: immutable(uint256)

_feeds: HashMap[uint256, uint256]


struct Round:
    id: uint256
    # As it came: a negative answer is a very large one here.
    answer: uint256
    # Unix seconds.
    started_at: uint256
    updated_at: uint256
    answered_in: uint256


@deploy
def __init__(
    feeds: DynArray[IChainlinkSource.ChainlinkFeed, constants.MAX_MARKETS], sequencer: address, grace: uint256
):
    """
    @param feeds One per market; their decimals are read now and must stay.
    @param sequencer The rollup's uptime feed; empty: none.
    @param grace Seconds after the sequencer's return, 1 to a day; 0 without a sequencer.
    """
    if sequencer == empty(address):
        assert grace == 0, "source: bad grace"
    else:
        assert sequencer.is_contract, "source: bad sequencer"
        assert grace != 0 and grace <= MAX_GRACE, "source: bad grace"
    SEQUENCER = sequencer
    GRACE = grace

    for feed: IChainlinkSource.ChainlinkFeed in feeds:
        assert feed.market_id != 0 and feed.market_id <= constants.MAX_MARKETS, "source: bad market"
        assert self._feeds[feed.market_id] == 0, "source: market twice"
        assert feed.feed.is_contract, "source: bad feed"
        assert feed.heartbeat != 0 and feed.heartbeat <= MAX_HEARTBEAT, "source: bad heartbeat"
        decimals: uint256 = convert(staticcall AggregatorV3(feed.feed).decimals(), uint256)
        assert decimals <= MAX_DECIMALS, "source: bad decimals"
        word: uint256 = convert(feed.feed, uint256) | (feed.heartbeat << HEARTBEAT_SHIFT)
        self._feeds[feed.market_id] = word | (decimals << DECIMALS_SHIFT)


# ---- views: no lock, a feed cannot write anything ----


@external
@view
@reentrant
def latest(market_id: uint256) -> (uint256, uint256):
    word: uint256 = self._feeds[market_id]
    if word == 0:
        return 0, 0
    if self._in_doubt():
        return 0, block.timestamp
    feed: address = convert(word & MASK_160, address)
    decimals: uint256 = word >> DECIMALS_SHIFT
    if not self._has_decimals(feed, decimals):
        return 0, 0
    round: Round = self._latest_round(feed)
    if not self._is_usable(round, (word >> HEARTBEAT_SHIFT) & MASK_24):
        return 0, 0
    price: uint256 = self._to_wad(round.answer, decimals)
    if price == 0:
        return 0, 0
    return price, round.updated_at


@external
@view
@reentrant
def feed_of(market_id: uint256) -> IChainlinkSource.ChainlinkFeed:
    word: uint256 = self._feeds[market_id]
    if word == 0:
        return empty(IChainlinkSource.ChainlinkFeed)
    return IChainlinkSource.ChainlinkFeed(
        market_id=market_id,
        feed=convert(word & MASK_160, address),
        heartbeat=(word >> HEARTBEAT_SHIFT) & MASK_24,
    )


@external
@view
@reentrant
def sequencer() -> address:
    return SEQUENCER


@external
@view
@reentrant
def grace() -> uint256:
    return GRACE


# ---- internal ----


@internal
@view
def _in_doubt() -> bool:
    """
    @notice Whether the sequencer is down, was so less than GRACE ago, or cannot be asked.
    """
    if SEQUENCER == empty(address):
        return False
    status: Round = self._latest_round(SEQUENCER)
    # 0: up, since a time that is 0 where the feed was never told anything, or failed.
    if status.answer != 0 or status.started_at == 0:
        return True
    return status.started_at > block.timestamp or unsafe_sub(block.timestamp, status.started_at) < GRACE


@internal
@view
def _is_usable(round: Round, heartbeat: uint256) -> bool:
    """
    @notice Whether a feed's round is finished and of the last `heartbeat` seconds. Time 0, of a feed that failed or of
            a round without an answer, is older than any heartbeat.
    """
    if round.answered_in < round.id or round.updated_at > block.timestamp:
        return False
    return unsafe_sub(block.timestamp, round.updated_at) <= heartbeat


@internal
@pure
def _to_wad(answer: uint256, decimals: uint256) -> uint256:
    """
    @notice The answer as a price; 0 if it is out of range, as negative ones are.
    """
    # At most 10**18, `decimals` being at most 18.
    unit: uint256 = pow_mod256(10, unsafe_sub(MAX_DECIMALS, decimals))
    if answer > constants.MAX_PRICE // unit:
        return 0
    # Now at most MAX_PRICE.
    price: uint256 = unsafe_mul(answer, unit)
    if price < constants.MIN_PRICE:
        return 0
    return price


@internal
@view
def _latest_round(feed: address) -> Round:
    """
    @notice The feed's newest round; all zero if it fails or answers short.
    """
    success: bool = False
    answer: Bytes[160] = b""
    success, answer = raw_call(
        feed,
        method_id("latestRoundData()"),
        max_outsize=160,
        gas=FEED_GAS,
        is_static_call=True,
        revert_on_failure=False,
    )
    if not success or len(answer) != 160:
        return empty(Round)
    return Round(
        id=extract32(answer, 0, output_type=uint256),
        answer=extract32(answer, 32, output_type=uint256),
        started_at=extract32(answer, 64, output_type=uint256),
        updated_at=extract32(answer, 96, output_type=uint256),
        answered_in=extract32(answer, 128, output_type=uint256),
    )


@internal
@view
def _has_decimals(feed: address, decimals: uint256) -> bool:
    success: bool = False
    answer: Bytes[32] = b""
    success, answer = raw_call(
        feed,
        method_id("decimals()"),
        max_outsize=32,
        gas=FEED_GAS,
        is_static_call=True,
        revert_on_failure=False,
    )
    return success and len(answer) == 32 and extract32(answer, 0, output_type=uint256) == decimals
