# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title InsuranceVault: depositors who pay for bankruptcies and are paid by fees and penalties
@license MIT
@notice An ERC-4626 vault over the protocol's collateral. Its assets are its own ledger plus what ClearingHouse owes it
        (a share of fees and penalties, collected when needed or by anyone). ClearingHouse has it pay the shortfall of
        bankrupt accounts, within a bucket per market and one for all that refill in 24 h.

        Leaving takes two steps. `request_redeem` locks shares: still their owner's, still bearing losses, not to be
        transferred. After `cooldown` seconds they may be redeemed for `redeem_window` seconds, unless ClearingHouse's
        gate is up; then the request lapses. The wait is what keeps anyone from dodging a loss that all can see coming.
        Only the holder requests; an allowance lets another redeem what the holder has requested.

        Not snekmate's ERC-4626, which values `balanceOf(self)` and cannot be told otherwise: a donation would move the
        price, the credit in ClearingHouse would not. The shares are snekmate's ERC-20 with permit.
        The virtual shares (modules/share_price.vy) make inflation a loss: who raises the price to round a deposit down
        pays at least 1,000 times what that takes from it, by fees; by donation, which is nobody's, nothing moves.
        Assets from before the first deposit stay the virtual shares': deposit before the first fill.

        After a total loss all old shares together are worth less than one unit. Deposits stay open: the virtual unit
        prices them, so the next depositor owns all but 1 / (1 + assets) of the vault and loses nothing to the old ones.
        Shares per unit grow with every such loss, and deposits end where the supply could stop redemptions by
        overflowing, as `maxDeposit` says: five losses of a million tokens of 6 decimals, two of 18, can be made up for.
@custom:security Trusts ClearingHouse, by immutable address, to ask only for shortfalls and to name its credit rightly;
        Governance's owner with the buckets and the gate's floor, never with assets; the token to be a plain ERC-20.
        What arrives is measured. All that moves or prices assets is locked against re-entry, views too, and so is
        `capacity`: else a token that calls back in a redemption could have ClearingHouse see a vault half paid out.
@custom:kill Nothing can be paused. `set_bucket(0, 0)` stops all cover; depositors leave as ever.
"""

from ethereum.ercs import IERC20
from ethereum.ercs import IERC20Detailed
from ethereum.ercs import IERC4626

from snekmate.auth import ownable
from snekmate.tokens import erc20

from contracts.interfaces import IClearingHouse
from contracts.interfaces import IInsuranceVault
from contracts.modules import buckets
from contracts.modules import constants
from contracts.modules import redeem_requests
from contracts.modules import share_price

implements: IERC20
implements: IERC20Detailed
implements: IERC4626
implements: IInsuranceVault

# erc20 asks for it. Neither its owner nor a minter is exported, and neither can do anything.
initializes: ownable
initializes: erc20[ownable := ownable]
initializes: redeem_requests

exports: (
    erc20.totalSupply,
    erc20.balanceOf,
    erc20.approve,
    erc20.allowance,
    erc20.name,
    erc20.symbol,
    erc20.decimals,
    erc20.permit,
    erc20.nonces,
    erc20.DOMAIN_SEPARATOR,
    erc20.eip712Domain,
    redeem_requests.cooldown,
    redeem_requests.redeem_window,
)


interface Owned:
    def owner() -> address: view


# Quote units; ClearingHouse adds a sum of shortfalls to it.
MAX_GATE_FLOOR: constant(uint256) = 2**128

asset: public(immutable(address))
# The computed address: ClearingHouse is deployed later and names this contract in its own code.
clearing_house: public(immutable(address))
governance: public(immutable(address))

# Quote units held for shareholders. Never `balanceOf`. Written by deposits, exits, `cover` and collecting.
collateral_ledger: public(uint256)
# Quote units. Written by `set_gate_floor`, read by ClearingHouse.
gate_floor: public(uint256)
# By market id, 0 for all together (modules/buckets.vy). Written by `set_bucket`, `cover` and `refund`.
_buckets: HashMap[uint256, uint256]


@deploy
def __init__(
    asset_: address,
    clearing_house_: address,
    governance_: address,
    name_: String[25],
    symbol_: String[5],
    cooldown_: uint256,
    redeem_window_: uint256,
):
    """
    @param clearing_house_ Where ClearingHouse will be deployed (the address is computed beforehand).
    @param cooldown_ Seconds, 1 h to 30 d.
    @param redeem_window_ Seconds, 2 h to 30 d.
    """
    assert clearing_house_ != empty(address) and governance_ != empty(address), "vault: zero address"
    ownable.__init__()
    erc20.__init__(name_, symbol_, staticcall IERC20Detailed(asset_).decimals() + share_price.OFFSET, name_, "1")
    redeem_requests.__init__(cooldown_, redeem_window_)
    asset = asset_
    clearing_house = clearing_house_
    governance = governance_


# ---- shareholders


@external
def deposit(assets: uint256, receiver: address) -> uint256:
    """
    @notice Pay `assets` in; `receiver` gets the shares they are worth, rounded down.
    """
    self._check_receiver(receiver)
    supply: uint256 = erc20.totalSupply
    total: uint256 = self._total_assets()
    assert assets <= share_price._deposit_limit(supply, total), "vault: deposit too large"
    shares: uint256 = share_price._shares_down(assets, supply, total)
    assert shares != 0 or assets == 0, "vault: zero shares"
    self._enter(receiver, assets, shares)
    return shares


@external
def mint(shares: uint256, receiver: address) -> uint256:
    """
    @notice Create `shares` for `receiver` and pay what they are worth, rounded up.
    """
    self._check_receiver(receiver)
    supply: uint256 = erc20.totalSupply
    total: uint256 = self._total_assets()
    assert shares <= share_price._mint_limit(supply, total), "vault: deposit too large"
    assets: uint256 = share_price._assets_up(shares, supply, total)
    self._enter(receiver, assets, shares)
    return assets


@external
def request_redeem(shares: uint256):
    """
    @notice Lock `shares` more and start the cooldown of the whole request. A lapsed request counts as none.
    """
    locked: uint256 = redeem_requests._add(msg.sender, shares, erc20.balanceOf[msg.sender])
    claimable_at: uint256 = 0
    lapses_at: uint256 = 0
    claimable_at, lapses_at = redeem_requests._times(msg.sender)
    log IInsuranceVault.RedeemRequested(owner=msg.sender, shares=locked, claimable_at=claimable_at, lapses_at=lapses_at)


@external
def cancel_redeem():
    """
    @notice Give up the request, before or after its cooldown.
    """
    log IInsuranceVault.RedeemCancelled(owner=msg.sender, shares=redeem_requests._cancel(msg.sender))


@external
def withdraw(assets: uint256, receiver: address, owner: address) -> uint256:
    """
    @notice Pay `assets` out for the shares they are worth, rounded up, of what is claimable.
    """
    self._check_receiver(receiver)
    supply: uint256 = erc20.totalSupply
    total: uint256 = self._total_assets()
    assert assets <= share_price._assets_down(self._max_redeem(owner), supply, total), "vault: not redeemable"
    shares: uint256 = share_price._shares_up(assets, supply, total)
    self._exit(receiver, owner, assets, shares)
    return shares


@external
def redeem(shares: uint256, receiver: address, owner: address) -> uint256:
    """
    @notice Burn `shares` of what is claimable for the assets they are worth, rounded down.
    """
    self._check_receiver(receiver)
    assert shares <= self._max_redeem(owner), "vault: not redeemable"
    assets: uint256 = share_price._assets_down(shares, erc20.totalSupply, self._total_assets())
    self._exit(receiver, owner, assets, shares)
    return assets


@external
def transfer(to: address, amount: uint256) -> bool:
    self._transfer(msg.sender, to, amount)
    return True


@external
def transferFrom(owner: address, to: address, amount: uint256) -> bool:
    erc20._spend_allowance(owner, msg.sender, amount)
    self._transfer(owner, to, amount)
    return True


# ---- anyone


@external
def collect() -> uint256:
    """
    @notice Turn the credit in ClearingHouse into tokens here.
    """
    return self._collect()


# ---- ClearingHouse, which is locked meanwhile: nothing here may call it


@external
def cover(market_id: uint256, amount: uint256, from_credit: uint256):
    """
    @notice Pay `amount` of a shortfall: `from_credit` of it ClearingHouse takes off its credit, the rest is sent.
    @dev Any revert undoes all and counts as capacity 0 there.
    """
    self._check_clearing_house(market_id)
    self._take(market_id, amount)
    self._take(0, amount)
    tokens: uint256 = amount - from_credit
    held: uint256 = self.collateral_ledger
    assert tokens <= held, "vault: over capacity"
    log IInsuranceVault.Covered(market_id=market_id, amount=amount, from_credit=from_credit)
    if tokens != 0:
        self.collateral_ledger = held - tokens
        before: uint256 = staticcall IERC20(asset).balanceOf(clearing_house)
        self._send(clearing_house, tokens)
        # ClearingHouse credits accounts with what was sent: INS-2.
        assert staticcall IERC20(asset).balanceOf(clearing_house) == before + tokens, "vault: transfer failed"


@external
def refund(market_id: uint256, amount: uint256):
    """
    @notice Put back into both buckets what was covered and not needed. The money is credit in ClearingHouse already.
    """
    self._check_clearing_house(market_id)
    self._buckets[market_id] = buckets._given_back(self._buckets[market_id], amount, block.timestamp)
    self._buckets[0] = buckets._given_back(self._buckets[0], amount, block.timestamp)
    log IInsuranceVault.Refunded(market_id=market_id, amount=amount)


# ---- owner


@external
def set_bucket(market_id: uint256, cap: uint256):
    """
    @notice What may be paid for a market (0: for all together) and refills in 24 h, quote units. Without a cap a market
            is not covered. The first cap starts full, a later one with what was in the bucket.
    """
    self._check_owner()
    assert market_id <= constants.MAX_MARKETS, "vault: bad market"
    assert cap <= buckets.MAX_CAP, "vault: bucket too large"
    word: uint256 = self._buckets[market_id]
    self._buckets[market_id] = buckets._with_cap(word, cap, block.timestamp)
    log IInsuranceVault.BucketSet(market_id=market_id, old_cap=buckets._cap(word), new_cap=cap)


@external
def set_gate_floor(amount: uint256):
    """
    @notice Quote units by which a shortfall must exceed what the vault can pay before ClearingHouse's gate goes up.
    """
    self._check_owner()
    assert amount <= MAX_GATE_FLOOR, "vault: gate floor too large"
    log IInsuranceVault.GateFloorSet(old_floor=self.gate_floor, new_floor=amount)
    self.gate_floor = amount


# ---- views: they revert while the vault is locked, or ClearingHouse is, whose credit they count


@external
@view
def totalAssets() -> uint256:
    return self._total_assets()


@external
@view
def convertToShares(assets: uint256) -> uint256:
    return share_price._shares_down(assets, erc20.totalSupply, self._total_assets())


@external
@view
def convertToAssets(shares: uint256) -> uint256:
    return share_price._assets_down(shares, erc20.totalSupply, self._total_assets())


@external
@view
def previewDeposit(assets: uint256) -> uint256:
    return share_price._shares_down(assets, erc20.totalSupply, self._total_assets())


@external
@view
def previewMint(shares: uint256) -> uint256:
    return share_price._assets_up(shares, erc20.totalSupply, self._total_assets())


@external
@view
def previewWithdraw(assets: uint256) -> uint256:
    return share_price._shares_up(assets, erc20.totalSupply, self._total_assets())


@external
@view
def previewRedeem(shares: uint256) -> uint256:
    return share_price._assets_down(shares, erc20.totalSupply, self._total_assets())


@external
@view
def maxDeposit(receiver: address) -> uint256:
    if not self._is_receiver(receiver):
        return 0
    return share_price._deposit_limit(erc20.totalSupply, self._total_assets())


@external
@view
def maxMint(receiver: address) -> uint256:
    if not self._is_receiver(receiver):
        return 0
    return share_price._mint_limit(erc20.totalSupply, self._total_assets())


@external
@view
def maxWithdraw(owner: address) -> uint256:
    return share_price._assets_down(self._max_redeem(owner), erc20.totalSupply, self._total_assets())


@external
@view
def maxRedeem(owner: address) -> uint256:
    """
    @notice The request's shares inside its window; 0 outside, and while ClearingHouse's gate is up.
    """
    return self._max_redeem(owner)


@external
@view
def redeem_request(owner: address) -> IInsuranceVault.RedeemRequest:
    request: IInsuranceVault.RedeemRequest = empty(IInsuranceVault.RedeemRequest)
    request.shares = redeem_requests._locked(owner)
    if request.shares != 0:
        request.claimable_at, request.lapses_at = redeem_requests._times(owner)
    return request


@external
@view
def capacity(market_id: uint256, credit: uint256) -> uint256:
    """
    @notice What `cover` would pay for a market, given the vault's credit: ClearingHouse asks while it is locked itself.
            Market 0: for any, by the global bucket alone.
    """
    limit: uint256 = min(self._available(market_id), self._available(0))
    return min(self.collateral_ledger + credit, limit)


@external
@view
def bucket(market_id: uint256) -> (uint256, uint256):
    return buckets._cap(self._buckets[market_id]), self._available(market_id)


# ---- internal


@internal
@view
def _total_assets() -> uint256:
    return self.collateral_ledger + staticcall IClearingHouse(clearing_house).vault_credit()


@internal
@view
def _max_redeem(owner: address) -> uint256:
    if staticcall IClearingHouse(clearing_house).gate_until() != 0:
        return 0
    return redeem_requests._claimable(owner)


@internal
@view
def _available(market_id: uint256) -> uint256:
    return buckets._available(self._buckets[market_id], block.timestamp)


@internal
@view
def _is_receiver(receiver: address) -> bool:
    return receiver != empty(address) and receiver != self


@internal
@view
def _check_receiver(receiver: address):
    assert self._is_receiver(receiver), "vault: bad receiver"


@internal
@view
def _check_clearing_house(market_id: uint256):
    assert msg.sender == clearing_house, "vault: not the clearing house"
    # The global bucket goes with every market and is none of its own.
    assert market_id != 0 and market_id <= constants.MAX_MARKETS, "vault: bad market"


@internal
@view
def _check_owner():
    assert msg.sender == staticcall Owned(governance).owner(), "vault: not the owner"


@internal
def _take(market_id: uint256, amount: uint256):
    word: uint256 = self._buckets[market_id]
    assert amount <= buckets._available(word, block.timestamp), "vault: over capacity"
    self._buckets[market_id] = buckets._taken(word, amount, block.timestamp)


@internal
def _transfer(owner: address, to: address, amount: uint256):
    locked: uint256 = redeem_requests._locked(owner)
    # A request never exceeds the balance. Without one, erc20 says whether the balance is enough.
    assert locked == 0 or amount <= erc20.balanceOf[owner] - locked, "vault: shares are locked"
    erc20._transfer(owner, to, amount)


@internal
def _enter(receiver: address, assets: uint256, shares: uint256):
    """
    @notice Pull `assets` from the caller, measure them and create `shares`.
    """
    before: uint256 = staticcall IERC20(asset).balanceOf(self)
    assert extcall IERC20(asset).transferFrom(
        msg.sender, self, assets, default_return_value=True
    ), "vault: transfer failed"
    assert staticcall IERC20(asset).balanceOf(self) == before + assets, "vault: fee on transfer"
    self.collateral_ledger += assets
    erc20._mint(receiver, shares)
    log IERC4626.Deposit(sender=msg.sender, owner=receiver, assets=assets, shares=shares)


@internal
def _exit(receiver: address, owner: address, assets: uint256, shares: uint256):
    """
    @notice Burn `shares` of the owner's request and send `assets`.
    """
    if msg.sender != owner:
        erc20._spend_allowance(owner, msg.sender, shares)
    redeem_requests._spend(owner, shares)
    erc20._burn(owner, shares)
    if assets > self.collateral_ledger:
        self._collect()
    self.collateral_ledger -= assets
    log IERC4626.Withdraw(sender=msg.sender, receiver=receiver, owner=owner, assets=assets, shares=shares)
    if assets != 0:
        self._send(receiver, assets)


@internal
def _collect() -> uint256:
    before: uint256 = staticcall IERC20(asset).balanceOf(self)
    amount: uint256 = extcall IClearingHouse(clearing_house).collect_vault_credit()
    assert staticcall IERC20(asset).balanceOf(self) == before + amount, "vault: transfer failed"
    held: uint256 = self.collateral_ledger + amount
    self.collateral_ledger = held
    log IInsuranceVault.CreditCollected(amount=amount, collateral_ledger=held)
    return amount


@internal
def _send(receiver: address, amount: uint256):
    assert extcall IERC20(asset).transfer(receiver, amount, default_return_value=True), "vault: transfer failed"
