"""Proposes orders and fills: mostly sensible, wrong in one way now and then."""

from dataclasses import replace
from random import Random

from scripts.sandbox.orders import Order, Signed
from tests.helpers.chain.driver import FOREVER, Chain
from tests.helpers.clerk import Arguments, Clerk
from tests.helpers.model.arithmetic import LEVERAGES, clamp
from tests.helpers.model.protocol import Protocol
from tests.helpers.strategies import chance, leverage, near

MAX_INT = 2**255 - 1
# Relative frequencies of what is proposed here and in Clerk.
TRADES = {"fill": 400, "fill_batch": 120, "set_leverage": 70, "cancel": 25}
ERRANDS = {"withdraw": 40, "deposit": 40, "set_delegate": 20, "cancel_all": 8, "open_account": 8}


class Dealer(Clerk):
    """Remembers the orders it made, to fill them further or cancel them."""

    def __init__(self, rng: Random, chain: Chain, model: Protocol) -> None:
        super().__init__(rng, chain, model)
        self.signed: list[Signed] = []

    def conspire(self) -> None:
        """Let some owner's accounts act alone, until `disperse`."""
        owners = [account.owner for account in self.model.state.accounts.values()]
        several = [owner for owner in owners if owners.count(owner) > 1]
        owner = self.rng.choice(several or owners)
        self.insiders = [i for i, a in self.model.state.accounts.items() if a.owner == owner]

    def disperse(self) -> None:
        self.insiders = []

    # -- orders

    def order(
        self, account_id: int, market_id: int, size: int, price: int, tier: int, may_post: bool = False
    ) -> Signed:
        rng = self.rng
        account = self.model.state.accounts.get(account_id)
        position = self.position(account_id, market_id)
        reduces = (
            position is not None and (position.size > 0) == (size < 0) and abs(size) <= abs(position.size)
        )
        order = Order(
            account_id,
            market_id,
            size,
            price,
            tier,
            reduce_only=chance(rng, 40 if reduces else 1),
            post_only=may_post and chance(rng, 15),
            expires_at=FOREVER,
            epoch=0 if account is None else account.epoch,
            salt=rng.getrandbits(32),
        )
        if chance(rng, 12):
            order = replace(order, **self.oddity(order))
        order = replace(
            order, size=clamp(order.size, MAX_INT), limit_price=clamp(order.limit_price, 2 * MAX_INT + 1)
        )
        signed = Signed(order, self.signer(account_id))
        self.signed = [*self.signed[-15:], signed]
        return signed

    def oddity(self, order: Order) -> Arguments:
        rng = self.rng
        now = self.chain.now
        sign = rng.choice((-1, 1))
        return rng.choice(
            (
                {"size": near(rng, order.size)},
                {"size": order.size * 2},
                {"size": order.size * 2},
                {"size": rng.choice((0, -order.size, order.size // 2, -MAX_INT))},
                {"limit_price": max(near(rng, order.limit_price), 0)},
                {"limit_price": order.limit_price + sign * (order.limit_price // 100)},
                {"post_only": True},
                {"filler": rng.choice((self.chain.stranger, *self.chain.traders))},
                {"expires_at": rng.choice((now, now - 1, now + 30, 0, 2**256 - 1))},
                {"epoch": max(order.epoch + sign, 0)},
                {"market_id": self.market()},
                {"account_id": self.account()},
                {"leverage": leverage(rng, 100)},
                {"reduce_only": not order.reduce_only},
            )
        )

    def again(self, market_id: int, buys: bool) -> Signed | None:
        """An order made before, on this side."""
        known = [s for s in self.signed if s.order.market_id == market_id and (s.order.size > 0) == buys]
        return self.rng.choice(known) if known else None

    def left(self, order: Order) -> int:
        return abs(order.size) - self.model.filled(order)

    def buys(self, market_id: int, account_id: int) -> bool:
        """Against the account's position more often than with it."""
        position = self.position(account_id, market_id)
        if position is None or chance(self.rng, 35):
            return chance(self.rng, 50)
        return position.size < 0

    def sender(self) -> str:
        return self.chain.stranger if chance(self.rng, 85) else self.anybody()

    def order_hint(self, order: Order) -> int:
        return self.hint(order.market_id, order.size > 0, order.leverage, order.limit_price)

    def fill(self) -> Arguments:
        rng = self.rng
        market_id = self.market()
        ids = [self.account(), self.account()]
        if ids[0] == ids[1] and chance(rng, 80):
            ids[1] = self.account()
        tiers = [self.tier(i, market_id) for i in ids]
        price = self.price(market_id)
        size = self.size(market_id, ids, tiers, price)
        taker_buys = self.buys(market_id, ids[1])
        rank = self.jump_of_rank() if chance(rng, 8) else None
        if rank is not None:
            market_id, ids[1], taker_buys, size, tiers[1] = rank
            price = self.model.mark(market_id).price
        sign = 1 if taker_buys else -1
        maker = self.order(ids[0], market_id, -sign * size, price, tiers[0], may_post=True)
        known = self.again(market_id, not taker_buys) if chance(rng, 15) else None
        if known is not None:
            maker, price = known, known.order.limit_price
            size = rng.choice((self.left(maker.order), min(size, self.left(maker.order))))
        size = max(size, 0)
        taker = self.order(ids[1], market_id, sign * size, price, tiers[1])
        return {
            "sender": self.sender(),
            "maker": maker,
            "taker": taker,
            "size": size,
            "maker_hint": self.order_hint(maker.order),
            "taker_hint": self.order_hint(taker.order),
        }

    def jump_of_rank(self) -> tuple[int, int, bool, int, int] | None:
        """A small increase of some position, signed with a neighbouring leverage."""
        rng, state = self.rng, self.model.state
        held = [(m, i) for m, queue in state.queues.items() for i in queue.places]
        if not held:
            return None
        market_id, account_id = rng.choice(held)
        position = state.accounts[account_id].positions[market_id]
        tier = LEVERAGES.index(position.leverage) + rng.choice((-2, -1, -1, 0, 1))
        size = rng.choice((1, abs(position.size) // 100 + 1, abs(position.size) // 5 + 1))
        return market_id, account_id, position.size > 0, size, LEVERAGES[max(tier, 0) % len(LEVERAGES)]

    def fill_batch(self) -> Arguments:
        rng = self.rng
        market_id, taker_id = self.market(), self.account()
        taker_tier = self.tier(taker_id, market_id)
        taker_buys = self.buys(market_id, taker_id)
        sign = 1 if taker_buys else -1
        makers: list[Signed] = []
        sizes: list[int] = []
        count = rng.choice((1, 2, 2, 3, 3, 4, 8))
        for _ in range(count):
            known = rng.choice(makers) if makers and chance(rng, 10) else None
            if known is None and chance(rng, 10):
                known = self.again(market_id, not taker_buys)
            maker_id = self.account()
            if maker_id == taker_id and chance(rng, 90):
                maker_id = self.account()
            tier = self.tier(maker_id, market_id)
            price = self.price(market_id)
            size = self.size(market_id, [maker_id, taker_id], [tier, taker_tier], price)
            size = size if chance(rng, 40) else size // count
            maker = known or self.order(maker_id, market_id, -sign * size, price, tier, may_post=True)
            makers.append(maker)
            sizes.append(size if known is None else rng.choice((self.left(known.order), size)))
        limits = [m.order.limit_price for m in makers]
        limit = max(limits) if taker_buys else min(limits)
        total = sum(sizes) + (rng.choice((-1, 0, 10**18)) if chance(rng, 10) else 0)
        taker = self.order(taker_id, market_id, sign * max(total, 0), limit, taker_tier)
        hints = [self.order_hint(m.order) for m in makers] + [self.order_hint(taker.order)]
        if chance(rng, 1):
            rng.choice((sizes, hints)).pop()
        return {"sender": self.sender(), "makers": makers, "taker": taker, "sizes": sizes, "hints": hints}

    def cancel(self) -> Arguments:
        account_id = self.account()
        signed = (
            self.rng.choice(self.signed)
            if self.signed
            else self.order(account_id, self.market(), 10**18, 10**18, 1)
        )
        return {"sender": self.authority(signed.order.account_id), "order": signed.order}

    def cancel_all(self) -> Arguments:
        account_id = self.account()
        return {"sender": self.authority(account_id), "account_id": account_id}

    # -- leverage

    def set_leverage(self) -> Arguments:
        """Of a position that exists, mostly."""
        rng = self.rng
        market_id, account_id = self.market(), self.account()
        held = [(m, i) for m, queue in self.model.state.queues.items() for i in queue.places]
        if held and chance(rng, 90):
            market_id, account_id = rng.choice(held)
        position = self.position(account_id, market_id)
        tier = leverage(rng, self.highest(market_id))
        hint = 0
        if position is not None:
            hint = self.hint(market_id, position.size > 0, tier, position.entry_price)
            if chance(rng, 30):
                near_tier = LEVERAGES.index(position.leverage) + rng.choice((-1, 0, 1))
                tier = LEVERAGES[near_tier % len(LEVERAGES)]
        return {
            "sender": self.authority(account_id),
            "account_id": account_id,
            "market_id": market_id,
            "leverage": tier,
            "hint": hint,
        }
