"""The round of contracts/WATERFALL.md, section 7."""

from keeper.records import CheckedRound
from keeper.types import Deleveraged, PassedOver, Round, RoundReceipt
from tests.keeper.cli.example_book import NOW, WAD

SIZE = 5_170051231405468798
VISITS = (
    PassedOver(5, 0, -5_438_133),
    Deleveraged(4, 1, 2_875 * 10**15, 2 * WAD, 3_780_438_133 * 10**12, 20_876_266, 0, 739_123_734),
    Deleveraged(2, 2, 804878048780487804, 2 * WAD, 3_780_438_133 * 10**12, 20_876_266, 0, 1_639_123_734),
    Deleveraged(
        3,
        3,
        691358024691358024,
        SIZE - 4 * WAD,
        3_780_438_132 * 10**12,
        12_213_150,
        SIZE - 9 * WAD,
        17_826_693_708,
    ),
)
ROUND = Round(1, 1, SIZE, -93_965_682, 93_965_682, 40_000_000, True, VISITS, SIZE, 0, 40_000_000, 53_965_682)


def checked(*differences: str) -> CheckedRound:
    return CheckedRound(RoundReceipt(ROUND, 8, NOW + 1, "0x" + "bb" * 32, 3), differences)
