"""Exchange: what is checked of signed orders before and after the ClearingHouse settles them."""

from dataclasses import dataclass

from tests.helpers.model.accounts import State
from tests.helpers.model.errors import Revert, require
from tests.helpers.model.margin import Marks
from tests.helpers.model.orders import ZERO_ADDRESS, Order, Signature
from tests.helpers.model.settlement import Fill, Match, Settlement, Side

MAX_MAKERS = 16
# Why a batch leaves a maker out instead of failing.
SKIPPED = (
    "order: expired",
    "order: old epoch",
    "order: cancelled",
    "order: overfilled",
    "order: reduce only",
)


@dataclass(frozen=True)
class SignedOrder:
    order: Order
    signature: Signature


@dataclass(frozen=True)
class BatchResult:
    """Per maker: the fill, and the reason in MakerSkipped if there was none."""

    fills: tuple[Fill, ...]
    skipped: tuple[str | None, ...]


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
        self.check_pair(maker.order, taker.order)
        for signed in (maker, taker):
            self.check_filler(signed)
            self.check_expiry(signed)
            self.check_signature(signed)
            self.check_epoch(signed)
            self.check_cancelled(signed)
            self.check_filled(signed.order, size)
        self.check_price(maker.order, taker.order)
        match = Match(_side(maker.order, maker_hint), size, maker.order.limit_price)
        (fill,) = self._settle(taker.order, taker_hint, [match])
        require(fill.executed, "order: reduce only")
        self._record(maker.order, size)
        self._record(taker.order, size)
        return fill

    def fill_batch(
        self,
        makers: list[SignedOrder],
        taker: SignedOrder,
        sizes: list[int],
        hints: list[int],
    ) -> BatchResult:
        fits = len(sizes) == len(makers) <= MAX_MAKERS and len(hints) == len(makers) + 1
        require(fits, "fill: bad lengths")
        self.check_filler(taker)
        self.check_expiry(taker)
        self.check_signature(taker)
        self.check_epoch(taker)
        self.check_cancelled(taker)

        matches: list[Match] = []
        positions: list[int] = []
        skipped: list[str | None] = [None] * len(makers)
        # The same maker order may appear twice: what was handed over before counts as filled.
        offered: dict[Order, int] = {}
        for i, (maker, size, hint) in enumerate(zip(makers, sizes, hints[:-1], strict=True)):
            order = maker.order
            skipped[i] = self._maker_skipped(maker, taker, size + offered.get(order, 0))
            if skipped[i] is None:
                offered[order] = offered.get(order, 0) + size
                matches.append(Match(_side(order, hint), size, order.limit_price))
                positions.append(i)
        require(bool(matches), "fill: nothing filled")

        fills = [Fill(False)] * len(makers)
        settled = self._settle(taker.order, hints[-1], matches)
        executed = 0
        for i, match, fill in zip(positions, matches, settled, strict=True):
            fills[i] = fill
            if fill.executed:
                self._record(makers[i].order, match.size)
                executed += match.size
            else:
                skipped[i] = "order: reduce only"
        require(executed != 0, "fill: nothing filled")
        self.check_filled(taker.order, executed)
        self._record(taker.order, executed)
        return BatchResult(tuple(fills), tuple(skipped))

    def _maker_skipped(self, maker: SignedOrder, taker: SignedOrder, total: int) -> str | None:
        """Why the batch goes on without this maker; anything else that is wrong reverts."""
        self.check_pair(maker.order, taker.order)
        self.check_filler(maker)
        try:
            self.check_expiry(maker)
            self.check_cancelled(maker)
            self.check_filled(maker.order, total)
            self.check_signature(maker)
            self.check_epoch(maker)
        except Revert as refusal:
            if refusal.reason in SKIPPED:
                return refusal.reason
            raise
        self.check_price(maker.order, taker.order)
        return None

    def check_pair(self, maker: Order, taker: Order) -> None:
        require(maker.market_id == taker.market_id, "order: other market")
        require(maker.size != 0 and taker.size != 0, "order: zero size")
        require((maker.size > 0) != (taker.size > 0), "order: same side")
        require(not taker.post_only, "order: taker is post only")

    def check_filler(self, signed: SignedOrder) -> None:
        named = signed.order.filler
        require(named in (ZERO_ADDRESS, self.sender), "order: not the filler")

    def check_expiry(self, signed: SignedOrder) -> None:
        require(self.now <= signed.order.expires_at, "order: expired")

    def check_signature(self, signed: SignedOrder) -> None:
        """ECDSA by the owner or a live delegate first, then ERC-1271 if the owner has code."""
        account = self.state.accounts.get(signed.order.account_id)
        require(account is not None, "order: bad signature")
        assert account is not None
        signer = signed.signature.signer
        by_key = signer is not None and account.is_authorized(signer, self.now)
        by_contract = account.owner in self.contract_owners and signed.signature.contract_accepts
        require(by_key or by_contract, "order: bad signature")

    def check_epoch(self, signed: SignedOrder) -> None:
        account = self.state.account(signed.order.account_id)
        require(signed.order.epoch == account.epoch, "order: old epoch")

    def check_cancelled(self, signed: SignedOrder) -> None:
        require(signed.order not in self.state.cancelled, "order: cancelled")

    def check_filled(self, order: Order, size: int) -> None:
        total = self.state.filled.get(order, 0) + size
        require(total <= abs(order.size), "order: overfilled")

    def check_price(self, maker: Order, taker: Order) -> None:
        buys = taker.size > 0
        worse = taker.limit_price < maker.limit_price if buys else taker.limit_price > maker.limit_price
        require(not worse, "order: price")

    def _settle(self, taker: Order, hint: int, matches: list[Match]) -> list[Fill]:
        side = _side(taker, hint)
        return Settlement(self.state, taker.market_id, side, taker.size > 0, matches, self.marks).run(
            self.now
        )

    def _record(self, order: Order, size: int) -> None:
        self.state.filled[order] = self.state.filled.get(order, 0) + size


def _side(order: Order, hint: int) -> Side:
    return Side(order.account_id, order.leverage, order.reduce_only, hint)
