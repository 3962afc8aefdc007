# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title PythSource: prices of Pyth
@license MIT
@notice Hands signed updates to Pyth and what Pyth then says on to OracleRouter. Anyone may, and pays Pyth's fee. It has
        no owner: another feed or confidence is another source, which OracleRouter takes 48 h to name.
@custom:security Trusts Pyth's contract, which whoever owns it can replace, and each feed's publishers within
                 `max_confidence`. Whoever hands an update in chooses among those newer than the last. A confidence
                 that is too wide means no price and no more: if it put the accepted price in doubt, anyone could switch
                 a market off with an update of their choice. A caller's ether is Pyth's fee or goes back to the caller.
@custom:kill There is no switch. Markets go stale after their `max_age`.
"""

from contracts.interfaces import IOracleRouter
from contracts.interfaces import IPriceSource
from contracts.interfaces import IPythSource
from contracts.modules import constants

implements: IPriceSource
implements: IPythSource


interface Pyth:
    def getUpdateFee(update_data: DynArray[Bytes[MAX_UPDATE_BYTES], MAX_UPDATES]) -> uint256: view
    def updatePriceFeeds(update_data: DynArray[Bytes[MAX_UPDATE_BYTES], MAX_UPDATES]): payable


# An update is 1,000 bytes of signatures and 300 for each feed, so one of these carries 20 feeds and `update` 40. Memory that
# is declared is paid for: twice as much of it adds 10,000 gas to every update, half of it saves 3,400.
MAX_UPDATES: constant(uint256) = 2
MAX_UPDATE_BYTES: constant(uint256) = 8192
# WAD: 5 %.
MAX_CONFIDENCE: constant(uint256) = constants.WAD // 20
# What asking Pyth may burn; it takes 20,000 behind its proxy when all is cold. `latest` then ends within what OracleRouter
# grants. Whoever starves the call keeps at most 1/63 of it in each frame above: not enough to write anything.
PYTH_GAS: constant(uint256) = 100_000
MAX_INT64: constant(uint256) = 2**63 - 1
MAX_UINT64: constant(uint256) = 2**64 - 1

PYTH: public(immutable(address))
ROUTER: public(immutable(IOracleRouter))

# By market id. Written by the constructor only.
_feeds: HashMap[uint256, IPythSource.PythFeed]


@deploy
def __init__(
    pyth: address, router: address, feeds: DynArray[IPythSource.PythFeed, constants.MAX_MARKETS]
):
    """
    @param pyth Pyth's contract on this chain.
    @param router The OracleRouter that is told every new price.
    @param feeds One per market.
    """
    assert pyth.is_contract, "source: no pyth"
    assert router != empty(address), "source: no router"
    PYTH = pyth
    ROUTER = IOracleRouter(router)
    for feed: IPythSource.PythFeed in feeds:
        assert feed.market_id != 0 and feed.market_id <= constants.MAX_MARKETS, "source: bad market"
        assert self._feeds[feed.market_id].market_id == 0, "source: market twice"
        assert feed.price_id != empty(bytes32), "source: bad price id"
        assert feed.max_confidence != 0 and feed.max_confidence <= MAX_CONFIDENCE, "source: bad confidence"
        self._feeds[feed.market_id] = feed


# ---- anyone ----


@external
@payable
def update(
    update_data: DynArray[Bytes[MAX_UPDATE_BYTES], MAX_UPDATES],
    market_ids: DynArray[uint256, constants.MAX_MARKETS],
):
    fee: uint256 = staticcall Pyth(PYTH).getUpdateFee(update_data)
    assert msg.value >= fee, "source: fee too low"
    extcall Pyth(PYTH).updatePriceFeeds(update_data, value=fee)
    self._pull(market_ids)

    rest: uint256 = unsafe_sub(msg.value, fee)
    if rest != 0:
        assert raw_call(msg.sender, b"", value=rest, revert_on_failure=False), "source: refund failed"


@external
def pull(market_ids: DynArray[uint256, constants.MAX_MARKETS]):
    self._pull(market_ids)


# ---- views: no lock, the router may ask while it is being told ----


@external
@view
@reentrant
def latest(market_id: uint256) -> (uint256, uint256):
    return self._latest(market_id)


@external
@view
@reentrant
def update_fee(update_data: DynArray[Bytes[MAX_UPDATE_BYTES], MAX_UPDATES]) -> uint256:
    return staticcall Pyth(PYTH).getUpdateFee(update_data)


@external
@view
@reentrant
def feed_of(market_id: uint256) -> IPythSource.PythFeed:
    return self._feeds[market_id]


# ---- internal ----


@internal
def _pull(market_ids: DynArray[uint256, constants.MAX_MARKETS]):
    for market_id: uint256 in market_ids:
        # As a second source, or one whose change is still scheduled, it is only asked, never listened to.
        if staticcall ROUTER.source_of(market_id) != self:
            continue
        price: uint256 = 0
        updated_at: uint256 = 0
        price, updated_at = self._latest(market_id)
        if price != 0:
            extcall ROUTER.push(market_id, price, updated_at)


@internal
@view
def _latest(market_id: uint256) -> (uint256, uint256):
    """
    @notice The price that Pyth has now and its time; (0, 0) if it has none or none that is usable.
    """
    feed: IPythSource.PythFeed = self._feeds[market_id]
    if feed.market_id == 0:
        return 0, 0
    success: bool = False
    answer: Bytes[128] = b""
    success, answer = raw_call(
        PYTH,
        abi_encode(feed.price_id, method_id=method_id("getPriceUnsafe(bytes32)")),
        max_outsize=128,
        gas=PYTH_GAS,
        is_static_call=True,
        revert_on_failure=False,
    )
    if not success or len(answer) != 128:
        return 0, 0
    mantissa: uint256 = extract32(answer, 0, output_type=uint256)
    confidence: uint256 = extract32(answer, 32, output_type=uint256)
    exponent: int256 = extract32(answer, 64, output_type=int256)
    updated_at: uint256 = extract32(answer, 96, output_type=uint256)

    # Negative ones are very large here; 0 is below every price.
    if mantissa > MAX_INT64 or confidence > MAX_UINT64:
        return 0, 0
    # 63 and 64 bits times a WAD share below 2**60.
    if unsafe_mul(confidence, constants.WAD) > unsafe_mul(mantissa, feed.max_confidence):
        return 0, 0
    if updated_at == 0 or updated_at > block.timestamp:
        return 0, 0
    # What WAD holds exactly; Pyth's are -12 to -2.
    if exponent < -18 or exponent > 0:
        return 0, 0
    # 63 bits times at most 10**18.
    price: uint256 = unsafe_mul(mantissa, pow_mod256(10, convert(exponent + 18, uint256)))
    if price < constants.MIN_PRICE or price > constants.MAX_PRICE:
        return 0, 0
    return price, updated_at
