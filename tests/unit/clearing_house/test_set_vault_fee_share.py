"""set_vault_fee_share: Governance only; the split of fees it decides."""

import ape
import pytest

from tests.helpers import anvil
from tests.helpers.desk import USD, WAD
from tests.helpers.events import emitted
from tests.helpers.parameters import MarketParams

PARAMS = MarketParams(funding_cap=0)
# 1 base at 4,000: 0.80 of the maker, 2.00 of the taker.
FEES = 2_800_000


def credited(desk):
    return desk.clearing_house.vault_credit(), desk.clearing_house.treasury_credit()


@pytest.fixture
def pair(desk, maker, taker):
    return desk.account(maker, 10_000), desk.account(taker, 10_000)


@pytest.mark.parametrize(
    ("share", "vault"),
    [
        (0, 0),
        (WAD // 4, 700_000),
        (WAD, FEES),
        # 2,800,000 * 333,333 / 1e6 = 933,332.4, up
        (333_333 * 10**12, 933_333),
        # 2,800,000 * 1 / 1e6 = 2.8, up
        (10**12, 3),
    ],
)
def test_set_vault_fee_share__owner__vault_gets_its_share_rounded_up(desk, pair, owner, share, vault):
    desk.governance.set_vault_fee_share(share, sender=owner)
    desk.trade(*pair)
    assert credited(desk) == (vault, FEES - vault)
    assert desk.clearing_house.total_cash() == 20_000 * USD - FEES


def test_set_vault_fee_share__changed__past_fees_stay_where_they_are(desk, pair, owner):
    desk.trade(*pair)
    desk.governance.set_vault_fee_share(WAD, sender=owner)
    assert credited(desk) == (0, FEES)
    desk.trade(*pair)
    assert credited(desk) == (FEES, FEES)


def test_set_vault_fee_share__any__emits_exactly_this(desk, owner):
    desk.governance.set_vault_fee_share(WAD // 4, sender=owner)
    receipt = desk.governance.set_vault_fee_share(WAD // 2, sender=owner)
    assert emitted(receipt, desk.clearing_house) == [
        ("VaultFeeShareSet", {"old_share": 250_000, "new_share": 500_000})
    ]


def test_set_vault_fee_share__above_one__reverts(desk):
    governance = anvil.impersonated(desk.governance)
    for share in (10**6 + 1, 2**20, 2**256 - 1):
        with ape.reverts("vault: share above 100 %"):
            desk.clearing_house.set_vault_fee_share(share, sender=governance)


def test_set_vault_fee_share__stranger_or_owner__reverts(desk, pair, stranger, owner):
    for sender in (stranger, owner):
        with ape.reverts("market: not governance"):
            desk.clearing_house.set_vault_fee_share(10**6, sender=sender)
    desk.trade(*pair)
    assert credited(desk) == (0, FEES)
