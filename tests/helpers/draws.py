"""Accounts, sizes, prices and hints, drawn with the state of the model in view."""

from random import Random

from tests.helpers.chain.driver import NOBODY, Chain
from tests.helpers.model.accounts import Position
from tests.helpers.model.arithmetic import MAX_PRICE, MAX_SIZE, PPM, ceil_div
from tests.helpers.model.margin import unpriced_markets
from tests.helpers.model.protocol import Protocol
from tests.helpers.model.queue import HINTS, pack_hint
from tests.helpers.strategies import chance, leverage, log_uniform, near


class Draws:
    """For one model on one chain."""

    def __init__(self, rng: Random, chain: Chain, model: Protocol) -> None:
        self.rng = rng
        self.chain = chain
        self.model = model
        # The only accounts that act, if any are named.
        self.insiders: list[int] = []

    # -- who and where

    def account(self) -> int:
        """Mostly one that exists."""
        if self.insiders:
            return self.rng.choice(self.insiders)
        count = self.model.account_count()
        if count == 0 or chance(self.rng, 1):
            return self.rng.choice((0, count + 1, 2**32, 2**32 + 1, 2**256 - 1))
        account_id = self.rng.randint(1, count)
        if not self.model.state.accounts[account_id].cash and chance(self.rng, 70):
            return self.rng.randint(1, count)
        return account_id

    def market(self) -> int:
        if chance(self.rng, 1):
            return self.rng.choice((0, len(self.model.state.markets) + 1, 65, 256, 2**256 - 1))
        return self.rng.choice(list(self.model.state.markets))

    def anybody(self) -> str:
        return self.rng.choice((*self.chain.traders, *self.chain.wallets, self.chain.stranger))

    def authority(self, account_id: int, strangers: int = 3) -> str:
        """The owner, or a delegate past or present; at times (per cent) somebody else."""
        account = self.model.state.accounts.get(account_id)
        if account is None or chance(self.rng, strangers):
            return self.anybody()
        known = account.delegates.items()
        live = [who for who, until in known if until >= self.chain.now and who not in self.chain.wallets]
        return self.rng.choice([account.owner, account.owner, *live])

    def signer(self, account_id: int) -> str:
        """Who signs for `authority`: a wallet's orders are signed by its holder."""
        if chance(self.rng, 1):
            return NOBODY
        authority = self.authority(account_id, 1)
        return self.chain.wallets.get(authority, authority)

    def free(self, account_id: int) -> int:
        """Equity above the initial requirement; 0 when that is not known."""
        account = self.model.state.accounts.get(account_id)
        if account is None or unpriced_markets(account, self.model.mark):
            return 0
        values = self.model.account_values(account_id)
        return max(values.equity - values.initial_requirement, 0)

    def withdrawable(self, account_id: int) -> int:
        account = self.model.state.accounts.get(account_id)
        if account is None or unpriced_markets(account, self.model.mark):
            return 0
        return self.model.account_values(account_id).withdrawable

    def tier(self, account_id: int, market_id: int) -> int:
        """What the position has, mostly."""
        position = self.position(account_id, market_id)
        if position is not None and chance(self.rng, 70):
            return position.leverage
        return leverage(self.rng, self.highest(market_id))

    def highest(self, market_id: int) -> int:
        market = self.model.state.markets.get(market_id)
        return 100 if market is None else market.params.max_leverage

    # -- numbers

    def size(self, market_id: int, account_ids: list[int], tiers: list[int], price: int) -> int:
        """What the positions are, what the margins allow, what the minimum is; give or take one."""
        rng = self.rng
        market = self.model.state.markets.get(market_id)
        if market is None or chance(rng, 2):
            return rng.choice((0, 1, MAX_SIZE, MAX_SIZE + 1, 2**128, 2**255 - 1))
        held = [self.position(i, market_id) for i in account_ids]
        sizes = [abs(p.size) for p in held if p is not None]
        mark = max(self.model.mark(market_id).price, 1)
        least = ceil_div(market.params.min_notional * market.scale, mark)
        # What the poorest has margin for, were it to open a position.
        tier = min([100, market.params.max_leverage, *(t for t in tiers if t > 0)])
        free = min(self.free(i) for i in account_ids)
        many = 1_000 * least
        cost = market.initial(many, max(mark, min(price, MAX_PRICE)), tier)
        most = min(free * many // max(cost, 1), MAX_SIZE // rng.choice((1, 4, 64, 1_024)))
        if sizes and chance(rng, 50):
            whole = rng.choice(sizes)
            if len(sizes) < len(account_ids) and chance(rng, 80):
                whole = max(min(whole, most), 1)
            return rng.choice(
                (
                    near(rng, whole),
                    whole,
                    whole,
                    whole,
                    whole // 2,
                    log_uniform(rng, 1, whole),
                    whole * 3 // 2,
                )
            )
        if chance(rng, 8):
            return near(rng, least)
        if chance(rng, 4):
            return max(near(rng, market.params.open_interest_cap - market.open_interest), 0)
        if most <= least:
            return least
        return rng.choice(
            (log_uniform(rng, least, most), most // 2, most // 10, most * 3 // 4, most * 9 // 10, most)
        )

    def price(self, market_id: int) -> int:
        """The mark, somewhere in the band or at its edge, an entry price somebody has already."""
        rng = self.rng
        mark = self.model.mark(market_id).price
        market = self.model.state.markets.get(market_id)
        if market is None or chance(rng, 1):
            return rng.choice((0, 1, MAX_PRICE, MAX_PRICE + 1, 2**256 - 1))
        if chance(rng, 40):
            return mark
        edge = mark * market.params.band_ppm // PPM
        sign = rng.choice((-1, 1))
        if chance(rng, 50):
            # Small beside the margin, on a coarse grid for ties.
            return mark + sign * (mark // market.params.max_leverage // 100 * rng.randint(1, 10))
        if chance(rng, 10):
            return max(near(rng, mark + sign * edge), 0)
        entries = [place.entry_price for place in self.model.state.queues[market_id].places.values()]
        if entries and chance(rng, 30):
            return rng.choice(entries)
        return mark + sign * log_uniform(rng, 1, max(edge, 1))

    def hint(self, market_id: int, is_long: bool, tier: int, entry_price: int) -> int:
        rng = self.rng
        if market_id in self.model.state.markets and chance(rng, 60):
            return self.model.find_hint(market_id, is_long, tier, entry_price)
        if chance(rng, 50):
            return 0
        if chance(rng, 20):
            return rng.getrandbits(256)
        count = self.model.account_count()
        return pack_hint(rng.randint(0, count + 1) for _ in range(rng.randint(1, HINTS)))

    def position(self, account_id: int, market_id: int) -> Position | None:
        account = self.model.state.accounts.get(account_id)
        return None if account is None else account.positions.get(market_id)
