"""The contracts' arithmetic in exact integers: one function per formula, rounding in the name.

Sizes, prices and ROE are WAD, money is in quote units, rates are parts per million, `scale` is
10**(36 - decimals). The formulas are those of the contracts' modules.
"""

WAD = 10**18
PPM = 10**6
MIN_PRICE = 10**6
MAX_PRICE = 2**88 - 1
MAX_SIZE = 2**95 - 1
LEVERAGES = (1, 2, 3, 5, 10, 20, 50, 100)

# Funding: premium unit, seconds it is quoted for, seconds charged per touch at most, bound of the index.
PREMIUM_ONE = 10**11
PERIOD = 28_800
MAX_GAP = 3_600
MAX_INDEX = 2**87 - 1


def div_up(numerator: int, denominator: int) -> int:
    """Toward plus infinity."""
    return -(-numerator // denominator)


def trunc_div(numerator: int, denominator: int) -> int:
    """Toward zero, whatever the signs: the EVM's SDIV."""
    quotient = abs(numerator) // abs(denominator)
    return quotient if (numerator >= 0) == (denominator > 0) else -quotient


def notional_up(size: int, price: int, scale: int) -> int:
    return div_up(abs(size) * price, scale)


def notional_down(size: int, price: int, scale: int) -> int:
    return abs(size) * price // scale


def value(size: int, price: int, index: int, scale: int) -> int:
    """floor(s * (P - F) / scale): the one valuation."""
    return size * (price - index) // scale


def maintenance(size: int, price: int, rate_ppm: int, scale: int) -> int:
    """Rounded up, notional and requirement."""
    return div_up(notional_up(size, price, scale) * rate_ppm, PPM)


def initial(
    size: int, price: int, tier: int, scale: int, *, open_interest: int, lower: int, upper: int, max_tier: int
) -> int:
    """notional_up * max(1 / leverage, imf(open interest)), rounded up once."""
    notional = notional_up(size, price, scale)
    by_leverage = div_up(notional, LEVERAGES[tier])
    if open_interest <= lower and tier <= max_tier:
        return by_leverage
    maximum, width = LEVERAGES[max_tier], upper - lower
    above = min(max(open_interest - lower, 0), width)
    return max(by_leverage, div_up(notional * (width + above * (maximum - 1)), maximum * width))


def profit_up(size: int, price: int, entry_price: int, scale: int) -> int:
    """Unrealised profit against entry, rounded up; 0 for a loss."""
    return max(div_up(size * (price - entry_price), scale), 0)


def loss_up(size: int, price: int, entry_price: int, scale: int) -> int:
    """Unrealised loss against entry, rounded up; 0 for a profit."""
    return profit_up(-size, price, entry_price, scale)


def roe(entry_price: int, tier: int, is_long: bool, price: int) -> int:
    """Leverage x price return, WAD, floored: what the queue ranks by."""
    gain = price - entry_price if is_long else entry_price - price
    return gain * LEVERAGES[tier] * WAD // entry_price


def favoured_price(size: int, price: int, stale_move_ppm: int) -> int:
    """An unpriced leg's last price moved in its account's favour."""
    moved = PPM + stale_move_ppm if size > 0 else PPM - min(stale_move_ppm, PPM)
    return price * moved // PPM


def accrue(index: int, premium: int, elapsed: int, tau: int, price: int) -> tuple[int, int]:
    """Funding index and premium after `elapsed` seconds at the mark `price`."""
    if premium == 0 or elapsed == 0:
        return index, premium
    decay = wad_exp(-(min(elapsed, MAX_GAP) * WAD // tau))
    accrued = index + premium * price * tau * (WAD - decay) // (PERIOD * PREMIUM_ONE * WAD)
    if elapsed > MAX_GAP:
        decay = wad_exp(-(elapsed * WAD // tau))
    return max(min(accrued, MAX_INDEX), -MAX_INDEX), trunc_div(premium * decay, WAD)


# ln(2) and the terms of the (6, 7)-term rational approximation, in base 2**96.
_LN2 = 54_916_777_467_707_473_351_141_471_128
_UNDERFLOW = -41_446_531_673_892_822_313
_P = (1_346_386_616_545_796_478_920_950_773_328, 57_155_421_227_552_351_082_224_309_758_442)
_P_REST = (94_201_549_194_550_492_254_356_042_504_812, 28_719_021_644_029_726_153_956_944_680_412_240)
_P_LAST = 4_385_272_521_454_847_904_659_076_985_693_276
_Q_FIRST = 2_855_989_394_907_223_263_936_484_059_900
_Q = (
    50_020_603_652_535_783_019_961_831_881_945,
    -533_845_033_583_426_703_283_633_433_725_380,
    3_604_857_256_930_695_427_073_651_918_091_429,
    -14_423_608_567_350_463_180_887_372_962_807_573,
    26_449_188_498_355_588_339_934_803_723_976_023,
)
_FACTOR = 3_822_833_074_963_236_453_042_738_258_902_158_003_155_416_615_667


def wad_exp(x: int) -> int:
    """exp(x) of a WAD x <= 0, bit for bit as snekmate 0.1.2's `_wad_exp` (Remco Bloemen's approximation)."""
    if x <= _UNDERFLOW:
        return 0
    x = trunc_div(x << 78, 5**18)
    # x = x' + k * ln 2 with x' in (-ln 2 / 2, ln 2 / 2).
    k = (trunc_div(x << 96, _LN2) + 2**95) >> 96
    x -= k * _LN2
    y = (((x + _P[0]) * x) >> 96) + _P[1]
    p = (((y + x - _P_REST[0]) * y) >> 96) + _P_REST[1]
    p = p * x + (_P_LAST << 96)
    q = x - _Q_FIRST
    for term in _Q:
        q = ((q * x) >> 96) + term
    return trunc_div(p, q) * _FACTOR >> (195 - k)
