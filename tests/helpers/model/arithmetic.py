"""The protocol's arithmetic in exact integers: one function per rounding mode and per formula.

Units: sizes, prices and ROE are WAD, money is in quote units, stored rates are parts per million.
Signed quantities that Vyper would truncate are divided by `trunc_div`; `//` floors, as in Python.
"""

WAD = 10**18
PPM = 10**6
MIN_PRICE = 10**6
MAX_PRICE = 2**88 - 1
MAX_SIZE = 2**95 - 1
MAX_OPEN_MARKETS = 8
MAX_CREDIT = 2**116 - 1
LEVERAGES = (1, 2, 3, 5, 10, 20, 50, 100)


def floor_div(numerator: int, denominator: int) -> int:
    """Toward minus infinity."""
    return numerator // denominator


def ceil_div(numerator: int, denominator: int) -> int:
    """Toward plus infinity."""
    return -(-numerator // denominator)


def trunc_div(numerator: int, denominator: int) -> int:
    """Toward zero, for a positive denominator: what the EVM's SDIV does."""
    return numerator // denominator if numerator >= 0 else -(-numerator // denominator)


def clamp(value: int, bound: int) -> int:
    """`value` held within +-bound."""
    return max(-bound, min(bound, value))


def fits_cash(amount: int) -> bool:
    """Whether an account's word has room for this cash (int128)."""
    return -(2**127) <= amount < 2**127


def scale_of(decimals: int) -> int:
    """size * price / scale is an amount of collateral with this many decimals."""
    return int(10 ** (36 - decimals))


def notional_up(size: int, price: int, scale: int) -> int:
    """abs(size) * price in quote units, rounded up."""
    return ceil_div(abs(size) * price, scale)


def notional_down(size: int, price: int, scale: int) -> int:
    """abs(size) * price in quote units, rounded down."""
    return floor_div(abs(size) * price, scale)


def value(size: int, price: int, index: int, scale: int) -> int:
    """The one valuation of a position at `price` with the funding index `index`."""
    return floor_div(size * (price - index), scale)


def initial_requirement(
    size: int,
    price: int,
    leverage: int,
    *,
    open_interest: int,
    lower: int,
    upper: int,
    max_leverage: int,
    scale: int,
) -> int:
    """notional_up * max(1 / leverage, imf(open interest)), rounded up once."""
    notional = notional_up(size, price, scale)
    width = upper - lower
    excess = min(max(open_interest - lower, 0), width)
    by_leverage = ceil_div(notional, leverage)
    by_open_interest = ceil_div(notional * (width + excess * (max_leverage - 1)), max_leverage * width)
    return max(by_leverage, by_open_interest)


def maintenance_requirement(size: int, price: int, maintenance_ppm: int, scale: int) -> int:
    """notional_up * maintenance rate, rounded up."""
    return ceil_div(notional_up(size, price, scale) * maintenance_ppm, PPM)


def roe(is_long: bool, leverage: int, entry_price: int, price: int) -> int:
    """Leverage times the price return, WAD, floored."""
    gain = price - entry_price if is_long else entry_price - price
    return floor_div(leverage * gain * WAD, entry_price)


def average_entry(size: int, entry_price: int, added: int, price: int) -> int:
    """Entry price of abs(size) at `entry_price` after `added` more (unsigned) at `price`, floored."""
    held = abs(size)
    return floor_div(held * entry_price + added * price, held + added)


def unrealized_pnl(size: int, entry_price: int, price: int, scale: int) -> int:
    """Profit against entry, without funding, floored."""
    return floor_div(size * (price - entry_price), scale)


def positive_pnl(size: int, entry_price: int, price: int, scale: int) -> int:
    """Profit against entry that may not be withdrawn, rounded up; 0 for a loss."""
    return max(0, ceil_div(size * (price - entry_price), scale))


def equity_share(equity: int, maintenance: int, maintenance_after: int) -> int:
    """The part of an account's equity that a reduction releases, maintenance-weighted, floored.

    An account without maintenance (only possible at a rate of zero) is taken to release everything.
    """
    if maintenance == 0:
        return equity
    return floor_div(equity * (maintenance - maintenance_after), maintenance)


def favourable_price(size: int, last_price: int, stale_move_ppm: int) -> int:
    """The last accepted price moved in the account's favour, for an unpriced leg in the waterfall."""
    if size > 0:
        return floor_div(last_price * (PPM + stale_move_ppm), PPM)
    return floor_div(last_price * (PPM - min(stale_move_ppm, PPM)), PPM)


# ln(2) * 2**96, and the numbers of the (6, 7)-term rational approximation, all in base 2**96.
_LN2_X96 = 54_916_777_467_707_473_351_141_471_128
_EXP_UNDERFLOW = -41_446_531_673_892_822_313
_EXP_OVERFLOW = 135_305_999_368_893_231_589


def wad_exp(x: int) -> int:
    """exp(x) for WAD x, bit for bit as snekmate 0.1.2's `_wad_exp` (Remco Bloemen's algorithm)."""
    if x <= _EXP_UNDERFLOW:
        return 0
    if x >= _EXP_OVERFLOW:
        raise OverflowError("math: wad_exp overflow")
    # From base 1e18 to base 2**96, then x' = x - k * ln 2 in (-ln 2 / 2, ln 2 / 2).
    x = trunc_div(x << 78, 5**18)
    k = (trunc_div(x << 96, _LN2_X96) + 2**95) >> 96
    x -= k * _LN2_X96

    y = (((x + 1_346_386_616_545_796_478_920_950_773_328) * x) >> 96) + (
        57_155_421_227_552_351_082_224_309_758_442
    )
    p = (((y + x - 94_201_549_194_550_492_254_356_042_504_812) * y) >> 96) + (
        28_719_021_644_029_726_153_956_944_680_412_240
    )
    p = p * x + (4_385_272_521_454_847_904_659_076_985_693_276 << 96)

    q = x - 2_855_989_394_907_223_263_936_484_059_900
    for coefficient in (
        50_020_603_652_535_783_019_961_831_881_945,
        -533_845_033_583_426_703_283_633_433_725_380,
        3_604_857_256_930_695_427_073_651_918_091_429,
        -14_423_608_567_350_463_180_887_372_962_807_573,
        26_449_188_498_355_588_339_934_803_723_976_023,
    ):
        q = ((q * x) >> 96) + coefficient
    # p is 2**96 too large already, so r comes out in base 2**96; the last factor scales, undoes the
    # range reduction and returns to base 1e18 at once.
    r = trunc_div(p, q)
    return int((r * 3_822_833_074_963_236_453_042_738_258_902_158_003_155_416_615_667) >> (195 - k))
