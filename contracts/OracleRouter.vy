# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title OracleRouter: the accepted price of every market
@license MIT
@notice Holds one record per market. A source pushes a price, or is asked for it; the router accepts it, holds it as
        pending because it jumped (the market is then unpriced), or ignores it. A source that is asked may also disown
        the accepted price, with (0, time): the market is then unpriced too. It never reverts on a bad price: a breaker
        that reverts would block liquidation in the very crash it is for.
        Anyone may call everything but `push` (the market's source) and `set_source` (the owner).
@custom:security Trusts each market's source within `max_move` per block; beyond it, its second source at once or itself
        `confirm` seconds later. The owner can name sources within hard bounds, and after the first one only 48 h ahead.
        Sources are asked by static calls, which can write nothing anywhere, and every write of the router comes after
        the last of them. So nothing here can be re-entered harmfully, and what is hot or read by others needs no lock.
@custom:kill There is no switch. A market whose source falls silent is unpriced after `max_age`.
"""

from snekmate.auth import ownable
from snekmate.auth import ownable_2step

from contracts.interfaces import IOracleRouter
from contracts.modules import constants
from contracts.modules import price_words
from contracts.modules import source_bounds

implements: IOracleRouter

initializes: ownable
initializes: ownable_2step[ownable := ownable]

# No `renounce_ownership`: a dead source could never be replaced.
exports: (
    ownable_2step.owner,
    ownable_2step.pending_owner,
    ownable_2step.transfer_ownership,
    ownable_2step.accept_ownership,
)

# Seconds between the event and the effect of a changed source.
DELAY: constant(uint256) = 48 * 3600

# What a source may burn: several cold feeds behind proxies need 60,000. A call passes on at most 63/64 of the gas left,
# so whoever starves a source on purpose keeps at most SOURCE_GAS / 63 < 2,400 in each frame above it: not enough for the
# storage write that pays for doing so. A poll cannot be made to fail and the transaction to succeed.
SOURCE_GAS: constant(uint256) = 150_000

# Words of modules/price_words.vy. A waiting price counts only while its record's pending bit is set and its disowned bit
# is not; 0 then: the accepted price is in doubt and none waits. Rules are written by `_apply` only.
_records: HashMap[uint256, uint256]
_waiting: HashMap[uint256, uint256]
_rules: HashMap[uint256, uint256]
_second_rules: HashMap[uint256, uint256]

_scheduled: HashMap[uint256, IOracleRouter.SourceConfig]
# Unix seconds; 0: nothing scheduled.
_effective_at: HashMap[uint256, uint256]


@deploy
def __init__():
    ownable.__init__()
    ownable_2step.__init__()


# ---- sources ----


@external
@reentrant
def push(market_id: uint256, price: uint256, updated_at: uint256):
    rule: uint256 = self._rules[market_id]
    assert msg.sender == price_words._source(rule), "oracle: not the source"
    self._offer(market_id, self._records[market_id], rule, price, updated_at)


# ---- anyone ----


@external
@reentrant
def refresh(market_id: uint256) -> IOracleRouter.Quote:
    record: uint256 = self._records[market_id]
    if record & price_words.POLLED_BIT != 0:
        record = self._poll(market_id, record)
    # As `peek`, spelt out like there: helpers would add a third to what every trade pays for its price.
    return IOracleRouter.Quote(
        price=record & price_words.MASK_88,
        valid=record & price_words.PENDING_BIT == 0
        and block.timestamp <= unsafe_add(
            (record >> price_words.TIME_SHIFT) & price_words.MASK_40,
            (record >> price_words.MAX_AGE_SHIFT) & price_words.MASK_24,
        ),
        stale_move=unsafe_mul(
            (record >> price_words.STALE_MOVE_SHIFT) & price_words.MASK_14, price_words.STALE_MOVE_PPM
        ),
    )


@external
def sync(market_ids: DynArray[uint256, constants.MAX_MARKETS]):
    for market_id: uint256 in market_ids:
        self._poll(market_id, self._records[market_id])


@external
def apply_source(market_id: uint256):
    effective_at: uint256 = self._effective_at[market_id]
    assert effective_at != 0, "oracle: nothing scheduled"
    assert block.timestamp >= effective_at, "oracle: too early"
    config: IOracleRouter.SourceConfig = self._scheduled[market_id]
    self._effective_at[market_id] = 0
    self._scheduled[market_id] = empty(IOracleRouter.SourceConfig)
    self._apply(market_id, config)


# ---- owner ----


@external
def set_source(market_id: uint256, config: IOracleRouter.SourceConfig):
    ownable._check_owner()
    assert market_id != 0 and market_id <= constants.MAX_MARKETS, "oracle: bad market"
    source_bounds._check(config)
    if self._rules[market_id] == 0:
        self._apply(market_id, config)
    else:
        effective_at: uint256 = block.timestamp + DELAY
        self._scheduled[market_id] = config
        self._effective_at[market_id] = effective_at
        log IOracleRouter.SourceScheduled(market_id=market_id, config=config, effective_at=effective_at)


# ---- views ----


@external
@view
@reentrant
def price(market_id: uint256) -> (uint256, uint256):
    record: uint256 = self._records[market_id]
    accepted: uint256 = price_words._price(record)
    assert accepted != 0, "oracle: no price"
    assert record & price_words.PENDING_BIT == 0, "oracle: price pending"
    assert price_words._is_valid(record), "oracle: stale price"
    return accepted, price_words._time(record)


@external
@view
@reentrant
def peek(market_id: uint256) -> IOracleRouter.Quote:
    record: uint256 = self._records[market_id]
    # `valid` is `price_words._is_valid`. Sums and products of 40, 24 and 14 bits.
    return IOracleRouter.Quote(
        price=record & price_words.MASK_88,
        valid=record & price_words.PENDING_BIT == 0
        and block.timestamp <= unsafe_add(
            (record >> price_words.TIME_SHIFT) & price_words.MASK_40,
            (record >> price_words.MAX_AGE_SHIFT) & price_words.MASK_24,
        ),
        stale_move=unsafe_mul(
            (record >> price_words.STALE_MOVE_SHIFT) & price_words.MASK_14, price_words.STALE_MOVE_PPM
        ),
    )


@external
@view
@reentrant
def source_of(market_id: uint256) -> address:
    return price_words._source(self._rules[market_id])


@external
@view
@reentrant
def source_config(market_id: uint256) -> IOracleRouter.SourceConfig:
    return price_words._unpack(self._records[market_id], self._rules[market_id], self._second_rules[market_id])


@external
@view
@reentrant
def scheduled_source(market_id: uint256) -> (IOracleRouter.SourceConfig, uint256):
    return self._scheduled[market_id], self._effective_at[market_id]


@external
@view
@reentrant
def last_accepted(market_id: uint256) -> (uint256, uint256, uint256):
    record: uint256 = self._records[market_id]
    return price_words._price(record), price_words._time(record), price_words._block(record)


@external
@view
@reentrant
def pending_price(market_id: uint256) -> (uint256, uint256, uint256):
    waiting: uint256 = self._waiting_of(market_id, self._records[market_id])
    return price_words._price(waiting), price_words._time(waiting), waiting >> price_words.SINCE_SHIFT


# ---- internal: asking ----


@internal
def _poll(market_id: uint256, record: uint256) -> uint256:
    """
    @notice Ask the market's source and offer its answer. Returns the record afterwards.
    """
    rule: uint256 = self._rules[market_id]
    # Without a source, or with a price accepted in this block, the answer would change nothing.
    if rule == 0 or price_words._block(record) == block.number:
        return record
    price: uint256 = 0
    updated_at: uint256 = 0
    price, updated_at = self._ask(price_words._source(rule), market_id)
    if price == 0 and updated_at != 0:
        return self._disown(market_id, record, updated_at)
    return self._offer(market_id, record, rule, price, updated_at)


@internal
@view
def _ask(source: address, market_id: uint256) -> (uint256, uint256):
    """
    @notice `source.latest(market_id)`; (0, 0) if it reverts, answers short or burns more than SOURCE_GAS. Numbers are
            taken as they come, for `_is_usable` to judge; no more than two words are ever copied.
    """
    success: bool = False
    answer: Bytes[64] = b""
    success, answer = raw_call(
        source,
        abi_encode(market_id, method_id=method_id("latest(uint256)")),
        max_outsize=64,
        gas=SOURCE_GAS,
        is_static_call=True,
        revert_on_failure=False,
    )
    if not success or len(answer) != 64:
        return 0, 0
    return extract32(answer, 0, output_type=uint256), extract32(answer, 32, output_type=uint256)


# ---- internal: acceptance ----


@internal
def _offer(market_id: uint256, record: uint256, rule: uint256, price: uint256, updated_at: uint256) -> uint256:
    """
    @notice Accept, hold or ignore an observation of the market's source. Returns the record afterwards.
    """
    time: uint256 = price_words._time(record)
    if not price_words._is_usable(record, price, updated_at) or updated_at < time:
        return record
    # The accepted observation again. It says something only if the source has disowned it since: a feed may have stood
    # still through an outage, and would have no price before its next heartbeat.
    if updated_at == time and record & price_words.DISOWNED_BIT == 0:
        return record
    # The first price accepted in a block stands for all of it: nobody pushes a low price, takes over a position and
    # pushes a high one in one transaction. (Where `block.number` counts another chain's blocks, for all of those.)
    if price_words._block(record) == block.number:
        return record

    waiting: uint256 = self._waiting_of(market_id, record)
    # The same observation may confirm itself later; an older one says nothing new.
    if updated_at < price_words._time(waiting):
        return record

    accepted: uint256 = price_words._price(record)
    max_move: uint256 = price_words._max_move(rule)
    if accepted == 0 or price_words._is_near(price, accepted, max_move):
        return self._accept(market_id, record, price, updated_at)

    # It jumped: wait for time, or for the second source.
    stays: bool = waiting != 0 and price_words._is_near(price, price_words._price(waiting), max_move)
    confirm: uint256 = rule >> price_words.CONFIRM_SHIFT
    if stays and block.timestamp >= unsafe_add(waiting >> price_words.SINCE_SHIFT, confirm):
        return self._accept(market_id, record, price, updated_at)
    if self._second_agrees(market_id, record, price, max_move):
        return self._accept(market_id, record, price, updated_at)
    if stays:
        return record
    return self._hold(market_id, record, price, updated_at)


@internal
def _second_agrees(market_id: uint256, record: uint256, price: uint256, max_move: uint256) -> bool:
    second: address = price_words._source(self._second_rules[market_id])
    if second == empty(address):
        return False
    second_price: uint256 = 0
    updated_at: uint256 = 0
    second_price, updated_at = self._ask(second, market_id)
    usable: bool = price_words._is_usable(record, second_price, updated_at)
    return usable and price_words._is_near(second_price, price, max_move)


@internal
def _accept(market_id: uint256, record: uint256, price: uint256, updated_at: uint256) -> uint256:
    # `_is_usable` bounded the price by 88 bits and the time by the block's. The mask drops pending and disowned bits too.
    accepted: uint256 = record & price_words.MASK_CONFIG | price
    accepted |= (updated_at << price_words.TIME_SHIFT) | (block.number << price_words.BLOCK_SHIFT)
    self._records[market_id] = accepted
    log IOracleRouter.PriceAccepted(market_id=market_id, price=price, updated_at=updated_at)
    return accepted


@internal
def _hold(market_id: uint256, record: uint256, price: uint256, updated_at: uint256) -> uint256:
    since: uint256 = block.timestamp << price_words.SINCE_SHIFT
    self._waiting[market_id] = price | (updated_at << price_words.TIME_SHIFT) | since
    held: uint256 = record & ~price_words.DISOWNED_BIT | price_words.PENDING_BIT
    self._records[market_id] = held
    log IOracleRouter.PricePending(
        market_id=market_id, price=price, updated_at=updated_at, accepted_price=price_words._price(record)
    )
    return held


@internal
def _disown(market_id: uint256, record: uint256, updated_at: uint256) -> uint256:
    """
    @notice The source says that its prices cannot be relied on, as when a rollup's sequencer is down: put the accepted one,
            which else stays valid for as long as `max_age` says, in doubt, and drop a waiting one. Returns the record
            afterwards.
    """
    accepted: uint256 = price_words._price(record)
    if accepted == 0 or record & price_words.DISOWNED_BIT != 0:
        return record
    # Put in doubt by a change of source already, which a repeated observation must not end.
    if record & price_words.PENDING_BIT != 0 and self._waiting[market_id] == 0:
        return record
    disowned: uint256 = record | price_words.PENDING_BIT | price_words.DISOWNED_BIT
    self._records[market_id] = disowned
    log IOracleRouter.PricePending(market_id=market_id, price=0, updated_at=updated_at, accepted_price=accepted)
    return disowned


@internal
@view
def _waiting_of(market_id: uint256, record: uint256) -> uint256:
    """
    @notice The waiting price's word; 0 if none waits.
    """
    if record & (price_words.PENDING_BIT | price_words.DISOWNED_BIT) != price_words.PENDING_BIT:
        return 0
    return self._waiting[market_id]


# ---- internal: configuration ----


@internal
def _apply(market_id: uint256, config: IOracleRouter.SourceConfig):
    old_record: uint256 = self._records[market_id]
    old_config: IOracleRouter.SourceConfig = price_words._unpack(
        old_record, self._rules[market_id], self._second_rules[market_id]
    )
    record: uint256 = 0
    record, self._rules[market_id], self._second_rules[market_id] = price_words._pack(config)
    record |= old_record & price_words.MASK_ACCEPTED
    changed: bool = config.source != old_config.source
    if changed:
        # Times of two sources do not compare: the new one's first answer counts, however old the accepted price is.
        record &= ~(price_words.MASK_40 << price_words.TIME_SHIFT)
    # The old source's price serves no longer. Nor must one in doubt, or too old, become valid by a new configuration:
    # anyone could apply it and trade on it.
    if price_words._price(record) != 0 and (changed or not price_words._is_valid(old_record)):
        record |= price_words.PENDING_BIT
    self._records[market_id] = record
    self._waiting[market_id] = 0
    log IOracleRouter.SourceSet(market_id=market_id, old_config=old_config, new_config=config)
