"""The packed words that the ClearingHouse's raw getters return."""

from dataclasses import dataclass

from keeper.arithmetic import LEVERAGES

PARKED_BIT = 1 << 7


def _field(word: int, shift: int, bits: int) -> int:
    return (word >> shift) & ((1 << bits) - 1)


@dataclass(frozen=True)
class PositionSlot:
    """size int96 (lowest) | entry price uint88 | prev 32 | next 32 | tier 8, whose bit 7 means parked."""

    size: int
    entry_price: int
    prev: int
    next: int
    tier: int
    parked: bool

    @classmethod
    def decode(cls, word: int) -> "PositionSlot":
        size = _field(word, 0, 96)
        tier = _field(word, 248, 8)
        return cls(
            size - (1 << 96) if size >> 95 else size,
            _field(word, 96, 88),
            _field(word, 184, 32),
            _field(word, 216, 32),
            tier & ~PARKED_BIT,
            tier & PARKED_BIT != 0,
        )

    def encode(self) -> int:
        tier = self.tier | (PARKED_BIT if self.parked else 0)
        return (
            self.size % (1 << 96) | self.entry_price << 96 | self.prev << 184 | self.next << 216 | tier << 248
        )

    @property
    def is_long(self) -> bool:
        return self.size > 0

    @property
    def leverage(self) -> int:
        return LEVERAGES[self.tier]


def decode_heads(word: int) -> list[int]:
    """The first account of each tier's list, tier 0 in the lowest 32 bits."""
    return [_field(word, 32 * tier, 32) for tier in range(len(LEVERAGES))]


def encode_heads(heads: list[int]) -> int:
    return sum(head << (32 * tier) for tier, head in enumerate(heads))
