"""set_vault_fee_share: WAD here, ppm in ClearingHouse."""

import ape
import pytest

from tests.unit.governance.conftest import emitted
from tests.unit.governance.parameters import PPM, WAD


@pytest.mark.parametrize("share", [0, PPM, WAD // 2, WAD])
def test_set_vault_fee_share__owner__hands_it_on_in_ppm(governance, clearing_house, owner, share):
    governance.set_vault_fee_share(share, sender=owner)
    assert clearing_house.vault_fee_share() == share // PPM


def test_set_vault_fee_share__owner__emits_exactly_this(governance, clearing_house, owner):
    governance.set_vault_fee_share(WAD // 4, sender=owner)
    assert emitted(governance.set_vault_fee_share(WAD // 2, sender=owner)) == [
        (clearing_house.address, "VaultFeeShareSet", {"old_share": 250_000, "new_share": 500_000})
    ]


@pytest.mark.parametrize("role", ["guardian", "stranger"])
def test_set_vault_fee_share__not_the_owner__reverts(governance, state, request, role):
    before = state()
    with ape.reverts("ownable: caller is not the owner"):
        governance.set_vault_fee_share(WAD // 2, sender=request.getfixturevalue(role))
    assert state() == before


@pytest.mark.parametrize(
    ("share", "reason"),
    [
        (WAD + PPM, "fees: share above 1"),
        (2**256 - 1, "fees: share above 1"),
        (WAD // 2 + 1, "fees: share unit"),
        (WAD - 1, "fees: share unit"),
    ],
)
def test_set_vault_fee_share__bad_share__reverts(governance, state, owner, share, reason):
    before = state()
    with ape.reverts(reason):
        governance.set_vault_fee_share(share, sender=owner)
    assert state() == before
