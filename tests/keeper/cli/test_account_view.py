"""`plimsoll account`: the numbers of contracts/WATERFALL.md, sections 7 and 9."""

from decimal import Decimal

import pytest

from keeper.cli.views.account import AccountView, LegView, NoSuchAccount, TierView, account_view
from tests.keeper.cli.example_book import MAX_AGE, NOW, WAD, example_book, parked


def leg(view: AccountView, market_id: int) -> LegView:
    return next(each for each in view.legs if each.market_id == market_id)


def test_account_view__bankrupt__equity_state_and_flag() -> None:
    view = account_view(example_book(flagged_at=NOW - 10), NOW, 1)
    assert view.state == "bankrupt"
    assert view.equity == view.sure_equity == Decimal("-93.965682")
    assert view.cash == Decimal("-19585.058824")
    assert view.withdrawable == 0
    assert view.flagged_at == NOW - 10
    # At the mark already: no distance left.
    assert leg(view, 1).liquidation_price == Decimal(3_770)
    assert leg(view, 1).distance == 0


def test_account_view__thin__liquidatable() -> None:
    view = account_view(example_book(), NOW, 5)
    assert view.state == "liquidatable"
    assert (view.equity, view.maintenance) == (Decimal(5), Decimal("46.15"))
    assert view.health == Decimal("0.108342361863")


def test_account_view__winner__requirements_profit_and_rank() -> None:
    view = account_view(example_book(), NOW, 4)
    short = leg(view, 1)
    assert view.state == "healthy"
    assert (view.equity, view.initial, view.maintenance) == (Decimal(760), Decimal("150.8"), Decimal("37.7"))
    # 760 less 150.8 less the profit of 460.
    assert view.withdrawable == Decimal("149.2")
    assert (short.side, short.size, short.leverage, short.notional) == (
        "short",
        Decimal(-2),
        50,
        Decimal(7_540),
    )
    assert (short.profit, short.roe) == (Decimal(460), Decimal("2.875"))
    assert (short.rank, short.ranked, short.lights) == (2, 4, 4)


def test_account_view__liquidation_price__one_wei_further_is_liquidatable() -> None:
    book = example_book()
    limit = leg(account_view(book, NOW, 4), 1).liquidation_price
    assert limit is not None
    # 8,300 = 2 P + 0.01 P at the limit, about 4,129.35.
    assert limit.quantize(Decimal("0.01")) == Decimal("4129.35")
    price = int(limit * WAD)
    assert account_view(example_book((price, 91 * WAD)), NOW, 4).state == "liquidatable"
    assert account_view(example_book((price - 10**10, 91 * WAD)), NOW, 4).state == "healthy"


def test_account_view__lower_tiers__margin_missing_and_place() -> None:
    lower = leg(account_view(example_book(), NOW, 4), 1).lower
    assert [tier.leverage for tier in lower] == [20, 10, 5, 3, 2, 1]
    # Section 9: 300 without profit, 10x asks for 754; at 10x the ROE is 0.575 and account 4 stands last.
    assert lower[1] == TierView(10, "margin", Decimal(454), Decimal("0.575"), 4, 2)
    # 377 at 20x; with 1.15 it stands behind account 5 still.
    assert lower[0] == TierView(20, "margin", Decimal(77), Decimal("1.15"), 2, 4)


def test_account_view__enough_margin__lower_tier_allowed() -> None:
    lower = leg(account_view(example_book(), NOW, 3), 1).lower
    # 2,000 without profit, 5x asks for 3,770, so 1,770 are missing; nothing is allowed.
    assert lower[0] == TierView(5, "margin", Decimal(1_770), Decimal("0.345679012345679012"), 4, 2)
    rich = account_view(example_book(), NOW, 6)
    tiers = leg(rich, 2).lower
    # Equity 5,355.553915, profit 540; 1,820.89 for the long at 10x and 1,092 for 5,460 at 5x.
    assert [(tier.leverage, tier.refusal) for tier in tiers] == [(5, ""), (3, ""), (2, ""), (1, "margin")]


def test_account_view__stale_market__favour_and_nothing_withdrawable() -> None:
    view = account_view(example_book(updated_at=NOW - MAX_AGE - 1), NOW, 4)
    assert view.withdrawable is None
    # The short's 3,770 halved in its favour.
    assert view.equity == Decimal(4_530)
    assert view.sure_equity == Decimal(760)
    assert view.health is None
    assert leg(view, 1).liquidation_price is None
    assert {tier.refusal for tier in leg(view, 1).lower} == {"no valid price"}


def test_account_view__parked__no_rank() -> None:
    short = leg(account_view(parked(example_book(), 5), NOW, 5), 1)
    assert (short.parked, short.rank, short.ranked, short.lights) == (True, 0, 0, 0)


def test_account_view__opened_and_empty__flat() -> None:
    view = account_view(example_book(), NOW, 7)
    assert (view.state, view.equity, view.withdrawable) == ("flat", Decimal(0), Decimal(0))
    assert (view.health, view.legs) == (None, ())
    assert view.owner == "0x5fbdb2315678afecb367f032d93f642f64180aa3"


@pytest.mark.parametrize("account_id", [0, 8])
def test_account_view__never_opened__says_the_last_one(account_id: int) -> None:
    with pytest.raises(NoSuchAccount, match=f"there is no account {account_id}: the last one is 7"):
        account_view(example_book(), NOW, account_id)
