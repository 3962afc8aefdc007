"""Governance on a recording ClearingHouse and a router with settable answers."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.governance.parameters import MARK, PARAMS, PPM, named

ZERO_ADDRESS = "0x" + "00" * 20


@pytest.fixture(scope="session")
def owner(accounts: Any) -> Any:
    return accounts[0]


@pytest.fixture(scope="session")
def guardian(accounts: Any) -> Any:
    return accounts[1]


@pytest.fixture(scope="session")
def stranger(accounts: Any) -> Any:
    return accounts[2]


@pytest.fixture(scope="module")
def clearing_house(project: Any, owner: Any) -> Any:
    return owner.deploy(project.ClearingHouseStub)


@pytest.fixture(scope="module")
def router(project: Any, owner: Any) -> Any:
    return owner.deploy(project.MockRouter)


@pytest.fixture(scope="module")
def set_source(router: Any, owner: Any) -> Callable[..., None]:
    """Give a market a source and what both `peek` and `refresh` answer for it."""

    def set_source(
        market_id: int, *, update_threshold: int = 5_000 * PPM, price: int = MARK, valid: bool = True
    ) -> None:
        config = {
            "source": router.address,
            "second_source": ZERO_ADDRESS,
            "polled": True,
            "max_age": 120,
            "max_move": 50_000 * PPM,
            "confirm": 60,
            "stale_move": 300_000 * PPM,
            "update_threshold": update_threshold,
        }
        router.set_source_config(market_id, config, sender=owner)
        router.set_quote(market_id, quote(price, valid), sender=owner)

    return set_source


@pytest.fixture(scope="module")
def governance(
    project: Any, clearing_house: Any, router: Any, set_source: Any, owner: Any, guardian: Any
) -> Any:
    """Nothing listed; markets 1 and 2 have a source and a price."""
    governance = owner.deploy(project.Governance, clearing_house, router, 6)
    governance.set_guardian(guardian, sender=owner)
    set_source(1)
    set_source(2)
    return governance


@pytest.fixture
def listed(governance: Any, owner: Any) -> Any:
    """Market 1 is listed."""
    governance.list_market(PARAMS, sender=owner)
    return governance


@pytest.fixture(scope="module")
def state(governance: Any, clearing_house: Any) -> Callable[[], Any]:
    """Everything that Governance keeps or told ClearingHouse, to compare before and after."""

    def state() -> Any:
        return (
            governance.market_count(),
            governance.owner(),
            governance.pending_owner(),
            governance.guardian(),
            [(named(p), at) for p, at in (governance.scheduled(i) for i in (1, 2))],
            [(clearing_house.params_word(i), clearing_house.liquidation_word(i)) for i in (1, 2)],
            clearing_house.vault_fee_share(),
            clearing_house.treasury_receiver(),
        )

    return state


def quote(price: int = MARK, valid: bool = True) -> dict[str, Any]:
    return {"price": price, "valid": valid, "stale_move": 300_000}


def emitted(receipt: Any) -> list[tuple[str, str, dict[str, Any]]]:
    """All events of a receipt, in order: address, name, arguments with a MarketParams by field name."""
    return [
        (
            event.contract_address,
            event.event_name,
            {k: named(v) if isinstance(v, (list, tuple)) else v for k, v in event.event_arguments.items()},
        )
        for event in receipt.events
    ]
