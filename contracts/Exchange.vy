# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Exchange
@license MIT
@notice Matches orders that traders signed off-chain. Anyone may match; the filler names who was the maker.
@custom:security Holds no funds. ClearingHouse settles whatever Exchange says the owners or their delegates signed,
        so this file decides who may move whose margin: signature, epoch, expiry, filler, amount, price.
@custom:kill `cancel_all` raises an account's epoch; a delegate is revoked in ClearingHouse.
"""

from snekmate.utils import eip712_domain_separator

from contracts.interfaces import IClearingHouse
from contracts.interfaces import IExchange
from contracts.modules import fixed_point
from contracts.modules import outcomes

initializes: eip712_domain_separator

exports: eip712_domain_separator.eip712Domain


ORDER_TYPE: constant(bytes32) = keccak256(
    "Order(uint256 account_id,uint256 market_id,int256 size,uint256 limit_price,uint256 leverage,bool reduce_only,bool post_only,address filler,uint256 expires_at,uint256 epoch,uint256 salt)"
)
# An ECDSA signature has 65 bytes; a contract wallet's may be longer.
MAX_SIGNATURE: constant(uint256) = 1024
MAX_MAKERS: constant(uint256) = 8
# The selector of isValidSignature(bytes32,bytes), which is also the answer to it.
ERC1271_MAGIC: constant(bytes4) = 0x1626ba7e
# Its selector, three words and the signature.
MAX_CALL: constant(uint256) = 4 + 3 * 32 + MAX_SIGNATURE
# Above it s has a twin that recovers to the same signer (EIP-2).
HALF_CURVE_ORDER: constant(uint256) = (
    57_896_044_618_658_097_711_785_492_504_343_953_926_418_782_139_537_452_191_302_581_570_759_080_747_168
)
# In `amounts`: the order is cancelled, whatever was filled of it.
CANCELLED: constant(uint256) = 1 << 255

CLEARING_HOUSE: public(immutable(IClearingHouse))

# order hash => base filled so far, unsigned; top bit: cancelled.
amounts: HashMap[bytes32, uint256]


@deploy
def __init__(clearing_house: IClearingHouse):
    eip712_domain_separator.__init__("Plimsoll Exchange", "1")
    CLEARING_HOUSE = clearing_house


# ------------------------------------------------------------------ fillers


@external
def fill(
    maker: IExchange.Order,
    maker_signature: Bytes[MAX_SIGNATURE],
    taker: IExchange.Order,
    taker_signature: Bytes[MAX_SIGNATURE],
    size: uint256,
    maker_hint: uint256,
    taker_hint: uint256,
):
    """
    @notice Fill `size` base (WAD, unsigned) of two opposite orders at the maker's limit price.
    @param maker_hint Where the maker's position will stand, see `ClearingHouse.find_hint`; 0 starts at the head.
    @param taker_hint The same for the taker's.
    """
    assert maker.market_id == taker.market_id, "order: other market"
    assert (maker.size > 0) == (taker.size < 0), "order: same side"
    assert not taker.post_only, "order: taker is post only"
    self._check_price(maker.limit_price, taker.limit_price, taker.size > 0)
    separator: bytes32 = eip712_domain_separator._domain_separator_v4()
    making: IClearingHouse.Side = self._accept(separator, maker, size, maker_hint, False)
    taking: IClearingHouse.Side = self._accept(separator, taker, size, taker_hint, False)
    making.signer = self._recover(making.order_hash, maker_signature)
    taking.signer = self._recover(taking.order_hash, taker_signature)

    taker_buys: bool = taker.size > 0
    outcome: uint256 = extcall CLEARING_HOUSE.settle(
        maker.market_id, taking, making, taker_buys, size, maker.limit_price
    )
    if outcome != outcomes.EXECUTED:
        if outcome & outcomes.LANE == outcomes.UNSIGNED or outcome >> outcomes.TAKER_LANE != 0:
            # The key that signed is nobody's here, so ask the owners' contracts.
            if outcome & outcomes.LANE != 0:
                making.signer = self._contract_signer(
                    making.account_id, abi_encode(making.order_hash, maker_signature, method_id=ERC1271_MAGIC)
                )
            if outcome >> outcomes.TAKER_LANE != 0:
                taking.signer = self._contract_signer(
                    taking.account_id, abi_encode(taking.order_hash, taker_signature, method_id=ERC1271_MAGIC)
                )
            outcome = extcall CLEARING_HOUSE.settle(
                maker.market_id, taking, making, taker_buys, size, maker.limit_price
            )
        assert outcome != outcomes.REDUCE_ONLY, "order: reduce only"
        assert outcome == outcomes.EXECUTED, "order: old epoch"


@external
def fill_batch(
    makers: DynArray[IExchange.Order, MAX_MAKERS],
    maker_signatures: DynArray[Bytes[MAX_SIGNATURE], MAX_MAKERS],
    taker: IExchange.Order,
    taker_signature: Bytes[MAX_SIGNATURE],
    sizes: DynArray[uint256, MAX_MAKERS],
    hints: DynArray[uint256, MAX_MAKERS + 1],
):
    """
    @notice Fill one taker against up to 8 makers, each at its own limit price, in the order given.
    @dev A maker that is expired, cancelled (also by epoch), has less than its size left, or is reduce-only and can
         not reduce, is skipped with `MakerSkipped`; anything else wrong reverts everything.
    @param sizes Base to fill of each maker.
    @param hints One for each maker, then the taker's.
    """
    count: uint256 = len(makers)
    assert len(maker_signatures) == count and len(sizes) == count and len(hints) == count + 1, "fill: lengths differ"
    assert not taker.post_only, "order: taker is post only"
    separator: bytes32 = eip712_domain_separator._domain_separator_v4()
    taking: IClearingHouse.Side = self._accept(separator, taker, 0, hints[count], False)
    taking.signer = self._recover(taking.order_hash, taker_signature)
    matches: DynArray[IClearingHouse.Match, MAX_MAKERS] = []
    # Where each match stands among the makers.
    positions: DynArray[uint256, MAX_MAKERS] = []
    for i: uint256 in range(count, bound=MAX_MAKERS):
        maker: IExchange.Order = makers[i]
        assert maker.market_id == taker.market_id, "order: other market"
        assert (maker.size > 0) == (taker.size < 0), "order: same side"
        self._check_price(maker.limit_price, taker.limit_price, taker.size > 0)
        making: IClearingHouse.Side = self._accept(separator, maker, sizes[i], hints[i], True)
        if making.order_hash != empty(bytes32):
            making.signer = self._recover(making.order_hash, maker_signatures[i])
            matches.append(IClearingHouse.Match(maker=making, size=sizes[i], price=maker.limit_price))
            positions.append(i)
    assert len(matches) != 0, "fill: nothing filled"

    outcome: uint256 = extcall CLEARING_HOUSE.settle_batch(taker.market_id, taking, taker.size > 0, matches)
    unsigned: bool = outcome >> outcomes.TAKER_LANE != 0
    if unsigned:
        taking.signer = self._contract_signer(
            taking.account_id, abi_encode(taking.order_hash, taker_signature, method_id=ERC1271_MAGIC)
        )
    for i: uint256 in range(len(matches), bound=MAX_MAKERS):
        if (outcome >> (i << 3)) & outcomes.LANE == outcomes.UNSIGNED:
            unsigned = True
            matches[i].maker.signer = self._contract_signer(
                matches[i].maker.account_id,
                abi_encode(
                    matches[i].maker.order_hash,
                    maker_signatures[positions[i]],
                    method_id=ERC1271_MAGIC,
                ),
            )
    if unsigned:
        outcome = extcall CLEARING_HOUSE.settle_batch(taker.market_id, taking, taker.size > 0, matches)

    filled: uint256 = 0
    for m: IClearingHouse.Match in matches:
        result: uint256 = outcome & outcomes.LANE
        outcome >>= 8
        if result == outcomes.EXECUTED:
            filled += m.size
        else:
            self.amounts[m.maker.order_hash] -= m.size
            log IExchange.MakerSkipped(
                order_hash=m.maker.order_hash,
                reason="order: reduce only" if result == outcomes.REDUCE_ONLY else "order: old epoch",
            )
    assert filled != 0, "fill: nothing filled"
    filled += self.amounts[taking.order_hash]
    assert filled <= fixed_point._abs(taker.size), "order: overfilled"
    self.amounts[taking.order_hash] = filled


# ------------------------------------------------------------------ traders


@external
def cancel(order: IExchange.Order):
    """
    @notice Cancel an order for good. The account's owner or a live delegate.
    """
    assert staticcall CLEARING_HOUSE.is_authorized(order.account_id, msg.sender), "account: not authorized"
    order_hash: bytes32 = self._hash(order)
    self.amounts[order_hash] |= CANCELLED
    log IExchange.OrderCancelled(account_id=order.account_id, order_hash=order_hash)


@external
def cancel_all(account_id: uint256):
    """
    @notice Cancel every order of an account by raising its epoch. The account's owner or a live delegate.
    """
    extcall CLEARING_HOUSE.raise_epoch(account_id, msg.sender)


# ------------------------------------------------------------------ views


@external
@view
def filled(order_hash: bytes32) -> uint256:
    """
    @notice Base filled of an order, WAD, unsigned.
    """
    return self.amounts[order_hash] & ~CANCELLED


@external
@view
def is_cancelled(order_hash: bytes32) -> bool:
    """
    @notice Whether `cancel` was called for this order; `cancel_all` shows in the account's epoch instead.
    """
    return self.amounts[order_hash] & CANCELLED != 0


@external
@view
def hash_order(order: IExchange.Order) -> bytes32:
    """
    @notice The EIP-712 digest that is signed, and under which the filled amount is kept.
    """
    return self._hash(order)


# ------------------------------------------------------------------ internal


@internal
@pure
def _digest(separator: bytes32, struct_hash: bytes32) -> bytes32:
    """
    @notice The EIP-712 digest of an order's hash in a domain.
    """
    return keccak256(concat(0x1901, separator, struct_hash))


@internal
@view
def _hash(order: IExchange.Order) -> bytes32:
    """
    @notice The EIP-712 digest of an order here.
    """
    return self._digest(
        eip712_domain_separator._domain_separator_v4(), keccak256(abi_encode(ORDER_TYPE, order))
    )


@internal
@pure
def _check_price(maker_price: uint256, taker_limit: uint256, taker_buys: bool):
    """
    @notice The fill happens at the maker's price, which may not be worse than the taker's limit.
    """
    assert maker_price == taker_limit or (maker_price < taker_limit) == taker_buys, "order: price"


@internal
def _accept(
    separator: bytes32, order: IExchange.Order, size: uint256, hint: uint256, skips: bool
) -> IClearingHouse.Side:
    """
    @notice Check what Exchange knows of an order, book `size` on it (so that naming it twice in a batch counts
            twice), and put it in ClearingHouse's terms. The caller adds who signed it.
    @param skips An order that can no longer be filled by `size` is logged and returned empty instead of reverting.
    """
    assert order.filler == empty(address) or order.filler == msg.sender, "order: not the filler"
    order_hash: bytes32 = self._digest(separator, keccak256(abi_encode(ORDER_TYPE, order)))
    amount: uint256 = self.amounts[order_hash]
    # abs(size), also of min_value(int256); amount is at most that, unless it is cancelled.
    limit: uint256 = convert(convert(max(order.size, unsafe_sub(0, order.size)), bytes32), uint256)
    left: uint256 = unsafe_sub(limit, amount)
    if block.timestamp > order.expires_at or amount & CANCELLED != 0 or size > left:
        self._refuse(order, order_hash, amount, skips)
        return empty(IClearingHouse.Side)
    self.amounts[order_hash] = unsafe_add(amount, size)
    side: IClearingHouse.Side = IClearingHouse.Side(
        account_id=order.account_id,
        signer=0,
        epoch=order.epoch,
        leverage=order.leverage,
        reduce_only=convert(order.reduce_only, uint256),
        hint=hint,
        order_hash=order_hash,
    )
    return side


@internal
def _refuse(order: IExchange.Order, order_hash: bytes32, amount: uint256, skips: bool):
    """
    @notice Say why an order can not be filled: revert with it, or log it if the batch goes on without the order.
    """
    reason: String[32] = "order: overfilled"
    if block.timestamp > order.expires_at:
        reason = "order: expired"
    elif amount & CANCELLED != 0:
        reason = "order: cancelled"
    assert skips, reason
    log IExchange.MakerSkipped(order_hash=order_hash, reason=reason)


@internal
@view
def _contract_signer(account_id: uint256, call: Bytes[MAX_CALL]) -> uint256:
    """
    @notice The account's owner, if it is a contract that accepts the signature (ERC-1271).
    @param call What to ask it, encoded by the caller: another copy of a signature here would cost every fill memory.
    @dev An EIP-7702 owner has both a key and code, so the key was tried first.
    """
    owner: address = staticcall CLEARING_HOUSE.owner_of(account_id)
    assert owner.is_contract, "order: bad signature"
    success: bool = False
    answer: Bytes[32] = b""
    success, answer = raw_call(
        owner,
        call,
        max_outsize=32,
        is_static_call=True,
        revert_on_failure=False,
    )
    assert success and len(answer) == 32, "order: bad signature"
    assert convert(answer, bytes32) == convert(ERC1271_MAGIC, bytes32), "order: bad signature"
    return convert(owner, uint256)


@internal
@pure
def _recover(order_hash: bytes32, signature: Bytes[MAX_SIGNATURE]) -> uint256:
    """
    @notice The ECDSA signer; zero, which is nobody's delegate, for anything malformed or malleable.
    """
    if len(signature) != 65:
        return 0
    s: uint256 = extract32(signature, 32, output_type=uint256)
    if s > HALF_CURVE_ORDER:
        return 0
    # The last byte.
    v: uint256 = extract32(signature, 33, output_type=uint256) & 255
    return convert(ecrecover(order_hash, v, extract32(signature, 0, output_type=uint256), s), uint256)
