"""set_gate_floor."""

import ape
import pytest

from tests.helpers.events import emitted


def test_set_gate_floor__owner__replaces_it(desk, vault):
    vault.set_gate_floor(500, sender=desk.owner)
    assert vault.gate_floor() == 500


def test_set_gate_floor__owner__emits_exactly_this(desk, vault):
    vault.set_gate_floor(500, sender=desk.owner)
    assert emitted(vault.set_gate_floor(0, sender=desk.owner), vault) == [
        ("GateFloorSet", {"old_floor": 500, "new_floor": 0})
    ]


@pytest.mark.parametrize("role", ["depositor", "stranger"])
def test_set_gate_floor__not_the_owner__reverts(desk, vault, request, role):
    vault.set_gate_floor(500, sender=desk.owner)
    with ape.reverts("vault: not the owner"):
        vault.set_gate_floor(1, sender=request.getfixturevalue(role))
    assert vault.gate_floor() == 500


def test_set_gate_floor__so_large_that_a_sum_could_overflow__reverts(desk, vault):
    for amount in (2**128 + 1, 2**256 - 1):
        with ape.reverts("vault: gate floor too large"):
            vault.set_gate_floor(amount, sender=desk.owner)
    vault.set_gate_floor(2**128, sender=desk.owner)
    assert vault.gate_floor() == 2**128
