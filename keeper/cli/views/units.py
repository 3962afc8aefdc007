"""Integers of the chain as exact decimals in whole units."""

from decimal import Context, Decimal

EXACT = Context(prec=100)


def whole(amount: int, decimals: int) -> Decimal:
    return Decimal(amount).scaleb(-decimals, EXACT)


def wad(amount: int) -> Decimal:
    """Sizes, prices, ROE and rates."""
    return whole(amount, 18)


def tokens(amount: int, scale: int) -> Decimal:
    """Quote units; `scale` is 10**(36 - decimals)."""
    return whole(amount, 37 - len(str(scale)))


def ratio(part: int, of: int) -> Decimal | None:
    """With 12 digits; None: of nothing."""
    if of == 0:
        return None
    return Context(prec=12).divide(Decimal(part), Decimal(of)).normalize()
