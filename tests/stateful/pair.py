"""A chain and the model of it, side by side."""

from collections import Counter, deque
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, Concatenate, NamedTuple, ParamSpec, TypeVar

from tests.helpers import invariants
from tests.helpers.chain.driver import Chain
from tests.helpers.chain.reader import ChainReader
from tests.helpers.chain.words import Words, differences, of_model, read
from tests.helpers.model.errors import refusal_of
from tests.helpers.model.governance import GovernanceModel
from tests.helpers.model.orders import Signature
from tests.helpers.model.protocol import Protocol
from tests.helpers.oracle_model import OracleModel
from tests.helpers.orders import Signed
from tests.helpers.source_model import SourceModel

S = TypeVar("S", bound="Pair")
P = ParamSpec("P")
# Orders whose filled amounts are compared.
REMEMBERED = 24


class Entry(NamedTuple):
    """A recorded action; prints as the call."""

    name: str
    arguments: dict[str, Any]

    def __str__(self) -> str:
        return f"actions.{self.name}({', '.join(f'{k}={v!r}' for k, v in self.arguments.items())})"


def recorded(action: Callable[Concatenate[S, P], None]) -> Callable[Concatenate[S, P], None]:
    """Note the call before it runs."""

    @wraps(action)
    def recording(self: S, /, *args: P.args, **kwargs: P.kwargs) -> None:
        self.log.append(Entry(action.__name__, dict(kwargs)))
        action(self, *args, **kwargs)

    return recording


class Pair:
    """On a chain with the system deployed and no market yet."""

    def __init__(self, chain: Chain, decimals: int = 6) -> None:
        self.chain = chain
        self.oracle = OracleModel()
        self.source = SourceModel(self.oracle)
        house = chain.addresses["ClearingHouse"]
        self.model = Protocol(self.oracle, decimals, chain.now, house, set(chain.wallets))
        self.governance = GovernanceModel(self.model)
        # The smallest minimum notional: a hundredth of a token.
        self.cheapest = int(10 ** (decimals - 2))
        self.log: list[Entry] = []
        self.signed: deque[Signed] = deque(maxlen=REMEMBERED)
        # What came of it all: "fill" or "fill: order: expired".
        self.outcomes: Counter[str] = Counter()

    def replay(self, log: Iterable[Entry]) -> None:
        for entry in log:
            getattr(self, entry.name)(**entry.arguments)

    # -- what must always hold

    def check_invariants(self, *, static: bool) -> ChainReader:
        """`static`: no price, funding or parameter ever moved, so nobody may be liquidatable at all."""
        reader = self.reader()
        for invariant in (invariants.acc_1, invariants.pos_1, invariants.que_1, invariants.que_2):
            invariant(reader)
        invariants.mar_1(reader, invariants.accounts(reader) if static else None)
        return reader

    def reader(self) -> ChainReader:
        """The chain as it is now."""
        return ChainReader(self.chain, self.words())

    # -- both at once

    def words(self) -> Words:
        """Storage as it is now."""
        orders = {signed.order for signed in self.signed}
        return read(self.chain, list(self.model.state.markets), self.model.account_count(), orders)

    def compare(self) -> Words:
        """Every word of the chain against the model; returns the chain's."""
        found = self.words()
        expected = of_model(self.model, self.oracle, {signed.order for signed in self.signed})
        assert found == expected, "\n".join(differences(found, expected))
        return found

    def _same(self, predict: Callable[..., object], act: Callable[..., str | None], *arguments: Any) -> None:
        self._act(lambda: predict(*arguments), lambda: act(*arguments))

    def _act(self, predict: Callable[[], object], act: Callable[[], str | None]) -> None:
        self.model.now = self.chain.now
        expected = refusal_of(predict)
        found = act()
        name = self.log[-1].name
        assert found == expected, f"{name}: the chain says {found!r}, the model {expected!r}"
        self.outcomes[name if found is None else f"{name}: {found}"] += 1
        self.compare()

    def _remember(self, *signed: Signed) -> None:
        self.signed.extend(s for s in signed if s not in self.signed)

    def _proof(self, signed: Signed) -> Signature:
        """What the signature proves to the chain."""
        account = self.model.state.accounts.get(signed.order.account_id)
        accepts = account is not None and self.chain.wallets.get(account.owner) == signed.signer
        return Signature(signed.signer or None, accepts)
