"""What an account is worth beside what parity with the contracts shows."""

import pytest

from keeper.arithmetic import MAX_PRICE
from keeper.strategy.risk import Unpriced, account_values, liquidation_price, standing, withdrawable
from tests.keeper.strategy.town import TOKEN, WAD, Town


@pytest.mark.parametrize("size", [10.0, -10.0, 0.37, -123.456])
def test_liquidation_price__of_a_leg__is_the_first_at_which_it_is_thin(size: float) -> None:
    town = Town(1_000, 50)
    account_id = town.account(int(abs(size) * 100 * TOKEN), m1=(size, 1_000, 10), m2=(1, 50, 1))
    seen = standing(town.book, town.marks, town.book.account(account_id))
    price = liquidation_price(town.book, seen, 1)
    assert price is not None
    safer = 1 if size > 0 else -1
    for at, thin in ((price, True), (price + safer, False)):
        town.happen(("PriceAccepted", (1, at, town.now)))
        again = standing(town.book, town.marks, town.book.account(account_id))
        assert again.is_liquidatable == thin
    assert (price < 1_000 * WAD) == (size > 0)


def test_liquidation_price__of_a_long_paid_in_full__is_none() -> None:
    town = Town(1_000)
    town.account(2_000 * TOKEN, m1=(1, 1_000, 1))
    assert liquidation_price(town.book, standing(town.book, town.marks, town.book.account(1)), 1) is None


def test_liquidation_price__of_a_short_that_no_price_reaches__is_none() -> None:
    town = Town(1_000)
    town.account(MAX_PRICE, m1=(-1e-6, 1_000, 1))
    assert liquidation_price(town.book, standing(town.book, town.marks, town.book.account(1)), 1) is None


def test_liquidation_price__of_a_thin_account__is_the_mark() -> None:
    town = Town(1_000)
    town.account(20 * TOKEN, m1=(1, 1_000, 50))
    town.reprice(m1=984)
    seen = standing(town.book, town.marks, town.book.account(1))
    assert liquidation_price(town.book, seen, 1) == 984 * WAD


def test_standing__a_leg_without_a_price__counts_in_favour_and_adds_no_requirement() -> None:
    town = Town(1_000)
    town.account(100 * TOKEN, m1=(1, 1_000, 10))
    town.account(100 * TOKEN, m1=(-1, 1_000, 10))
    town.pending(1, 3_000)
    for account_id in (1, 2):
        seen = standing(town.book, town.marks, town.book.account(account_id))
        assert (seen.sure_equity, seen.equity) == (100 * TOKEN, 600 * TOKEN)
        assert (seen.maintenance, seen.initial, seen.profit, seen.loss) == (0, 0, 0, 0)
        with pytest.raises(Unpriced):
            account_values(seen)


def test_withdrawable__with_profit__is_without_it() -> None:
    town = Town(1_000)
    town.account(300 * TOKEN, m1=(1, 1_000, 10))
    town.reprice(m1=1_100)
    seen = standing(town.book, town.marks, town.book.account(1))
    assert seen.sure_equity == 400 * TOKEN
    assert withdrawable(seen) == (400 - 110 - 100) * TOKEN
