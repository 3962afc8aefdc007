import pytest

from keeper.book.accounts import Accounts
from keeper.book.errors import BrokenHistory

OWNER = 0xDEADBEEF


def one() -> Accounts:
    accounts = Accounts(capacity=256)
    accounts.open(1, OWNER)
    return accounts


def test_open__next_id__is_empty_and_owned() -> None:
    accounts = one()
    assert accounts.count == 1
    assert accounts.owner_of(1) == f"0x{OWNER:040x}"
    assert (accounts.cash_of(1), accounts.flag_of(1), accounts.epoch_of(1)) == (0, 0, 0)
    assert accounts.open_markets(1) == b""
    assert accounts.row_of(1, 1) == -1


@pytest.mark.parametrize("account_id", [1, 3])
def test_open__id_out_of_turn__breaks(account_id: int) -> None:
    with pytest.raises(BrokenHistory, match=f"account {account_id} opened after account 1"):
        one().open(account_id, OWNER)


def test_open__past_the_capacity__grows() -> None:
    accounts = Accounts(capacity=256)
    for account_id in range(1, 514):
        accounts.open(account_id, account_id)
        accounts.set_cash(account_id, -account_id)
    assert accounts.cash.tolist() == [-i for i in range(1, 514)]
    assert accounts.owner_of(300) == f"0x{300:040x}"
    assert len(accounts.rows) == len(accounts.markets) == 513


@pytest.mark.parametrize("account_id", [0, -1, 2])
def test_cash_of__unknown_account__breaks(account_id: int) -> None:
    with pytest.raises(BrokenHistory, match="there is no account"):
        one().cash_of(account_id)


@pytest.mark.parametrize("cash", [0, -1, 5, 2**127 - 1, -(2**127)])
def test_set_cash__any__is_exact(cash: int) -> None:
    accounts = one()
    accounts.set_cash(1, cash)
    assert accounts.cash_of(1) == cash
    assert accounts.cash.tolist() == [float(cash)]


def test_link__eight_markets__are_found_oldest_first() -> None:
    accounts = one()
    for market_id in (64, 3, 1, 9, 5, 2, 7, 8):
        accounts.link(1, market_id, 1_000 * market_id)
    assert list(accounts.open_markets(1)) == [64, 3, 1, 9, 5, 2, 7, 8]
    assert accounts.row_of(1, 64) == 64_000
    assert accounts.row_of(1, 8) == 8_000
    assert accounts.row_of(1, 4) == -1
    with pytest.raises(BrokenHistory, match="ninth market"):
        accounts.link(1, 10, 0)


def test_unlink__in_the_middle__later_ones_move_down() -> None:
    accounts = one()
    for market_id in (4, 5, 6):
        accounts.link(1, market_id, market_id + 100)
    accounts.unlink(1, 5)
    assert accounts.markets.tolist() == [[4, 6, 0, 0, 0, 0, 0, 0]]
    assert accounts.rows.tolist() == [[104, 106, 0, 0, 0, 0, 0, 0]]
    accounts.link(1, 5, 7)
    assert [(m, accounts.row_of(1, m)) for m in accounts.open_markets(1)] == [(4, 104), (6, 106), (5, 7)]


def test_restore__after_every_write__is_as_before() -> None:
    accounts = one()
    accounts.set_cash(1, -7)
    accounts.set_flag(1, 99)
    accounts.link(1, 2, 3)
    raw = accounts.records.raw(0)
    accounts.before = {}
    accounts.set_cash(1, 8)
    accounts.set_flag(1, 0)
    accounts.set_epoch(1, 5)
    accounts.unlink(1, 2)
    assert accounts.before == {0: raw}
    accounts.restore(0, raw)
    assert accounts.records.raw(0) == raw
    assert (accounts.cash.tolist(), accounts.flagged_at.tolist()) == ([-7.0], [99])
    assert (accounts.epoch_of(1), accounts.row_of(1, 2)) == (0, 3)


def test_mirror__from_records__is_as_written() -> None:
    accounts = one()
    accounts.set_cash(1, -(2**100) - 1)
    accounts.set_flag(1, 1_700_000_000)
    accounts.cash[:] = 0
    accounts.flagged_at[:] = 0
    accounts.mirror()
    assert accounts.cash.tolist() == [-(2.0**100)]
    assert accounts.flagged_at.tolist() == [1_700_000_000]
