"""A chain and the model of it, side by side."""

from collections import Counter, deque
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, Concatenate, NamedTuple, ParamSpec, TypeVar

from scripts.sandbox import invariants
from scripts.sandbox.layout import Words, differences
from scripts.sandbox.orders import Signed
from scripts.system import COOLDOWN, REDEEM_WINDOW
from tests.helpers.chain.driver import Chain
from tests.helpers.chain.reader import ChainReader
from tests.helpers.chain.words import of_model, read
from tests.helpers.model.accounts import State
from tests.helpers.model.deleveraging import Deleveraging
from tests.helpers.model.errors import Revert
from tests.helpers.model.governance import GovernanceModel
from tests.helpers.model.liquidation import Liquidated
from tests.helpers.model.orders import Signature
from tests.helpers.model.protocol import Protocol
from tests.helpers.model.vault import Vault
from tests.helpers.oracle_model import OracleModel
from tests.helpers.source_model import SourceModel
from tests.stateful.payments import Payments
from tests.stateful.solvency import MOVING, Worths, nobody_earned, nobody_went_bankrupt

S = TypeVar("S", bound="Pair")
R = TypeVar("R")
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
        self.model = Protocol(
            self.oracle,
            decimals,
            chain.now,
            clearing_house=chain.addresses["ClearingHouse"],
            insurance_vault=chain.addresses["InsuranceVault"],
            contract_owners=set(chain.wallets),
            state=State(vault=Vault(COOLDOWN, REDEEM_WINDOW)),
        )
        self.governance = GovernanceModel(self.model)
        # The smallest minimum notional: a hundredth of a token.
        self.cheapest = int(10 ** (decimals - 2))
        self.log: list[Entry] = []
        self.signed: deque[Signed] = deque(maxlen=REMEMBERED)
        # What came of it all: "fill" or "fill: order: expired".
        self.outcomes: Counter[str] = Counter()
        # What is worth counting beside: "liquidation of a part".
        self.sights: Counter[str] = Counter()
        self.payments = Payments()

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
        model = self.model
        return read(self.chain, model.now, list(model.state.markets), model.account_count(), orders)

    def compare(self) -> Words:
        """Every word of the chain against the model; returns the chain's."""
        found = self.words()
        orders = {signed.order for signed in self.signed}
        expected = of_model(self.model, self.oracle, self.chain.people, orders)
        assert found == expected, "\n".join(differences(found, expected))
        return found

    def _same(self, predict: Callable[..., R], act: Callable[..., str | None], *arguments: Any) -> R | None:
        return self._act(lambda: predict(*arguments), lambda: act(*arguments))

    def _act(self, predict: Callable[[], R], act: Callable[[], str | None]) -> R | None:
        """What the model says came of it; None if it was refused, as foreseen."""
        self.model.now = self.chain.now
        name = self.log[-1].name
        before = None if name in MOVING else Worths.of(self.model)
        was_gated = self.model.gate_until() != 0
        result, expected = _foreseen(predict)
        found = act()
        assert found == expected, f"{name}: the chain says {found!r}, the model {expected!r}"
        self.outcomes[name if found is None else f"{name}: {found}"] += 1
        self.compare()
        if was_gated and self.model.gate_until() == 0:
            self.sights["gate fell early"] += 1
        if before is not None and found is None:
            after = Worths.of(self.model)
            nobody_went_bankrupt(before, after)
            if isinstance(result, Liquidated | Deleveraging):
                owners = {i: account.owner for i, account in self.model.state.accounts.items()}
                nobody_earned(before, after, owners, result)
        return result

    def _remember(self, *signed: Signed) -> None:
        self.signed.extend(s for s in signed if s not in self.signed)

    def _proof(self, signed: Signed) -> Signature:
        """What the signature proves to the chain."""
        account = self.model.state.accounts.get(signed.order.account_id)
        accepts = account is not None and self.chain.wallets.get(account.owner) == signed.signer
        return Signature(signed.signer or None, accepts)


def _foreseen(predict: Callable[[], R]) -> tuple[R | None, str | None]:
    """What the model returns, or why it refuses."""
    try:
        return predict(), None
    except Revert as refusal:
        return None, refusal.reason
