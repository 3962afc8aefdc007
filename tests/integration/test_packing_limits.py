"""The edges of every packed field that can be reached from outside, on 18 decimals and a huge supply."""

import ape
import pytest

from tests.helpers.books import assert_books
from tests.helpers.desk import PRICE, WAD, Desk
from tests.helpers.parameters import PLAIN

DECIMALS = 18
# 10 tokens of 18 decimals, depth in whole tokens.
PARAMS = PLAIN.but(min_notional=10 * WAD, funding_depth=WAD)
MAX_PRICE, MAX_SIZE, MAX_CASH = 2**88 - 1, 2**95 - 1, 2**127 - 1
# The largest whole number of 1e15 in 95 bits, and bounds in 1/10000 of it (which divides 1e15).
CAP = MAX_SIZE // 10**15 * 10**15
VAST = PARAMS.but(
    min_notional=WAD // 100, open_interest_cap=CAP, open_interest_lower=CAP // 10_000, open_interest_upper=CAP
)


def rich(desk, trader, amount=2**126):
    account = desk.account(trader)
    desk.endow(account, amount)
    return account


def test_decimals__six_and_eighteen_say_the_same(desk, project, owner, maker, taker):
    """Whoever deposits another token is not worth another amount: 12 digits more, otherwise the same
    numbers."""
    six = Desk(project, owner, PLAIN)
    seen = []
    for each in (six, desk):
        a, b = each.account(maker, 1_000), each.account(taker, 1_000)
        each.trade(a, b, WAD // 3)
        each.report(4_100 * WAD)
        seen.append([each.values(i) for i in (a, b)])
    # A third of a base, floored at 18 decimals: 1,333.333333333333333332 on either side.
    assert seen[1][0][0] == 1_033_333_333_333_333_333_300
    for small, large in zip(sum(seen[0], ()), sum(seen[1], ()), strict=True):
        assert abs(large - small * 10**12) <= 2 * 10**12
    assert_books(desk)
    assert_books(six)


def test_position__largest_size_at_the_highest_price(desk, maker, taker):
    """size 2**95 (nearly) at 2**88 - 1: every product of the margin arithmetic at its largest."""
    market = desk.list_market(MAX_PRICE, VAST)
    long, short = rich(desk, maker), rich(desk, taker)
    desk.trade(long, short, CAP, MAX_PRICE, 1, market)

    notional = CAP * MAX_PRICE // WAD
    up = -(-CAP * MAX_PRICE // WAD)
    assert 2**123 < notional < 2**124
    assert [(desk.slot(i, market).size, desk.slot(i, market).entry_price) for i in (long, short)] == [
        (CAP, MAX_PRICE),
        (-CAP, MAX_PRICE),
    ]
    assert (desk.cash(long), desk.cash(short)) == (2**126 - notional, 2**126 + notional)
    maintenance = -(-up * 5_000 // 10**6)
    assert desk.values(long) == (2**126, up, maintenance, 2**126 - up)
    assert desk.clearing_house.open_interest(market) == CAP

    low = MAX_PRICE * 9 // 10 + 1
    desk.report(low, market)
    lost = notional - CAP * low // WAD
    assert desk.values(long)[0] == 2**126 - lost
    assert desk.lens.position(long, market).unrealized_pnl == CAP * (low - MAX_PRICE) // WAD
    assert desk.lens.roe(long, market) == (low - MAX_PRICE) * WAD // MAX_PRICE
    desk.close(long, short, low, market)
    assert_books(desk)
    desk.clearing_house.withdraw(long, desk.cash(long), maker, sender=maker)


def test_position__beyond_the_cap_or_its_field(desk, maker, taker):
    """The cap fits a size, so no sum of longs does not; a size beyond 95 bits does not reach the packing."""
    market = desk.list_market(10**6, VAST)
    long, short = rich(desk, maker), rich(desk, taker)
    for size, reason in (
        (MAX_SIZE, "market: open interest cap"),
        (CAP + 1, "market: open interest cap"),
        (MAX_SIZE + 1, "fill: size overflow"),
        (2**96, "fill: size overflow"),
        (2**128, "fill: size overflow"),
    ):
        with ape.reverts(reason):
            desk.trade(long, short, size, 10**6, 1, market)
    desk.trade(long, short, CAP, 10**6, 1, market)
    # The short would have to be larger than its field: 2**95 more on top of what it has.
    with ape.reverts("fill: size overflow"):
        desk.trade(long, short, MAX_SIZE, 10**6, 1, market)
    # A flip from -CAP to +CAP is not more than either field holds.
    third = rich(desk, maker)
    desk.trade(third, long, CAP, 10**6, 1, market)
    with ape.reverts("fill: size overflow"):
        desk.trade(short, third, MAX_SIZE + 1, 10**6, 1, market)
    desk.trade(short, third, CAP, 10**6, 1, market)
    assert desk.clearing_house.open_interest(market) == 0


def test_entry_price__lowest_price(desk, maker, taker):
    """At the lowest mark of 1e6 and the lowest price in its band the return still divides by something."""
    market = desk.list_market(10**6, VAST)
    long, short = rich(desk, maker), rich(desk, taker)
    # 2e28 base at 1e6 are 2e16 units, 0.02 tokens.
    desk.trade(long, short, 2 * 10**28, 950_000, 1, market)
    assert desk.lens.roe(long, market) == 50_000 * WAD // 950_000
    assert desk.lens.roe(short, market) == -50_000 * WAD // 950_000
    with ape.reverts("fill: outside price band"):
        desk.trade(long, short, 10**28, 949_999, 1, market)


@pytest.mark.parametrize("whole", [MAX_CASH, MAX_CASH - 4_000 * WAD + 1])
def test_cash__full_account_wraps_into_a_debt(desk, maker, taker, whole):
    """A short's cash would grow past int128 and turn negative: the fill is refused, a deposit as well."""
    short, long = rich(desk, maker, whole), desk.account(taker, 10_000)
    with ape.reverts("account: cash overflow"):
        desk.trade(long, short)
    with ape.reverts("account: cash overflow"):
        desk.endow(short, MAX_CASH - whole + 1)
    assert desk.cash(short) == whole
    # It can go long, and be rid of it again.
    desk.trade(short, long)
    desk.close(short, long)
    assert desk.cash(short) == whole


def test_cash__exactly_full(desk, maker, taker):
    short, long = rich(desk, maker, MAX_CASH - 4_000 * WAD), desk.account(taker, 10_000)
    desk.trade(long, short)
    assert desk.cash(short) == MAX_CASH
    assert desk.values(short)[0] == MAX_CASH - 4_000 * WAD
    desk.close(short, long)
    desk.clearing_house.withdraw(short, MAX_CASH - 4_000 * WAD, taker, sender=maker)


def test_cash__negative_is_sign_extended(desk, maker, taker):
    """A long at 100x owes most of its position: cash is -3,960, and the markets' bytes are untouched."""
    long, short = desk.account(maker, 40), desk.account(taker, 1_000)
    desk.trade(long, short, leverage=100)
    assert desk.cash(long) == -3_960 * WAD
    assert desk.clearing_house.account_word(long) == (-3_960 * WAD) % 2**128 | 1 << 128
    assert desk.values(long) == (40 * WAD, 40 * WAD, 20 * WAD, 0)


def test_withdraw__amount_that_is_negative_as_int256(desk, maker, taker):
    """2**255 and above would add to cash if converted carelessly."""
    account = rich(desk, maker)
    for amount in (2**255, 2**256 - 1, 2**256 - 2**126):
        with ape.reverts("withdraw: too much"):
            desk.clearing_house.withdraw(account, amount, taker, sender=maker)


def test_fees__of_the_largest_fill(desk, maker, taker):
    """6.5535 % fees (the field's most is 65,535 ppm, half of a maintenance of 13.2 %) of 2**123 units."""
    params = VAST.but(
        max_leverage=5,
        maintenance_rate=132_000 * 10**12,
        maker_fee=65_535 * 10**12,
        taker_fee=65_535 * 10**12,
    )
    market = desk.list_market(MAX_PRICE, params)
    # The vault's and the treasury's credits have 116 bits each: this fee has 119.
    long, short = rich(desk, maker), rich(desk, taker)
    with ape.reverts("ledger: credit overflow"):
        desk.trade(long, short, CAP, MAX_PRICE, 1, market)
    desk.trade(long, short, CAP // 32, MAX_PRICE, 1, market)
    assert 2**115 < desk.clearing_house.treasury_credit() < 2**116
    with ape.reverts("ledger: credit overflow"):
        desk.trade(long, short, CAP // 32, MAX_PRICE, 1, market)
    assert_books(desk)


def test_prices__beyond_eighty_eight_bits_or_below_the_minimum(desk, maker, taker):
    long, short = desk.account(maker, 10_000), desk.account(taker, 10_000)
    for price in (MAX_PRICE + 1, 2**256 - 1):
        with ape.reverts("fill: price out of range"):
            desk.trade(long, short, price=price)
    assert desk.clearing_house.mark_price(1) == PRICE
