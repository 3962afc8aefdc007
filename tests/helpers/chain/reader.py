"""An `invariants.Reader` over a chain's raw words and views, each fetched once."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple
from typing import Any

from scripts.sandbox.answers import AnswerReader, Asked
from scripts.sandbox.layout import Words
from scripts.sandbox.orders import Order
from scripts.sandbox.slots import PositionSlot
from scripts.sandbox.words import HOUSE
from tests.helpers.chain.driver import Chain
from tests.helpers.model.arithmetic import notional_down
from tests.helpers.model.flags import GATE
from tests.helpers.parameters import MarketParams

# More than any position's notional.
FORTUNE = 2**125


class ChainReader(AnswerReader):
    """`words` are those of `words.read`, taken just now."""

    def __init__(self, chain: Chain, words: Words, cheapest: int = 0) -> None:
        super().__init__(words, chain.addresses[HOUSE])
        self.chain = chain
        self.cheapest = cheapest

    def ask(self, asked: list[Asked]) -> Sequence[Any]:
        return self.chain.views(asked)

    # -- leaving

    def refusal_of_withdrawal(self, account_id: int, amount: int) -> str | None:
        """Inside a gate nothing is judged but that it is the gate, and that it falls within the hour."""
        owner = self._owner(account_id)
        refusal = self.chain.simulate(owner, HOUSE, "withdraw", account_id, amount, owner)
        until = self.gate_until()
        if not until:
            return refusal
        lasting = refusal == "withdraw: gated" and until <= self.chain.now + GATE
        return None if lasting else f"{refusal} until {until}"

    def refusal_of_close(self, account_id: int, market_id: int) -> str | None:
        """Against the rich account that `exits` prepared."""
        size = PositionSlot.decode(self.position_slot(market_id, account_id)).size
        price = self.valid_mark(market_id)
        assert price is not None
        if notional_down(size, price, self.chain.scale) < self.cheapest:
            return None
        rich = self.account_count() + 1
        maker = Order(rich, market_id, size, price, 1)
        taker = Order(account_id, market_id, -size, price, 1, epoch=self.epoch(account_id))
        owner = self._owner(account_id)
        return self.chain.simulate(
            self.chain.stranger,
            "Exchange",
            "fill",
            astuple(maker),
            self.chain.sign(maker, self.chain.traders[0]),
            astuple(taker),
            self.chain.sign(taker, self.chain.wallets.get(owner, owner)),
            abs(size),
            self._hint(market_id, size > 0, price),
            0,
        )

    def _owner(self, account_id: int) -> str:
        chain, owner = self.chain, self.words["owner", account_id]
        return next(a for a in (*chain.traders, *chain.wallets, chain.stranger) if int(a, 16) == owner)

    def _hint(self, market_id: int, is_long: bool, price: int) -> int:
        (hint,) = self.chain.views([("Lens", "find_hint", (market_id, is_long, 1, price))])
        return int(hint)


@contextmanager
def exits(reader: ChainReader, cheapest: int) -> Iterator[ChainReader]:
    """Inside: a rich account that takes any position over, and no rule that binds only newcomers.

    A reduce-only market lets nobody in, and what is closed may be too small to be anyone's first position.
    Dust worth less than `cheapest`, the smallest minimum that Governance allows, finds takers only among its
    opposites: it is left out.
    """
    chain = reader.chain
    with chain.undone():
        assert chain.set_reduce_only(0, False) is None
        for market_id in reader.market_ids():
            (params,) = chain.views([("Governance", "market_params", (market_id,))])
            # Without funding no price is needed to change the rest.
            lifted = MarketParams(*params).but(min_notional=cheapest, funding_cap=0)
            assert chain.set_market(market_id, lifted) is None
        rich = reader.account_count() + 1
        assert chain.open_account(chain.traders[0]) is None
        assert chain.deposit(chain.stranger, rich, FORTUNE) is None
        yield ChainReader(chain, reader.words, cheapest)
