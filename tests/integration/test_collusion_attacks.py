"""Attacks by accounts that belong together: what one loses the other must not win from anybody else."""

import pytest

from tests.helpers.crash import (
    assert_sound,
    assets,
    deleverage_next,
    equities,
    fall,
    flag,
    insure,
    liquidate,
    refused,
    short,
)
from tests.helpers.desk import USD, WAD

NOT_LIQUIDATABLE = "liq: not liquidatable"

pytestmark = pytest.mark.usefixtures("bystanders")


def test_colluders__at_unchanged_marks(desk, delegate, maker):
    """Freshly opened at the worst price the band allows, at 100x: not one unit of it is liquidatable."""
    insure(desk, delegate, 1_000 * USD)
    pair = [desk.account(maker) for _ in range(2)]
    desk.endow(pair[0], 240 * USD)
    desk.endow(pair[1], 40 * USD)
    short(desk, pair[1], pair[0], price=4_200 * WAD, leverage=100)
    # 40 of margin for the long, which lost 200 at once to the short.
    assert equities(desk, pair) == 280 * USD
    for account, other in (pair, reversed(pair)):
        with refused(desk, NOT_LIQUIDATABLE):
            liquidate(desk, account, other, leverage=100)
        with refused(desk, "adl: not bankrupt"):
            deleverage_next(desk, account)
        with refused(desk, "flag: not bankrupt"):
            flag(desk, account)
    assert assets(desk) == 1_000 * USD


@pytest.mark.parametrize("size", [2**255, WAD, WAD // 2, WAD // 100, 1])
def test_colluders__thin_account_taken_over_by_its_friend(desk, delegate, maker, size):
    """The penalty is paid by the pair, part of it back to the pair: it never gains, whatever the parts."""
    insure(desk, delegate, 1_000 * USD)
    thin, friend = desk.account(maker, 56), desk.account(maker, 3_000)
    short(desk, friend, thin, leverage=2)
    fall(desk, 3_960 * WAD)
    before = equities(desk, [thin, friend])
    for _ in range(3):
        if not desk.clearing_house.is_liquidatable(thin):
            break
        liquidate(desk, thin, friend, size)
    gained = equities(desk, [thin, friend]) - before
    assert gained <= 0
    # Each value is floored: a unit more may be nobody's.
    assert 0 <= -gained - (assets(desk) - 1_000 * USD) <= 1
    assert_sound(desk)


def test_colluders__across_a_gap__take_what_is_beyond_their_margin(desk, delegate, maker):
    """The documented limit: a neutral pair at 100x wins 60 of a gap of 100, from the vault, up to the
    bucket."""
    insure(desk, delegate, 1_000 * USD, cap=50 * USD)
    pair = [desk.account(maker, 40), desk.account(maker, 40)]
    friend = desk.account(maker, 1_000)
    short(desk, pair[1], pair[0], leverage=100)
    fall(desk)
    with refused(desk, "liq: deleverage"):
        liquidate(desk, pair[0], friend)
    # The short is the top: what the vault does not pay the pair pays itself.
    deleverage_next(desk, pair[0], 256)
    assert equities(desk, pair) == (80 + 50) * USD
    assert assets(desk) == 950 * USD
    assert_sound(desk)
