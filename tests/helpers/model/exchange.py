"""Exchange: what is checked of signed orders before and after the ClearingHouse settles them."""

from dataclasses import dataclass
from functools import partial

from scripts.sandbox.orders import ZERO_ADDRESS, Order
from tests.helpers.model.accounts import State
from tests.helpers.model.errors import refusal_of, require
from tests.helpers.model.fills import Fill, Match, Side
from tests.helpers.model.margin import Marks
from tests.helpers.model.orders import Signature
from tests.helpers.model.settlement import Settlement

MAX_MAKERS = 8


@dataclass(frozen=True)
class SignedOrder:
    order: Order
    signature: Signature


@dataclass(frozen=True)
class BatchResult:
    """Per maker: the fill, and the reason in MakerSkipped if there was none."""

    fills: tuple[Fill, ...]

    @property
    def skipped(self) -> tuple[str | None, ...]:
        return tuple(fill.skipped for fill in self.fills)


@dataclass
class Matching:
    """One call of `fill` or `fill_batch`; raises Revert half-way, like Settlement."""

    state: State
    sender: str
    now: int
    marks: Marks
    contract_owners: frozenset[str]

    def fill(
        self,
        maker: SignedOrder,
        taker: SignedOrder,
        size: int,
        maker_hint: int,
        taker_hint: int,
    ) -> Fill:
        self.check_market_and_side(maker.order, taker.order)
        require(not taker.order.post_only, "order: taker is post only")
        self.check_price(maker.order, taker.order)
        for signed in (maker, taker):
            self.check_filler(signed.order)
            self.book(signed.order, size)
        match = Match(_side(maker.order, maker_hint), size, maker.order.limit_price)
        (fill,) = self.settle(taker, taker_hint, [maker], [match])
        require(fill.executed, str(fill.skipped))
        return fill

    def fill_batch(
        self,
        makers: list[SignedOrder],
        taker: SignedOrder,
        sizes: list[int],
        hints: list[int],
    ) -> BatchResult:
        require(not taker.order.post_only, "order: taker is post only")
        self.check_filler(taker.order)
        self.book(taker.order, 0)
        accepted: list[int] = []
        fills = [Fill()] * len(makers)
        for i, (maker, size) in enumerate(zip(makers, sizes, strict=True)):
            self.check_market_and_side(maker.order, taker.order)
            self.check_price(maker.order, taker.order)
            self.check_filler(maker.order)
            # Booked before anything is settled: a maker named twice counts twice.
            refusal = refusal_of(partial(self.book, maker.order, size))
            if refusal is None:
                accepted.append(i)
            else:
                fills[i] = Fill(skipped=refusal)
        require(bool(accepted), "fill: nothing filled")

        matches = [
            Match(_side(makers[i].order, hints[i]), sizes[i], makers[i].order.limit_price) for i in accepted
        ]
        settled = self.settle(taker, hints[-1], [makers[i] for i in accepted], matches)
        executed = 0
        for i, fill in zip(accepted, settled, strict=True):
            fills[i] = fill
            if fill.executed:
                executed += sizes[i]
            else:
                self.state.filled[makers[i].order] -= sizes[i]
        require(executed != 0, "fill: nothing filled")
        self.check_filled(taker.order, executed)
        self.state.filled[taker.order] += executed
        return BatchResult(tuple(fills))

    def check_market_and_side(self, maker: Order, taker: Order) -> None:
        require(maker.market_id == taker.market_id, "order: other market")
        # An order of size 0 passes here and has nothing left to fill.
        require((maker.size > 0) == (taker.size < 0), "order: same side")

    def check_price(self, maker: Order, taker: Order) -> None:
        worse = (
            taker.limit_price < maker.limit_price if taker.size > 0 else taker.limit_price > maker.limit_price
        )
        require(not worse, "order: price")

    def check_filler(self, order: Order) -> None:
        require(order.filler in (ZERO_ADDRESS, self.sender), "order: not the filler")

    def book(self, order: Order, size: int) -> None:
        """Count `size` as filled of an order that is still good for it."""
        require(self.now <= order.expires_at, "order: expired")
        require(order not in self.state.cancelled, "order: cancelled")
        self.check_filled(order, size)
        self.state.filled[order] = self.state.filled.get(order, 0) + size

    def check_filled(self, order: Order, size: int) -> None:
        require(self.state.filled.get(order, 0) + size <= abs(order.size), "order: overfilled")

    def settle(
        self, taker: SignedOrder, hint: int, makers: list[SignedOrder], matches: list[Match]
    ) -> list[Fill]:
        for signed in (taker, *makers):
            require(self.is_signed(signed), "order: bad signature")
        order = taker.order
        settlement = Settlement(
            self.state, order.market_id, _side(order, hint), order.size > 0, matches, self.marks
        )
        return settlement.run(self.now)

    def is_signed(self, signed: SignedOrder) -> bool:
        """ECDSA by the owner or a live delegate first, then ERC-1271 if the owner has code."""
        account = self.state.accounts.get(signed.order.account_id)
        if account is None:
            return False
        signer = signed.signature.signer
        by_key = signer is not None and account.is_authorized(signer, self.now)
        by_contract = account.owner in self.contract_owners and signed.signature.contract_accepts
        return by_key or by_contract


def _side(order: Order, hint: int) -> Side:
    return Side(order.account_id, order.leverage, order.reduce_only, hint, order.epoch)
