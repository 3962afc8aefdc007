# pragma version 0.4.3
"""
@title Margin accounts and the collateral ledger
@license MIT
@notice Storage of ClearingHouse: who owns an account, its one-slot word, and where every collateral unit is credited.
@custom:security ACC-1: sum of cash + vault credit + treasury credit == collateral_ledger. Cash moves between
        accounts and credits by one integer written to both sides; only deposit and withdraw move the ledger.
"""

from ethereum.ercs import IERC20
from ethereum.ercs import IERC20Detailed
from contracts.modules import constants
from contracts.modules import errors

# Account word, lowest bit first: cash int128 | open markets, one byte each, oldest lowest 64 | order epoch 24
# | bankruptcy flag time 40.
MARKETS_SHIFT: constant(uint256) = 128
EPOCH_SHIFT: constant(uint256) = 192
EPOCH_ONE: constant(uint256) = 1 << 192
FLAG_SHIFT: constant(uint256) = 216
MAX_CASH: constant(int256) = 2**127 - 1
MIN_CASH: constant(int256) = -2**127
MASK_128: constant(uint256) = 2**128 - 1
MASK_64: constant(uint256) = 2**64 - 1
MASK_24: constant(uint256) = 2**24 - 1
MARKETS_FIELD: constant(uint256) = MASK_64 << 128
# All but the flag.
FLAGLESS: constant(uint256) = 2**216 - 1

# Credits word: vault credit 116 | treasury credit 116 | the vault's share of fees, ppm 20.
TREASURY_SHIFT: constant(uint256) = 116
SHARE_SHIFT: constant(uint256) = 232
MASK_116: constant(uint256) = 2**116 - 1
CREDITS_FIELD: constant(uint256) = 2**232 - 1

COLLATERAL: immutable(IERC20)
# 10**(36 - d): base WAD x price WAD / scale = quote units.
SCALE: immutable(uint256)

# account id => account word. Written by every action on an account.
words: HashMap[uint256, uint256]
# account id => owner; never changes.
owners: HashMap[uint256, address]
# account id => delegate => last second of its authority, 0 for none.
delegates: HashMap[uint256, HashMap[address, uint256]]
# Ids run from 1 to this.
account_count: uint256
# Quote units owed to accounts, vault and treasury together. Never `balanceOf`: a donation is nobody's.
collateral: uint256
# Fees and penalties not yet collected.
credits: uint256


@deploy
def __init__(token: IERC20):
    decimals: uint256 = convert(staticcall IERC20Detailed(token.address).decimals(), uint256)
    assert decimals == 6 or decimals == 18, "collateral: 6 or 18 decimals"
    COLLATERAL = token
    SCALE = 10 ** (36 - decimals)


@internal
@pure
def _cash(word: uint256) -> int256:
    # Sign-extends the low 128 bits.
    return convert(convert(word << 128, bytes32), int256) >> 128


@internal
@pure
def _with_cash(word: uint256, cash: int256) -> uint256:
    # MIN_CASH..MAX_CASH, moved up to 0..2**128 - 1
    if convert(convert(unsafe_add(cash, 2**127), bytes32), uint256) > MASK_128:
        errors._fail("account: cash overflow")
    return (word >> 128 << 128) | (convert(convert(cash, bytes32), uint256) & MASK_128)


@internal
@pure
def _markets(word: uint256) -> uint256:
    """
    @notice The account's open markets, one byte each, lowest first, no holes.
    """
    return (word >> MARKETS_SHIFT) & MASK_64


@internal
@pure
def _epoch(word: uint256) -> uint256:
    return (word >> EPOCH_SHIFT) & MASK_24


@internal
@pure
def _with_market(word: uint256, market_id: uint256) -> uint256:
    """
    @notice The word after opening a position in a market that was not open.
    """
    markets: uint256 = (word >> MARKETS_SHIFT) & MASK_64
    if markets >> 56 != 0:
        errors._fail("account: too many markets")
    offset: uint256 = MARKETS_SHIFT
    for _: uint256 in range(8):
        if markets == 0:
            break
        markets >>= 8
        offset = unsafe_add(offset, 8)
    return word | (market_id << offset)


@internal
@pure
def _without_market(word: uint256, market_id: uint256) -> uint256:
    """
    @notice The word after closing the position in an open market; later markets move down.
    """
    markets: uint256 = self._markets(word)
    offset: uint256 = 0
    for _: uint256 in range(8):
        if (markets >> offset) & 255 == market_id:
            break
        offset += 8
    kept: uint256 = markets & ((1 << offset) - 1)
    moved: uint256 = (markets >> (offset + 8)) << offset
    return (word & ~MARKETS_FIELD) | ((kept | moved) << MARKETS_SHIFT)


@internal
@view
def _owner(account_id: uint256) -> address:
    """
    @notice The owner; reverts for an account that was never opened.
    """
    owner: address = self.owners[account_id]
    errors._require(owner != empty(address), "account: unknown")
    return owner


@internal
@view
def _is_authorized(account_id: uint256, signer: address) -> bool:
    """
    @notice Whether `signer` is the owner or a live delegate. The zero address never is.
    """
    # An account that was never opened has the zero address as its owner.
    if signer == empty(address):
        return False
    return self.owners[account_id] == signer or self.delegates[account_id][signer] >= block.timestamp


@internal
def _open(owner: address) -> uint256:
    account_id: uint256 = self.account_count + 1
    errors._require(account_id <= constants.MAX_ACCOUNT_ID, "account: no ids left")
    self.account_count = account_id
    self.owners[account_id] = owner
    return account_id


@internal
def _credit_fees(fees: uint256):
    """
    @notice Split trading fees between vault (its share rounded up) and treasury.
    """
    credits: uint256 = self.credits
    # fees < 2**129, share <= PPM < 2**20
    vault_part: uint256 = unsafe_div(
        unsafe_add(unsafe_mul(fees, credits >> SHARE_SHIFT), constants.PPM - 1), constants.PPM
    )
    treasury: uint256 = unsafe_add((credits >> TREASURY_SHIFT) & MASK_116, unsafe_sub(fees, vault_part))
    vault: uint256 = unsafe_add(credits & MASK_116, vault_part)
    if max(vault, treasury) > MASK_116:
        errors._fail("ledger: credit overflow")
    self.credits = vault | (treasury << TREASURY_SHIFT) | (credits >> SHARE_SHIFT << SHARE_SHIFT)


@internal
def _credit_vault(amount: uint256):
    """
    @notice Credit the insurance vault with a penalty, or with what it need not pay after all.
    """
    credits: uint256 = self.credits
    assert (credits & MASK_116) + amount <= MASK_116, "ledger: credit overflow"
    self.credits = unsafe_add(credits, amount)


@internal
def _receive_insurance(from_credit: uint256, tokens: uint256):
    """
    @notice Take what the vault pays to an account: from its credit, and in tokens that have arrived.
    @param from_credit At most the credit, the lowest field.
    """
    self.credits = unsafe_sub(self.credits, from_credit)
    self.collateral += tokens


@internal
def _receive(account_id: uint256, sender: address, amount: uint256) -> int256:
    """
    @notice Pull collateral into an account and return its new cash. Refuses a token that delivers less.
    """
    held: uint256 = staticcall COLLATERAL.balanceOf(self)
    errors._require(
        extcall COLLATERAL.transferFrom(sender, self, amount, default_return_value=True), "deposit: transfer failed"
    )
    errors._require(staticcall COLLATERAL.balanceOf(self) == held + amount, "deposit: fee on transfer")
    word: uint256 = self.words[account_id]
    # A balance that overflows int128 is refused by `_with_cash`; one above 2**255 here.
    cash: int256 = self._cash(word) + convert(amount, int256)
    self.words[account_id] = self._with_cash(word, cash)
    self.collateral += amount
    return cash


@internal
def _pay(receiver: address, amount: uint256):
    """
    @notice Push collateral out. The caller has debited it; the last thing a function does.
    """
    errors._require(receiver != empty(address) and receiver != self, "withdraw: bad receiver")
    # Realised profit may exceed what is there while the bankruptcy on its other side is not resolved.
    errors._require(amount <= self.collateral, "ledger: not enough collateral")
    self.collateral = unsafe_sub(self.collateral, amount)
    errors._require(
        extcall COLLATERAL.transfer(receiver, amount, default_return_value=True), "withdraw: transfer failed"
    )


@internal
@view
def _vault_credit() -> uint256:
    return self.credits & MASK_116


@internal
@view
def _treasury_credit() -> uint256:
    return (self.credits >> TREASURY_SHIFT) & MASK_116


@internal
@view
def _total_cash() -> int256:
    """
    @notice Sum of all accounts' cash: what the ledger owes to nobody else.
    """
    # The ledger fits a token's supply; credits are below 2**117 together.
    owed: uint256 = unsafe_add(self._vault_credit(), self._treasury_credit())
    return unsafe_sub(convert(self.collateral, int256), convert(owed, int256))
