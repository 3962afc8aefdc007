"""The insurance vault: depositors' shares, their way out, and what it may pay for whom.

`credit` is what the ClearingHouse owes it: the vault's assets are its own ledger and that.
"""

from dataclasses import dataclass, field, replace

from tests.helpers.model.arithmetic import ceil_div, floor_div
from tests.helpers.model.buckets import MAX_CAP, Bucket
from tests.helpers.model.errors import require

# Against inflation: as if somebody had put 1 unit in for 1,000 shares.
VIRTUAL_SHARES = 1_000
VIRTUAL_ASSETS = 1
# The bucket of all markets together.
ALL_MARKETS = 0
MAX_MARKET = 64
# Deposits end before money or shares could overflow, ever so far from it.
MAX_ASSETS = 2**112
MAX_SUPPLY = 2**255
TOO_LARGE = "vault: deposit too large"
TRANSFER_FAILED = "vault: transfer failed"
NOT_REDEEMABLE = "vault: not redeemable"


@dataclass(frozen=True)
class Request:
    """Shares on their way out; `since` the last of them was added."""

    shares: int
    since: int


@dataclass
class Vault:
    """The storage of InsuranceVault; `token_works`: whether its collateral can be moved at all."""

    cooldown: int = 86_400
    redeem_window: int = 2 * 86_400
    ledger: int = 0
    shares: dict[str, int] = field(default_factory=dict)
    requests: dict[str, Request] = field(default_factory=dict)
    buckets: dict[int, Bucket] = field(default_factory=dict)
    gate_floor: int = 0
    token_works: bool = True

    def copy(self) -> "Vault":
        return replace(
            self, shares=dict(self.shares), requests=dict(self.requests), buckets=dict(self.buckets)
        )

    # Worth

    @property
    def total_supply(self) -> int:
        return sum(self.shares.values())

    def total_assets(self, credit: int) -> int:
        return self.ledger + credit

    def shares_down(self, assets: int, credit: int) -> int:
        return floor_div(assets * self._all_shares, self._all_assets(credit))

    def shares_up(self, assets: int, credit: int) -> int:
        return ceil_div(assets * self._all_shares, self._all_assets(credit))

    def assets_down(self, shares: int, credit: int) -> int:
        return floor_div(shares * self._all_assets(credit), self._all_shares)

    def assets_up(self, shares: int, credit: int) -> int:
        return ceil_div(shares * self._all_assets(credit), self._all_shares)

    def max_deposit(self, credit: int) -> int:
        """The most that leaves assets and supply within their limits."""
        room = MAX_ASSETS - min(self.total_assets(credit), MAX_ASSETS)
        by_supply = floor_div((MAX_SUPPLY - self.total_supply) * self._all_assets(credit), self._all_shares)
        return min(room, by_supply)

    def max_mint(self, credit: int) -> int:
        return self.shares_down(self.max_deposit(credit), credit)

    @property
    def _all_shares(self) -> int:
        return self.total_supply + VIRTUAL_SHARES

    def _all_assets(self, credit: int) -> int:
        return self.total_assets(credit) + VIRTUAL_ASSETS

    # In and out

    def take_in(self, owner: str, assets: int, shares: int) -> None:
        require(shares > 0 or assets == 0, "vault: zero shares")
        require(self.token_works, TRANSFER_FAILED)
        self.ledger += assets
        self.shares[owner] = self.shares.get(owner, 0) + shares

    def locked(self, owner: str, now: int) -> int:
        """Shares that cannot be transferred: those of a request that has not lapsed."""
        request = self.requests.get(owner)
        if request is None or now > request.since + self.cooldown + self.redeem_window:
            return 0
        return request.shares

    def claimable(self, owner: str, now: int) -> int:
        request = self.requests.get(owner)
        if request is None or now < request.since + self.cooldown:
            return 0
        return self.locked(owner, now)

    def request(self, owner: str, shares: int, now: int) -> None:
        """The cooldown of the whole request starts again."""
        require(shares > 0, "vault: zero shares")
        total = self.locked(owner, now) + shares
        require(total <= self.shares.get(owner, 0), "vault: not enough shares")
        self.requests[owner] = Request(total, now)

    def cancel(self, owner: str, now: int) -> None:
        require(self.locked(owner, now) > 0, "vault: no request")
        del self.requests[owner]

    def burn(self, owner: str, shares: int) -> None:
        """Of the claimable ones."""
        if shares > 0:
            request = self.requests[owner]
            self.requests[owner] = replace(request, shares=request.shares - shares)
            self.shares[owner] -= shares

    def move(self, sender: str, receiver: str, shares: int, now: int) -> None:
        """Transfer shares that are not on their way out."""
        free = self.shares.get(sender, 0) - self.locked(sender, now)
        require(shares <= free, "vault: shares are locked")
        self.shares[sender] = self.shares.get(sender, 0) - shares
        self.shares[receiver] = self.shares.get(receiver, 0) + shares

    # Insurance

    def set_bucket(self, market_id: int, cap: int, now: int) -> None:
        """The first cap ever starts full."""
        require(0 <= market_id <= MAX_MARKET, "vault: bad market")
        require(cap <= MAX_CAP, "vault: bucket too large")
        old = self.buckets.get(market_id)
        if old is None and cap == 0:
            return
        self.buckets[market_id] = Bucket.full(cap, now) if old is None else old.resized(cap, now)

    def available(self, market_id: int, now: int) -> int:
        """Nothing is covered where no bucket was set."""
        bucket = self.buckets.get(market_id)
        return 0 if bucket is None else bucket.available(now)

    def capacity(self, market_id: int, credit: int, now: int) -> int:
        buckets = min(self.available(market_id, now), self.available(ALL_MARKETS, now))
        return min(self.total_assets(credit), buckets)

    def cover(self, market_id: int, amount: int, from_credit: int, now: int) -> None:
        """Take `amount` out of both buckets and send what credit does not pay."""
        for each in (market_id, ALL_MARKETS):
            require(each in self.buckets, "vault: over capacity")
            self.buckets[each] = self.buckets[each].taken(amount, now)
        sent = amount - from_credit
        require(sent == 0 or self.token_works, TRANSFER_FAILED)
        self.ledger -= sent

    def refund(self, market_id: int, amount: int, now: int) -> None:
        """Give back to both buckets; what was sent stays with the ClearingHouse, as credit."""
        for each in (market_id, ALL_MARKETS):
            self.buckets[each] = self.buckets[each].returned(amount, now)
