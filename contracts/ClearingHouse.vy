# pragma version 0.4.3
# pragma optimize codesize
# pragma nonreentrancy on
"""
@title ClearingHouse
@license MIT
@notice Holds every trader's collateral, position and place in the deleveraging queue.
@dev Money is in quote units, sizes, prices and leverage x return are WAD. See contracts/README.md for the arithmetic.
@custom:security Trusts, by immutable address: Exchange for having verified the orders it settles, Governance for
        having validated the parameters it writes, OracleRouter for prices, and the collateral token to be a plain
        ERC-20. Trusts no trader, filler, liquidator or keeper.
@custom:kill Nobody can pause deposits, reductions or withdrawals. The guardian can make markets reduce-only. A bankruptcy
        that the vault cannot meet stops withdrawals for an hour at most (modules/flags.vy).
"""

from ethereum.ercs import IERC20

from contracts.interfaces import IClearingHouse
from contracts.interfaces import IOracleRouter
from contracts.interfaces import IWaterfall
from contracts.modules import constants
from contracts.modules import errors
from contracts.modules import fills
from contracts.modules import flags
from contracts.modules import ledger
from contracts.modules import margin
from contracts.modules import market_words
from contracts.modules import markets
from contracts.modules import queue
from contracts.modules import settlement

implements: IWaterfall

# The order of these four is the storage layout that Waterfall.vy shares.
initializes: ledger
initializes: markets
initializes: queue
initializes: flags[ledger := ledger]
initializes: margin[ledger := ledger, markets := markets, queue := queue]
initializes: fills[ledger := ledger, margin := margin, markets := markets, queue := queue]
initializes: settlement[fills := fills, ledger := ledger, margin := margin, markets := markets, queue := queue]

exports: (settlement.settle, settlement.settle_batch)

# `PositionChanged.reason`
LEVERAGE_SET: constant(uint256) = 2

# The waterfall's events come from this address, so they are declared here too, for this contract's ABI. What the fields
# mean is said in IWaterfall.vyi.


event Liquidated:
    account_id: indexed(uint256)
    market_id: indexed(uint256)
    liquidator_account_id: indexed(uint256)
    size: int256
    price: uint256
    penalty: uint256
    reward: uint256
    insurance_paid: uint256


event Flagged:
    account_id: indexed(uint256)
    flagged_at: uint256
    shortfall: uint256


event FlagCleared:
    account_id: indexed(uint256)


event GateRaised:
    account_id: indexed(uint256)
    until: uint256


event DeleveragingStarted:
    account_id: indexed(uint256)
    market_id: indexed(uint256)
    size: int256
    equity: int256
    shortfall: uint256
    insurance: uint256
    verified: bool


event Deleveraged:
    account_id: indexed(uint256)
    market_id: indexed(uint256)
    counterparty: indexed(uint256)
    rank: uint256
    roe: int256
    size: int256
    price: uint256
    haircut: uint256
    left: int256
    cash: int256


event PassedOver:
    account_id: indexed(uint256)
    market_id: indexed(uint256)
    counterparty: indexed(uint256)
    rank: uint256
    equity: int256


event DeleveragingEnded:
    account_id: indexed(uint256)
    market_id: indexed(uint256)
    closed: uint256
    left: uint256
    shortfall: uint256
    insurance_paid: uint256
    haircut: uint256


event Relinked:
    account_id: indexed(uint256)
    market_id: indexed(uint256)


GOVERNANCE: immutable(address)
VAULT: immutable(address)
WATERFALL: immutable(address)


@deploy
def __init__(
    token: IERC20, router: IOracleRouter, exchange: address, governance: address, vault: address, waterfall: address
):
    """
    @param exchange Names this contract and is named by it, as are `governance` and `vault`: they were deployed with
           the address that this contract was going to have.
    @param waterfall Code that is delegate-called: whoever deploys checks that it is Waterfall.vy with the same token,
           router and vault.
    """
    ledger.__init__(token)
    markets.__init__(router)
    settlement.__init__(exchange)
    GOVERNANCE = governance
    VAULT = vault
    WATERFALL = waterfall


# ------------------------------------------------------------------ traders


@external
def open_account() -> uint256:
    """
    @notice Open a margin account owned by the caller. An address may own many: a separate account isolates margin.
    """
    account_id: uint256 = ledger._open(msg.sender)
    log IClearingHouse.AccountOpened(account_id=account_id, owner=msg.sender)
    return account_id


@external
def deposit(account_id: uint256, amount: uint256):
    """
    @notice Move `amount` quote units of the caller's collateral into an account, anyone's. Needs no price.
    @dev Reverts "deposit: fee on transfer" unless exactly `amount` arrives.
    """
    ledger._owner(account_id)
    cash: int256 = ledger._receive(account_id, msg.sender, amount)
    log IClearingHouse.Deposited(account_id=account_id, sender=msg.sender, amount=amount, cash=cash)


@external
def withdraw(account_id: uint256, amount: uint256, receiver: address):
    """
    @notice Pay `amount` quote units out of an account, at most what is withdrawable. Its owner only.
    """
    errors._require(ledger._owner(account_id) == msg.sender, "account: not the owner")
    errors._require(flags._gate_until() == 0, "withdraw: gated")
    word: uint256 = ledger.words[account_id]
    legs: margin.Legs = self._priced_legs(account_id, word)
    cash: int256 = ledger._cash(word)
    errors._require(amount <= margin._withdrawable(cash, legs), "withdraw: too much")
    cash = unsafe_sub(cash, convert(amount, int256))
    # A bankrupt account may withdraw 0; it stays flagged.
    if unsafe_add(cash, legs.value) >= 0:
        word = flags._without_flag(word)
    ledger.words[account_id] = ledger._with_cash(word, cash)
    log IClearingHouse.Withdrawn(account_id=account_id, receiver=receiver, amount=amount, cash=cash)
    ledger._pay(receiver, amount)


@external
def set_delegate(account_id: uint256, delegate: address, expires_at: uint256):
    """
    @notice Let `delegate` trade, cancel, liquidate and set leverage for an account until `expires_at`, a Unix
            second, inclusive; 0 revokes. Never withdraw. Its owner only.
    """
    errors._require(ledger._owner(account_id) == msg.sender, "account: not the owner")
    errors._require(delegate != empty(address), "delegate: zero address")
    ledger.delegates[account_id][delegate] = expires_at
    log IClearingHouse.DelegateSet(account_id=account_id, delegate=delegate, expires_at=expires_at)


@external
def set_leverage(account_id: uint256, market_id: uint256, leverage: uint256, hint: uint256):
    """
    @notice Move a position to another leverage tier, and so to another place in the queue. Owner or live delegate.
    @dev Lowering counts no unrealised profit: a lower rank must be paid for with margin, not with the profit that
         is being ranked. Relinks a parked position, if the account has equity.
    @param hint Where the position will stand, see `find_hint`.
    """
    errors._require(ledger._is_authorized(account_id, msg.sender), "account: not authorized")
    word: uint256 = queue.slots[queue._key(market_id, account_id)]
    size: int256 = queue._size(word)
    errors._require(size != 0, "position: none")
    market: markets.Market = markets._touch(market_id)
    tier: uint256 = constants._tier_of(leverage)
    errors._require(tier <= market_words._max_tier(market.params), "market: bad leverage")
    account: uint256 = ledger.words[account_id]
    legs: margin.Legs = self._priced_legs(account_id, account)
    old_tier: uint256 = queue._tier(word)
    equity: int256 = unsafe_add(ledger._cash(account), legs.value)
    errors._require(equity > 0 or not queue._is_parked(word), "relink: no equity")
    if tier != old_tier:
        if tier < old_tier:
            equity = unsafe_sub(equity, convert(legs.profit, int256))
        initial: uint256 = unsafe_add(
            unsafe_sub(legs.initial, margin._initial(size, old_tier, market)), margin._initial(size, tier, market)
        )
        errors._require(equity >= convert(initial, int256), "margin: insufficient")

    queue._replace(market_id, account_id, size, queue._entry(word), tier, hint)
    log IClearingHouse.PositionChanged(
        account_id=account_id,
        market_id=market_id,
        size=size,
        entry_price=queue._entry(word),
        leverage=leverage,
        cash=ledger._cash(account),
        price=market.mark,
        reason=LEVERAGE_SET,
    )


# ------------------------------------------------------------------ anyone


@external
def accrue_funding(market_id: uint256):
    """
    @notice Store a market's funding index as of now. Needs its mark price; without one nothing changes.
    """
    markets._store(market_id, markets._touch(market_id))


# The waterfall: see IWaterfall.vyi. Code that does not fit here, run over this contract's storage.


@external
def liquidate(
    account_id: uint256,
    market_id: uint256,
    size: uint256,
    liquidator_account_id: uint256,
    leverage: uint256,
    hint: uint256,
) -> uint256:
    """
    @notice Take over what brings a thin account back to its target. Owner or live delegate of the liquidator's.
    """
    return self._run_waterfall()


@external
def flag_bankrupt(account_id: uint256):
    """
    @notice Record that an account's equity is negative, or clear the flag.
    """
    self._run_waterfall()


@external
def deleverage(account_id: uint256, market_id: uint256, ranked: DynArray[uint256, 256]) -> uint256:
    """
    @notice Close a bankrupt position against the top-ranked accounts listed.
    """
    return self._run_waterfall()


@external
def deleverage_next(account_id: uint256, market_id: uint256, max_count: uint256) -> uint256:
    """
    @notice Close a bankrupt position against whoever is at the top of the queue.
    """
    return self._run_waterfall()


@external
def relink(account_id: uint256, market_id: uint256, hint: uint256):
    """
    @notice Put a parked position back in the queue.
    """
    self._run_waterfall()


# ------------------------------------------------------------------ InsuranceVault


@external
def collect_vault_credit() -> uint256:
    """
    @notice Pay the vault's credit out to it. The vault only.
    @return Quote units paid.
    """
    errors._require(msg.sender == VAULT, "vault: not the vault")
    amount: uint256 = ledger._vault_credit()
    ledger.credits = unsafe_sub(ledger.credits, amount)
    log IClearingHouse.VaultCreditCollected(amount=amount)
    ledger._pay(VAULT, amount)
    return amount


# ------------------------------------------------------------------ Exchange


@external
def raise_epoch(account_id: uint256, sender: address):
    """
    @notice Cancel all of an account's orders for `sender`, its owner or live delegate. Exchange only.
    """
    errors._require(msg.sender == settlement.EXCHANGE, "settle: not the exchange")
    errors._require(ledger._is_authorized(account_id, sender), "account: not authorized")
    word: uint256 = ledger.words[account_id]
    epoch: uint256 = ledger._epoch(word) + 1
    errors._require(epoch <= ledger.MASK_24, "account: no epochs left")
    ledger.words[account_id] = word + ledger.EPOCH_ONE
    log IClearingHouse.EpochRaised(account_id=account_id, epoch=epoch)


# ------------------------------------------------------------------ Governance


@external
def write_market(market_id: uint256, params: uint256, liquidation: uint256):
    """
    @notice Write a market's validated parameter words, modules/market_words.vy. Governance only.
    @dev Funding accrues under the old parameters first, where there is a price to accrue at.
    """
    errors._require(msg.sender == GOVERNANCE, "market: not governance")
    if market_words._is_listed(markets.params[market_id]):
        market: markets.Market = markets._accrued(
            markets._load(market_id), extcall markets.ROUTER.refresh(market_id)
        )
        if market.mark != 0:
            markets._store(market_id, market)
    else:
        markets.states[market_id] = block.timestamp << markets.TOUCHED_SHIFT
    markets.params[market_id] = params
    markets.liquidation[market_id] = liquidation
    log IClearingHouse.MarketWritten(market_id=market_id, params=params, liquidation=liquidation)


@external
def set_vault_fee_share(share_ppm: uint256):
    """
    @notice Set the vault's share of trading fees from now on, ppm. Governance only.
    """
    errors._require(msg.sender == GOVERNANCE, "market: not governance")
    errors._require(share_ppm <= constants.PPM, "vault: share above 100 %")
    old_share: uint256 = ledger.credits >> ledger.SHARE_SHIFT
    ledger.credits = (ledger.credits & ledger.CREDITS_FIELD) | (share_ppm << ledger.SHARE_SHIFT)
    log IClearingHouse.VaultFeeShareSet(old_share=old_share, new_share=share_ppm)


@external
def collect_treasury(receiver: address):
    """
    @notice Pay the treasury's credit out. Governance only.
    """
    errors._require(msg.sender == GOVERNANCE, "market: not governance")
    amount: uint256 = ledger._treasury_credit()
    ledger.credits = unsafe_sub(ledger.credits, amount << ledger.TREASURY_SHIFT)
    log IClearingHouse.TreasuryCollected(receiver=receiver, amount=amount)
    ledger._pay(receiver, amount)


# ------------------------------------------------------------------ views


@external
@view
def is_authorized(account_id: uint256, signer: address) -> bool:
    """
    @notice Whether `signer` is the account's owner or a live delegate.
    """
    return ledger._is_authorized(account_id, signer)


@external
@view
def account_values(account_id: uint256) -> IClearingHouse.AccountValues:
    """
    @notice Equity, requirements and withdrawable amount now, quote units. Every open market must have a price.
    """
    word: uint256 = ledger.words[account_id]
    legs: margin.Legs = self._peeked_legs(account_id, word)
    errors._require(not legs.unpriced, "margin: unpriced leg")
    cash: int256 = ledger._cash(word)
    return IClearingHouse.AccountValues(
        equity=unsafe_add(cash, legs.value),
        initial_requirement=legs.initial,
        maintenance_requirement=legs.maintenance,
        withdrawable=margin._withdrawable(cash, legs),
    )


@external
@view
def is_liquidatable(account_id: uint256) -> bool:
    """
    @notice Whether equity is below the maintenance requirement, unpriced legs counted in the account's favour.
    """
    return self._headroom(account_id, True) < 0


@external
@view
def is_bankrupt(account_id: uint256) -> bool:
    """
    @notice Whether equity is negative, unpriced legs counted in the account's favour.
    """
    return self._headroom(account_id, False) < 0


@external
@view
def is_parked(account_id: uint256, market_id: uint256) -> bool:
    """
    @notice Whether a position was passed over by deleveraging and stands in no list until it is relinked.
    """
    return queue._is_parked(self._position_word(market_id, account_id))


@external
@view
def open_interest(market_id: uint256) -> uint256:
    """
    @notice Sum of longs, which is the sum of shorts; base.
    """
    return markets._load(market_id).open_interest


@external
@view
def position_count(market_id: uint256, is_long: bool) -> uint256:
    """
    @notice Open positions of a side, linked and parked.
    """
    return queue._position_count(market_id, is_long)


@external
@view
def mark_price(market_id: uint256) -> uint256:
    """
    @notice The accepted oracle price, WAD. Reverts "oracle: no valid price" while there is none.
    """
    return markets._mark(market_id)


@external
@view
def funding_index(market_id: uint256) -> int256:
    """
    @notice What one unit of long has paid since listing, signed WAD price; accrued to now if there is a mark.
    """
    return self._accrued_market(market_id).index


@external
@view
def market_state(market_id: uint256) -> markets.Market:
    """
    @notice Parameter word, index, open interest, premium (1e-11) and time of the last touch; accrued to now if
            there is a mark.
    """
    return self._accrued_market(market_id)


@external
@view
def total_cash() -> int256:
    """
    @notice Sum of all accounts' cash.
    """
    return ledger._total_cash()


@external
@view
def vault_credit() -> uint256:
    return ledger._vault_credit()


@external
@view
def treasury_credit() -> uint256:
    return ledger._treasury_credit()


@external
@view
def collateral_ledger() -> uint256:
    """
    @notice Quote units owed to accounts, vault and treasury together.
    """
    return ledger.collateral


@external
@view
def account_count() -> uint256:
    return ledger.account_count


@external
@view
def owner_of(account_id: uint256) -> address:
    return ledger.owners[account_id]


@external
@view
def delegate_expiry(account_id: uint256, delegate: address) -> uint256:
    """
    @notice Last Unix second of a delegate's authority; 0: none.
    """
    return ledger.delegates[account_id][delegate]


@external
@view
def gate_until() -> uint256:
    """
    @notice Until when a bankruptcy that the vault cannot meet stops withdrawals, Unix seconds; 0: it does not.
    """
    return flags._gate_until()


@external
@view
def vault() -> address:
    return VAULT


@external
@view
def waterfall() -> address:
    return WATERFALL


@external
@view
def collateral() -> IERC20:
    return ledger.COLLATERAL


@external
@view
def router() -> IOracleRouter:
    return markets.ROUTER


# Raw words, for Lens and for whoever audits storage.


@external
@view
def account_word(account_id: uint256) -> uint256:
    return ledger.words[account_id]


@external
@view
def position_slot(market_id: uint256, account_id: uint256) -> uint256:
    return self._position_word(market_id, account_id)


@external
@view
def position_chain(market_id: uint256, account_id: uint256, count: uint256) -> DynArray[uint256, 256]:
    """
    @notice Position words from one node on, down its list: a list costs Lens one call per 256 nodes.
    """
    words: DynArray[uint256, 256] = []
    node: uint256 = account_id
    for _: uint256 in range(256):
        if node == 0 or len(words) == count:
            break
        word: uint256 = queue.slots[queue._key(market_id, node)]
        words.append(word)
        node = (word >> queue.NEXT_SHIFT) & queue.MASK_32
    return words


@external
@view
def heads_slot(market_id: uint256, is_long: bool) -> uint256:
    return queue.heads[queue._heads_key(market_id, is_long)]


@external
@view
def params_word(market_id: uint256) -> uint256:
    return markets.params[market_id]


@external
@view
def liquidation_word(market_id: uint256) -> uint256:
    return markets.liquidation[market_id]


# ------------------------------------------------------------------ internal


@internal
def _run_waterfall() -> uint256:
    """
    @notice Forward the call as it came to Waterfall.vy, over this contract's storage and under its lock.
    """
    answer: Bytes[32] = raw_call(WATERFALL, msg.data, max_outsize=32, is_delegate_call=True)
    return 0 if len(answer) == 0 else convert(answer, uint256)


@internal
def _priced_legs(account_id: uint256, word: uint256) -> margin.Legs:
    """
    @notice An account's legs at fresh prices. Reverts "margin: unpriced leg" if one has none.
    """
    open_markets: uint256 = ledger._markets(word)
    legs: margin.Legs = margin._legs(account_id, open_markets, markets._refresh(open_markets))
    errors._require(not legs.unpriced, "margin: unpriced leg")
    return legs


@internal
@view
def _peeked_legs(account_id: uint256, word: uint256) -> margin.Legs:
    """
    @notice An account's legs at the prices as they stand, for views.
    """
    open_markets: uint256 = ledger._markets(word)
    return margin._legs(account_id, open_markets, markets._peek(open_markets))


@internal
@view
def _position_word(market_id: uint256, account_id: uint256) -> uint256:
    """
    @notice A position's word for any ids a caller may think of: larger ones would alias other keys.
    """
    if market_id > constants.MAX_MARKETS or account_id > constants.MAX_ACCOUNT_ID:
        return 0
    return queue.slots[queue._key(market_id, account_id)]


@internal
@view
def _accrued_market(market_id: uint256) -> markets.Market:
    return markets._accrued(markets._load(market_id), staticcall markets.ROUTER.peek(market_id))


@internal
@view
def _headroom(account_id: uint256, above_maintenance: bool) -> int256:
    """
    @notice Equity, less maintenance if asked for, with unpriced legs counted in the account's favour.
    """
    word: uint256 = ledger.words[account_id]
    legs: margin.Legs = self._peeked_legs(account_id, word)
    headroom: int256 = margin._favoured_equity(ledger._cash(word), legs)
    if above_maintenance:
        headroom = unsafe_sub(headroom, convert(legs.maintenance, int256))
    return headroom
