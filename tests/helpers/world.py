"""Proposes what the world does next: time, prices, governance."""

from tests.helpers.clerk import Arguments
from tests.helpers.dealer import Dealer
from tests.helpers.draws import Draws
from tests.helpers.model.arithmetic import MAX_PRICE, MIN_PRICE, clamp
from tests.helpers.model.flags import GRACE, LIFE
from tests.helpers.model.margin import unpriced_markets
from tests.helpers.oracle_model import OracleModel
from tests.helpers.parameters import HOUR, WAD
from tests.helpers.strategies import Listing, chance, changed_params, moved_price

# Relative frequencies of what happens by itself, and of what governance does.
EVENTS = {"report": 90, "wait": 90, "accrue_funding": 20, "sync": 15}
DECISIONS = {
    "set_market": 12,
    "apply_market": 6,
    "set_reduce_only": 6,
    "set_vault_fee_share": 3,
    "collect_treasury": 3,
}


class World(Draws):
    """`listings` are what the markets were listed with, from market 1 on."""

    def __init__(self, dealer: Dealer, oracle: OracleModel, listings: list[Listing]) -> None:
        super().__init__(dealer.rng, dealer.chain, dealer.model)
        self.oracle = oracle
        self.listings = listings

    def stale(self) -> int | None:
        """A market without a valid price."""
        now = self.chain.now
        found = [m for m, record in self.oracle.records.items() if not record.is_valid(now)]
        return self.rng.choice(found) if found else None

    def market(self) -> int:
        """Often one without a price, if there is any."""
        return (self.stale() if chance(self.rng, 40) else None) or super().market()

    def wait(self) -> Arguments:
        """Mostly the next block; at times past a price's age, a confirmation or the governance delay."""
        rng = self.rng
        if chance(rng, 3):
            return {"seconds": rng.choice((48 * HOUR, 48 * HOUR + 1, 10 * HOUR, HOUR))}
        if chance(rng, 25):
            return {"seconds": rng.choice((60, 61, 299, 300, 301, HOUR - 1, HOUR, HOUR + 1))}
        return {"seconds": rng.choice((1, 1, 12))}

    def until_ripe(self) -> Arguments | None:
        """To the first or last second of some flag's life, or just beside; None without a flag."""
        rng, now = self.rng, self.model.now
        flags = [account.flag for account in self.model.state.accounts.values() if account.flag]
        edges = [flag + since for flag in flags for since in (GRACE, GRACE, GRACE + LIFE)]
        ahead = [edge - now for edge in edges if edge > now]
        return {"seconds": max(rng.choice(ahead) + rng.choice((-1, 0, 0, 1)), 1)} if ahead else None

    def until_claimable(self) -> Arguments | None:
        """To the first or last second in which somebody may leave the vault; None if nobody wants to."""
        rng, now, vault = self.rng, self.model.now, self.model.state.vault
        opens = [request.since + vault.cooldown for request in vault.requests.values()]
        edges = [each for at in opens for each in (at, at, at + vault.redeem_window)]
        ahead = [edge - now for edge in edges if edge > now]
        return {"seconds": max(rng.choice(ahead) + rng.choice((-1, 0, 0, 1)), 1)} if ahead else None

    def patience(self) -> Arguments:
        """Until there may be a price again: the next second, or a confirmation later."""
        market_id = self.stale()
        record = self.oracle.records.get(market_id or 0)
        confirm = 1 if record is None or record.waiting is None else record.config.confirm
        return {"seconds": self.rng.choice((1, confirm))}

    def report(self) -> Arguments:
        rng = self.rng
        market_id = self.stale() or rng.choice(list(self.oracle.records))
        record = self.oracle.records[market_id]
        accepted = record.waiting.price if record.waiting and chance(rng, 70) else record.price
        age = rng.choice((*[0] * 20, 1, 3, record.config.max_age, record.config.max_age + 1, -1))
        price = moved_price(rng, accepted, record.config.max_move)
        if chance(rng, 30):
            price = self.squeeze(market_id, accepted * record.config.max_move // WAD) or price
        return {"market_id": market_id, "price": price, "age": age}

    def squeeze(self, market_id: int, largest: int) -> int | None:
        """A price at which some account just has its maintenance, a part of it, or nothing."""
        rng, model = self.rng, self.model
        mark = model.mark(market_id)
        held = list(model.state.queues[market_id].places) if market_id in model.state.queues else []
        if not held or not mark.valid:
            return None
        account_id = rng.choice(held)
        account = model.state.accounts[account_id]
        if unpriced_markets(account, model.mark):
            return None
        values, size = model.account_values(account_id), account.positions[market_id].size
        target = values.maintenance_requirement * rng.choice((0, 1, 5, 10, 30, 100)) // 100
        move = (target - values.equity) * model.state.markets[market_id].scale // size
        return max(mark.price + clamp(move, largest) + rng.choice((-1, 0, 1)), 1)

    def crash(self) -> list[tuple[str, Arguments]]:
        """A price that ruins some account, however far it is, and what it takes to have it accepted."""
        rng = self.rng
        market_id = rng.choice(list(self.oracle.records))
        price = self.ruin(market_id)
        if price is None:
            return []
        config = self.oracle.records[market_id].config
        report = {"market_id": market_id, "price": price, "age": 0}
        wait = {"seconds": config.confirm}
        again = report | {"price": max(price + rng.choice((-1, 0, 1)) * (price // 10_000), 1)}
        return [("wait", {"seconds": 1}), ("report", report), ("wait", wait), ("report", again)]

    def ruin(self, market_id: int) -> int | None:
        """Where an account's equity is a hundredth to a hundredfold of its maintenance below zero."""
        rng, model = self.rng, self.model
        queue, mark = model.state.queues[market_id], model.mark(market_id)
        held = [*queue.places, *queue.parked]
        if not held or not mark.valid:
            return None
        account_id = rng.choice(held)
        account = model.state.accounts[account_id]
        equity, maintenance = model.waterfall_values(account_id)
        target = -(maintenance * rng.choice((0, 1, 10, 100, 100, 300, 1_000, 5_000)) // 100) - rng.choice(
            (0, 1)
        )
        move = (target - equity) * model.state.markets[market_id].scale // account.positions[market_id].size
        price = mark.price + move
        return price if MIN_PRICE <= price <= MAX_PRICE and mark.price // 50 < price else None

    def sync(self) -> Arguments:
        return {"market_ids": [self.market() for _ in range(self.rng.randint(0, 3))]}

    def accrue_funding(self) -> Arguments:
        return {"market_id": self.market()}

    def set_market(self) -> Arguments:
        """Of a listed market: the arithmetic of bounds is another test's business."""
        market_id = self.market()
        if market_id not in self.model.state.markets:
            market_id = 1
        listing, now = self.listings[market_id - 1], self.model.state.markets[market_id]
        params = changed_params(
            self.rng, listing.params, listing.price, self.model.decimals, now.open_interest
        )
        return {"market_id": market_id, "params": params}

    def apply_market(self) -> Arguments:
        return {"market_id": self.market()}

    def set_reduce_only(self) -> Arguments:
        """What is on goes off again."""
        frozen = [m for m, market in self.model.state.markets.items() if market.reduce_only]
        market_id = self.rng.choice(frozen or [self.rng.randint(0, len(self.listings)), self.market()])
        return {"market_id": market_id, "on": not frozen}

    def is_frozen(self) -> bool:
        return any(market.reduce_only for market in self.model.state.markets.values())

    def set_vault_fee_share(self) -> Arguments:
        return {"share_ppm": self.rng.choice((0, 1, 333_333, 500_000, 999_999, 10**6))}

    def collect_treasury(self) -> Arguments:
        return {"receiver": self.anybody()}
