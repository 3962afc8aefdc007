"""When a bankrupt account's flag counts: contracts/modules/flags.vy."""

# Seconds from the flag until an insured account may be deleveraged, and for how long it then may.
GRACE = 300
FLAG_LIFE = 3_600


def is_ripe(flagged_at: int, at: int) -> bool:
    return flagged_at != 0 and flagged_at + GRACE <= at <= flagged_at + GRACE + FLAG_LIFE


def is_spent(flagged_at: int, at: int) -> bool:
    """Whether a bankrupt account can be flagged (again)."""
    return flagged_at == 0 or at > flagged_at + GRACE + FLAG_LIFE
