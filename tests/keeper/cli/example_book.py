"""The bankruptcy of contracts/WATERFALL.md, section 7, as a book: the marks are 3,770 and 91.

Account 1 is bankrupt. Account 5 is thin, account 6 has liquidated a part of account 1, account 7 has nothing.
"""

from keeper.arithmetic import LEVERAGES
from keeper.book.book import Book
from keeper.book.events import Event
from keeper.types import BlockRef

WAD = 10**18
SCALE = 10**30
NOW = 1_700_000_000
HEAD = BlockRef(7, "0x" + "07" * 32, "0x" + "06" * 32, NOW)
OWNER = 0x5FBDB2315678AFECB367F032D93F642F64180AA3
MAX_AGE = 7_200

# Account, its cash.
CASH = {
    1: -19_585_058_824,
    2: 9_200_000_000,
    3: 22_250_000_000,
    4: 8_300_000_000,
    5: -1_685_000_000,
    6: -7_393_352_942,
    7: 0,
}
# Account, market, size, entry price, leverage; in the order in which they stand.
POSITIONS = (
    (1, 1, 5_170051231405468798, 4_046 * WAD, 20),
    (2, 1, -2 * WAD, 4_100 * WAD, 10),
    (3, 1, -5 * WAD, 4_050 * WAD, 10),
    (4, 1, -2 * WAD, 4_000 * WAD, 50),
    (5, 1, -1 * WAD, 4_010 * WAD, 50),
    (5, 2, 60 * WAD, 100 * WAD, 50),
    (6, 1, 4_829948768594531202, 3_812 * WAD, 10),
    (6, 2, -60 * WAD, 100 * WAD, 10),
)


def params_word(max_leverage: int = 100) -> int:
    """Maintenance 0.5 %, cap 100,000 base, no fees and no funding; contracts/modules/market_words.vy."""
    cap, lower, upper = 100_000_000, 5_000, 20_000
    fields = (
        (LEVERAGES.index(max_leverage), 0),
        (1, 4),
        (5_000, 5),
        (50_000, 57),
        (1_000, 77),
        (cap, 109),
        (lower, 160),
        (upper, 176),
        (12_000_000_000, 212),
        (8, 248),
    )
    return sum(number << shift for number, shift in fields)


def liquidation_word() -> int:
    """Target 125 %, penalty 0.2 %, reward 0.1 %."""
    return 1_250_000 | 2_000 << 24 | 1_000 << 44


class Writer:
    """Events of one block, numbered."""

    def __init__(self, block: int) -> None:
        self.block = block
        self.events: list[Event] = []

    def log(self, name: str, *arguments: int) -> None:
        self.events.append(Event(name, self.block, "0x" + "aa" * 32, len(self.events), arguments))


def example_book(
    prices: tuple[int, int] = (3_770 * WAD, 91 * WAD), updated_at: int = NOW, flagged_at: int = 0
) -> Book:
    log = Writer(HEAD.number)
    for market_id, price in enumerate(prices, 1):
        config = (OWNER, 0, 0, MAX_AGE, WAD // 10, 60, WAD // 2, WAD * 5 // 1000)
        log.log("SourceSet", market_id, *(0,) * 8, *config)
        log.log("PriceAccepted", market_id, price, updated_at)
        log.log("MarketWritten", market_id, params_word(), liquidation_word())
    for account_id, cash in CASH.items():
        log.log("AccountOpened", account_id, OWNER)
        if cash > 0:
            log.log("Deposited", account_id, OWNER, cash, cash)
    for account_id, market_id, size, entry, leverage in POSITIONS:
        log.log("PositionChanged", account_id, market_id, size, entry, leverage, CASH[account_id], entry, 1)
    if flagged_at:
        log.log("Flagged", 1, flagged_at, 93_965_682)
    book = Book(SCALE)
    book.apply(HEAD, log.events)
    return book


def parked(book: Book, account_id: int, market_id: int = 1) -> Book:
    """The book one block later, in which a round has passed the account over."""
    log = Writer(HEAD.number + 1)
    log.log("DeleveragingStarted", 1, market_id, POSITIONS[0][2], -93_965_682, 93_965_682, 40_000_000, 1)
    log.log("PassedOver", 1, market_id, account_id, 0, -5_438_133)
    log.log("DeleveragingEnded", 1, market_id, 0, POSITIONS[0][2], 93_965_682, 0, 0)
    block = BlockRef(HEAD.number + 1, "0x" + "08" * 32, HEAD.hash, NOW + 1)
    book.apply(block, log.events)
    return book
