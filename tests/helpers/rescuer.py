"""Proposes what liquidators, keepers and flaggers do: mostly right, wrong in one way now and then."""

from collections.abc import Callable

from tests.helpers.clerk import Arguments
from tests.helpers.draws import Draws
from tests.helpers.model.arithmetic import MAX_SIZE, ceil_div
from tests.helpers.model.deleveraging import MAX_VISITS
from tests.helpers.model.errors import Revert
from tests.helpers.model.flags import is_ripe
from tests.helpers.strategies import chance, leverage, log_uniform, near

# Relative frequencies while somebody is too thin, and otherwise.
RESCUES = {
    "liquidate": 40,
    "flag_bankrupt": 20,
    "deleverage": 30,
    "deleverage_next": 12,
    "relink": 6,
    "look": 5,
}
FALSE_ALARMS = {
    "liquidate": 4,
    "flag_bankrupt": 2,
    "deleverage": 2,
    "deleverage_next": 1,
    "relink": 2,
    "look": 2,
}

# An account and a market in which it has a position.
Leg = tuple[int, int]


class Rescuer(Draws):
    """Chooses among those that the model says are too thin."""

    # -- who is in trouble

    def patients(self, bankrupt: bool = False) -> list[Leg]:
        """Legs of accounts that may be liquidated (deleveraged), those without a price too."""
        is_ill: Callable[[int], bool] = self.model.is_bankrupt if bankrupt else self.model.is_liquidatable
        accounts = self.model.state.accounts
        return [
            (i, m)
            for i, account in accounts.items()
            if account.positions and is_ill(i)
            for m in account.positions
        ]

    def ripe(self) -> list[Leg]:
        """Legs of the bankrupt that may be deleveraged whatever the vault could pay."""
        accounts, now = self.model.state.accounts, self.model.now
        return [(i, m) for i, m in self.patients(bankrupt=True) if is_ripe(accounts[i], now)]

    def hopeless(self) -> Leg:
        """A leg to be deleveraged."""
        ripe = self.ripe()
        return self.leg(ripe if ripe and chance(self.rng, 60) else self.patients(bankrupt=True))

    def parked(self) -> list[Leg]:
        return [(i, m) for m, queue in self.model.state.queues.items() for i in queue.parked]

    def any_leg(self) -> Leg:
        """Mostly of a position."""
        held = [(i, m) for i, account in self.model.state.accounts.items() for m in account.positions]
        if held and chance(self.rng, 90):
            return self.rng.choice(held)
        return self.account(), self.market()

    def leg(self, legs: list[Leg]) -> Leg:
        """One of these, mostly."""
        if not legs or chance(self.rng, 5):
            return self.any_leg()
        priced = [leg for leg in legs if self.model.mark(leg[1]).valid]
        return self.rng.choice(priced or legs)

    # -- liquidators

    def liquidate(self) -> Arguments:
        rng = self.rng
        bankrupt = self.patients(bankrupt=True)
        account_id, market_id = self.leg(bankrupt if bankrupt and chance(rng, 30) else self.patients())
        size = self.rescue_size(account_id, market_id)
        liquidator_id = self.liquidator(account_id, market_id)
        position = self.position(account_id, market_id)
        tier = self.tier(liquidator_id, market_id)
        if chance(rng, 10):
            tier = leverage(rng, 100)
        is_long = position is not None and position.size > 0
        return {
            "sender": self.authority(liquidator_id, 2),
            "account_id": account_id,
            "market_id": market_id,
            "size": size,
            "liquidator_account_id": liquidator_id,
            "leverage": tier,
            "hint": self.hint(market_id, is_long, tier, self.model.mark(market_id).price),
        }

    def liquidator(self, account_id: int, market_id: int) -> int:
        """Mostly one with margin enough, or one on the other side."""
        rng, accounts = self.rng, self.model.state.accounts
        if chance(rng, 3):
            return account_id
        others = [i for i in self.insiders or accounts if i != account_id]
        if not others or chance(rng, 15):
            return self.account()
        size = 0 if (held := self.position(account_id, market_id)) is None else held.size
        opposite = [i for i in others if i in accounts and accounts[i].size(market_id) * size < 0]
        if opposite and chance(rng, 30):
            return rng.choice(opposite)
        richest = sorted((i for i in others if i in accounts), key=self.free, reverse=True)
        return rng.choice(richest[:3] or others)

    def rescue_size(self, account_id: int, market_id: int) -> int:
        """What may be taken, all, a part, what leaves just the minimum or dust."""
        rng = self.rng
        position, mark = self.position(account_id, market_id), self.model.mark(market_id)
        if position is None or not mark.valid or chance(rng, 3):
            return rng.choice((0, 1, 10**18, MAX_SIZE, 2**256 - 1))
        held, market = abs(position.size), self.model.state.markets[market_id]
        allowed = max(self.model.liquidatable_size(account_id, market_id), 1)
        least = ceil_div(market.params.min_notional * market.scale, mark.price)
        return rng.choice(
            (
                *[2**256 - 1] * 3,
                held,
                *[near(rng, allowed)] * 2,
                *[log_uniform(rng, 1, allowed)] * 2,
                allowed // 2,
                allowed // 2,
                max(near(rng, held - least), 1),
                near(rng, least),
            )
        )

    def heal(self) -> Arguments:
        """What a thin account is short of, give or take a unit, paid in by anybody: a `deposit`."""
        rng = self.rng
        account_id, _ = self.leg(self.patients(bankrupt=chance(rng, 70)))
        equity, maintenance = self.model.waterfall_values(account_id)
        target = rng.choice((0, 0, maintenance, maintenance // 2))
        amount = max(near(rng, target - equity), 0)
        return {"sender": self.anybody(), "account_id": account_id, "amount": amount}

    # -- flags

    def flag_bankrupt(self) -> Arguments:
        rng, accounts = self.rng, self.model.state.accounts
        bankrupt = sorted({i for i, _ in self.patients(bankrupt=True)})
        flagged = [i for i, account in accounts.items() if account.flag]
        fresh = [i for i in bankrupt if i not in flagged]
        if fresh and chance(rng, 70):
            return {"account_id": rng.choice(fresh)}
        if (bankrupt or flagged) and chance(rng, 80):
            return {"account_id": rng.choice(flagged or bankrupt)}
        return {"account_id": self.account()}

    # -- keepers

    def deleverage_next(self) -> Arguments:
        account_id, market_id = self.hopeless()
        count = self.rng.choice((0, 1, 1, 2, 3, 5, MAX_VISITS, MAX_VISITS + 1, 2**256 - 1))
        return {"account_id": account_id, "market_id": market_id, "max_count": count}

    def deleverage(self) -> Arguments:
        account_id, market_id = self.hopeless()
        ranked = self.honest(account_id, market_id)
        if chance(self.rng, 45):
            ranked = self.lie(account_id, market_id, ranked)
        return {"account_id": account_id, "market_id": market_id, "ranked": ranked[:MAX_VISITS]}

    def honest(self, account_id: int, market_id: int) -> list[int]:
        """Whom the chain would visit by itself; or as many of the queue as there are."""
        model = self.model
        position = self.position(account_id, market_id)
        outcome = model.preview(lambda: model.deleverage_next(account_id, market_id, MAX_VISITS))
        if not isinstance(outcome, Revert):
            return [visit.counterparty for visit in outcome.visits]
        if position is None or not model.mark(market_id).valid:
            return [self.account()]
        return model.adl_queue(market_id, position.size < 0, 0, 5)

    def lie(self, account_id: int, market_id: int, ranked: list[int]) -> list[int]:
        rng = self.rng
        return rng.choice(
            (
                self._without_friend,
                self._without_friend,
                self._swapped,
                self._repeated,
                self._with_stranger,
                self._shorter,
                self._shorter,
                self._longer,
                self._reordered,
                self._reordered,
                lambda *_: [],
            )
        )(account_id, market_id, list(ranked))

    def _without_friend(self, account_id: int, market_id: int, ranked: list[int]) -> list[int]:
        """Somebody is spared, whoever comes next is put in the place."""
        left_out = self.rng.choice(ranked) if ranked else 0
        queue = self._whole_queue(account_id, market_id)
        return [i for i in queue if i != left_out][: max(len(ranked), 1)]

    def _swapped(self, account_id: int, market_id: int, ranked: list[int]) -> list[int]:
        if len(ranked) > 1:
            at = self.rng.randrange(len(ranked) - 1)
            ranked[at : at + 2] = ranked[at + 1], ranked[at]
        return ranked

    def _repeated(self, account_id: int, market_id: int, ranked: list[int]) -> list[int]:
        if ranked:
            ranked.insert(self.rng.randint(0, len(ranked)), self.rng.choice(ranked))
        return ranked

    def _with_stranger(self, account_id: int, market_id: int, ranked: list[int]) -> list[int]:
        """The bankrupt itself, a flat account, one that does not exist, one of its own side, a parked one."""
        own_side = self._whole_queue(account_id, market_id, opposite=False)
        parked = [i for i, m in self.parked() if m == market_id]
        count = self.model.account_count()
        odd = [account_id, 0, count + 1, 2**32, 2**32 + (ranked or [1])[0], 2**256 - 1, self.account()]
        at = self.rng.randint(0, len(ranked))
        ranked[at : at + self.rng.choice((0, 1))] = [self.rng.choice([*odd, *own_side, *parked])]
        return ranked

    def _shorter(self, account_id: int, market_id: int, ranked: list[int]) -> list[int]:
        return ranked[: self.rng.randrange(len(ranked))] if ranked else ranked

    def _longer(self, account_id: int, market_id: int, ranked: list[int]) -> list[int]:
        rest = [i for i in self._whole_queue(account_id, market_id) if i not in ranked]
        return ranked + (rest if chance(self.rng, 50) else [self.account()] * 3)

    def _reordered(self, account_id: int, market_id: int, ranked: list[int]) -> list[int]:
        """Those of equal ROE in any order: not a lie."""
        position = self.position(account_id, market_id)
        if position is None or not self.model.mark(market_id).valid:
            return ranked
        queue = self.model.state.queues[market_id]
        order: list[int] = []
        for _, group in queue.tie_groups(position.size < 0, self.model.mark(market_id).price):
            order += self.rng.sample(sorted(group), len(group))
        return order[: len(ranked)]

    def _whole_queue(self, account_id: int, market_id: int, opposite: bool = True) -> list[int]:
        position = self.position(account_id, market_id)
        if position is None or not self.model.mark(market_id).valid:
            return [self.account()]
        is_long = (position.size > 0) != opposite
        return self.model.adl_queue(market_id, is_long, 0, MAX_VISITS)

    def look(self) -> Arguments:
        account_id, _ = self.leg(self.patients())
        if account_id not in self.model.state.accounts:
            account_id = 1
        return {"account_id": account_id, "holder": self.rng.choice(self.chain.people)}

    def relink(self) -> Arguments:
        account_id, market_id = self.leg(self.parked())
        position = self.position(account_id, market_id)
        hint = 0
        if position is not None:
            hint = self.hint(market_id, position.size > 0, position.leverage, position.entry_price)
        return {"account_id": account_id, "market_id": market_id, "hint": hint}
