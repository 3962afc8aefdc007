"""set_guardian."""

import ape
import pytest

from tests.unit.governance.conftest import ZERO_ADDRESS, emitted


@pytest.mark.parametrize("to_nobody", [False, True])
def test_set_guardian__owner__replaces_the_guardian(governance, owner, stranger, to_nobody):
    new = ZERO_ADDRESS if to_nobody else stranger.address
    governance.set_guardian(new, sender=owner)
    assert governance.guardian() == new


def test_set_guardian__owner__emits_exactly_this(governance, owner, guardian, stranger):
    assert emitted(governance.set_guardian(stranger, sender=owner)) == [
        (governance.address, "GuardianSet", {"old_guardian": guardian, "new_guardian": stranger})
    ]


@pytest.mark.parametrize("role", ["guardian", "stranger"])
def test_set_guardian__not_the_owner__reverts(governance, state, request, role):
    before = state()
    with ape.reverts("ownable: caller is not the owner"):
        governance.set_guardian(request.getfixturevalue("stranger"), sender=request.getfixturevalue(role))
    assert state() == before
