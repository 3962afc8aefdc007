"""What the views of Lens, ClearingHouse and vault say, against the model's."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from tests.helpers.chain.driver import Call
from tests.helpers.model.errors import Revert
from tests.helpers.model.protocol import Protocol

HOUSE, LENS, VAULT = "ClearingHouse", "Lens", "InsuranceVault"
# A call, and what the model says.
Question = tuple[Call, Callable[[], Any]]


def of_account(model: Protocol, account_id: int) -> Iterator[Question]:
    """Any account that exists, in all markets."""
    i = account_id
    yield (HOUSE, "is_bankrupt", (i,)), partial(model.is_bankrupt, i)
    yield (HOUSE, "is_liquidatable", (i,)), partial(model.is_liquidatable, i)
    for m in model.state.markets:
        yield (HOUSE, "is_parked", (i, m)), partial(model.is_parked, i, m)
        yield (LENS, "shortfall", (i, m)), partial(model.shortfall, i, m)
        yield (LENS, "liquidatable_size", (i, m)), partial(model.liquidatable_size, i, m)
        held = abs(model.state.accounts[i].size(m))
        for part in {0, 1, held // 3, held, held + 1}:
            yield (
                (LENS, "bankruptcy_quote", (i, m, part)),
                partial(model.bankruptcy_quote, i, m, part),
            )


def of_vault(model: Protocol, holder: str) -> Iterator[Question]:
    yield (HOUSE, "gate_until", ()), model.gate_until
    yield (VAULT, "totalAssets", ()), model.vault_total_assets
    yield (VAULT, "maxRedeem", (holder,)), partial(model.vault_max_redeem, holder)
    yield (VAULT, "maxWithdraw", (holder,)), partial(model.vault_max_withdraw, holder)
    for m in (0, *model.state.markets):
        yield (VAULT, "bucket", (m,)), partial(model.bucket, m)
    for m in model.state.markets:
        yield (LENS, "insurance_capacity", (m,)), partial(model.insurance_capacity, m)


def answer(ask: Callable[[], Any]) -> Any:
    """None for what is refused."""
    try:
        return ask()
    except Revert:
        return None
