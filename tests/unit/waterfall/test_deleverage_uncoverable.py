"""The vault's tokens cannot be sent: it counts as empty, and nobody is stopped."""

import pytest

from tests.helpers.desk import USD, WAD, Desk
from tests.helpers.parameters import PLAIN
from tests.unit.waterfall.sound import assert_sound, refused


@pytest.fixture(scope="module", autouse=True)
def blocked(project, owner, desk):
    """Another deployment, whose collateral blocks the vault."""
    token = owner.deploy(project.BlacklistToken, 6)
    return Desk(project, owner, PLAIN, token=token)


@pytest.fixture
def victim(blocked, debtor, winner):
    """A long of 1 base that owes 100, which the vault has and cannot send."""
    victim, short = blocked.account(debtor), blocked.account(winner)
    blocked.endow(victim, 400 * USD)
    blocked.endow(short, 10_000 * USD)
    blocked.trade(victim, short)
    blocked.insure(1_000 * USD)
    blocked.crash(3_500 * WAD)
    blocked.token.set_blacklisted(blocked.vault, True, sender=blocked.owner)
    return victim


def test_liquidate__vault_cannot_send__reverts(blocked, victim, liquidator):
    rescuer = blocked.account(liquidator)
    blocked.endow(rescuer, 10_000 * USD)
    with refused(blocked, "liq: deleverage"):
        blocked.liquidate(victim, rescuer)


def test_deleverage__vault_cannot_send__counts_as_empty(blocked, victim):
    assert blocked.lens.insurance_capacity(1) == 1_000 * USD
    receipt = blocked.deleverage_next(victim)
    (started,) = blocked.named(receipt, "DeleveragingStarted")
    (ended,) = blocked.named(receipt, "DeleveragingEnded")
    assert (started["insurance"], ended["insurance_paid"], ended["haircut"]) == (0, 0, 100 * USD)
    # The buckets have not lost anything either.
    assert blocked.lens.insurance_capacity(1) == blocked.vault.collateral_ledger() == 1_000 * USD
    assert blocked.cash(victim) == 0
    assert_sound(blocked)
