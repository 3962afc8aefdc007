# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title SignedSource: prices signed by m of n reporters
@license MIT
@notice Keeps the newest report of every market and pushes it on to OracleRouter. Anyone may hand a report in; what
        counts are the signatures. The default source of local chains and of testnets without a feed.
@custom:security Trusts any `threshold` of its signers, and the owner who names them. The median means that fewer than
                 half of those who signed cannot move the price outside what the others signed. Whoever hands in chooses
                 among reports at most 10 s apart. A report is used once: its time must be above the last one.
@custom:kill Owner: replace the signers. Markets go stale after their `max_age`.
"""

from snekmate.auth import ownable
from snekmate.auth import ownable_2step
from snekmate.utils import eip712_domain_separator

from contracts.interfaces import IOracleRouter
from contracts.interfaces import IPriceSource
from contracts.interfaces import ISignedSource
from contracts.modules import constants

implements: IPriceSource
implements: ISignedSource

initializes: ownable
initializes: ownable_2step[ownable := ownable]
initializes: eip712_domain_separator

exports: (
    ownable_2step.owner,
    ownable_2step.pending_owner,
    ownable_2step.transfer_ownership,
    ownable_2step.accept_ownership,
    eip712_domain_separator.eip712Domain,
)

MAX_SIGNERS: constant(uint256) = 16
# Seconds between the oldest and the newest observation of one report.
MAX_SPREAD: constant(uint256) = 10
REPORT_TYPE_HASH: constant(bytes32) = keccak256("PriceReport(uint256 market_id,uint256 price,uint256 timestamp)")
# Half the order of secp256k1: a larger s is the malleated twin of a valid signature.
MAX_S: constant(uint256) = 2**255 - 216_210_193_282_829_828_426_210_433_197_484_072_800
# price 88 | time 40
TIME_SHIFT: constant(uint256) = 88
MASK_88: constant(uint256) = 2**88 - 1

ROUTER: public(immutable(IOracleRouter))

# The newest report of each market, packed.
_latest: HashMap[uint256, uint256]
# The threshold in force if the address is a signer, else 0: a report reads one slot per signature and no other.
_threshold_of: HashMap[address, uint256]
_signers: DynArray[address, MAX_SIGNERS]


@deploy
def __init__(router: address, signers: DynArray[address, MAX_SIGNERS], threshold: uint256):
    """
    @param router The OracleRouter that is told every new price.
    @param signers Ascending.
    @param threshold 1 to the number of signers.
    """
    assert router != empty(address), "source: no router"
    ROUTER = IOracleRouter(router)
    ownable.__init__()
    ownable_2step.__init__()
    eip712_domain_separator.__init__("Plimsoll Source", "1")
    self._set_signers(signers, threshold)


# ---- anyone ----


@external
def report(
    market_id: uint256,
    prices: DynArray[uint256, MAX_SIGNERS],
    timestamps: DynArray[uint256, MAX_SIGNERS],
    signatures: DynArray[Bytes[65], MAX_SIGNERS],
):
    count: uint256 = len(signatures)
    assert len(prices) == count and len(timestamps) == count, "source: length mismatch"

    domain: bytes32 = eip712_domain_separator._domain_separator_v4()
    ascending: uint256[MAX_SIGNERS] = empty(uint256[MAX_SIGNERS])
    oldest: uint256 = max_value(uint256)
    newest: uint256 = 0
    previous: uint256 = 0
    # An empty report must find a threshold it does not reach.
    threshold: uint256 = 1

    for i: uint256 in range(count, bound=MAX_SIGNERS):
        price: uint256 = prices[i]
        timestamp: uint256 = timestamps[i]
        assert price >= constants.MIN_PRICE and price <= constants.MAX_PRICE, "source: price out of range"
        assert timestamp <= block.timestamp, "source: future timestamp"
        oldest = min(oldest, timestamp)
        newest = max(newest, timestamp)

        signer: address = self._recover(self._digest(domain, market_id, price, timestamp), signatures[i])
        threshold = self._threshold_of[signer]
        assert threshold != 0, "source: not a signer"
        assert convert(signer, uint256) > previous, "source: unsorted signers"
        previous = convert(signer, uint256)

        place: uint256 = i
        for _: uint256 in range(i, bound=MAX_SIGNERS):
            below: uint256 = unsafe_sub(place, 1)
            if ascending[below] <= price:
                break
            ascending[place] = ascending[below]
            place = below
        ascending[place] = price

    assert count >= threshold, "source: too few signers"
    assert unsafe_sub(newest, oldest) <= MAX_SPREAD, "source: timestamps apart"
    assert oldest > self._latest[market_id] >> TIME_SHIFT, "source: old report"

    median: uint256 = ascending[unsafe_sub(count, 1) // 2]
    # The price is below 2**88, the time not above the block's.
    self._latest[market_id] = median | (oldest << TIME_SHIFT)
    log ISignedSource.PriceReported(market_id=market_id, price=median, updated_at=oldest)

    # A second source, or one whose change is still scheduled, is only asked, never listened to.
    if staticcall ROUTER.source_of(market_id) == self:
        extcall ROUTER.push(market_id, median, oldest)


# ---- owner ----


@external
def set_signers(signers: DynArray[address, MAX_SIGNERS], threshold: uint256):
    ownable._check_owner()
    self._set_signers(signers, threshold)


# ---- views: no lock, the router asks while it is being told ----


@external
@view
@reentrant
def latest(market_id: uint256) -> (uint256, uint256):
    word: uint256 = self._latest[market_id]
    return word & MASK_88, word >> TIME_SHIFT


@external
@view
@reentrant
def signers() -> DynArray[address, MAX_SIGNERS]:
    return self._signers


@external
@view
@reentrant
def threshold() -> uint256:
    return self._threshold_of[self._signers[0]]


@external
@view
@reentrant
def is_signer(account: address) -> bool:
    return self._threshold_of[account] != 0


@external
@view
@reentrant
def hash_report(market_id: uint256, price: uint256, timestamp: uint256) -> bytes32:
    return self._digest(eip712_domain_separator._domain_separator_v4(), market_id, price, timestamp)


# ---- internal ----


@internal
@pure
def _digest(domain: bytes32, market_id: uint256, price: uint256, timestamp: uint256) -> bytes32:
    struct_hash: bytes32 = keccak256(abi_encode(REPORT_TYPE_HASH, market_id, price, timestamp))
    return keccak256(concat(x"1901", domain, struct_hash))


@internal
@pure
def _recover(digest: bytes32, signature: Bytes[65]) -> address:
    """
    @notice The signer. Not snekmate's `ecdsa`, which also takes 64-byte signatures: one form, one signature.
    """
    assert len(signature) == 65, "source: bad signature"
    r: uint256 = extract32(signature, 0, output_type=uint256)
    s: uint256 = extract32(signature, 32, output_type=uint256)
    # The last byte; ecrecover takes 27 and 28 only.
    v: uint256 = extract32(signature, 33, output_type=uint256) & 255
    assert s <= MAX_S, "source: bad signature"
    signer: address = ecrecover(digest, v, r, s)
    assert signer != empty(address), "source: bad signature"
    return signer


@internal
def _set_signers(new_signers: DynArray[address, MAX_SIGNERS], new_threshold: uint256):
    assert new_threshold != 0 and new_threshold <= len(new_signers), "source: bad threshold"
    old_signers: DynArray[address, MAX_SIGNERS] = self._signers
    old_threshold: uint256 = 0
    for signer: address in old_signers:
        old_threshold = self._threshold_of[signer]
        self._threshold_of[signer] = 0
    previous: uint256 = 0
    for signer: address in new_signers:
        # Above zero from the first on, so never the empty address.
        assert convert(signer, uint256) > previous, "source: unsorted signers"
        previous = convert(signer, uint256)
        self._threshold_of[signer] = new_threshold
    self._signers = new_signers
    log ISignedSource.SignersSet(
        old_signers=old_signers,
        new_signers=new_signers,
        old_threshold=old_threshold,
        new_threshold=new_threshold,
    )
