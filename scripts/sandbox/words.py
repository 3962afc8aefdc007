"""ClearingHouse's raw words of storage by what they are, and what an invariant reads in them."""

from collections.abc import Iterable, Sequence

from web3 import Web3

from scripts.sandbox.invariants import SIDES
from scripts.sandbox.layout import Name, Words, entry_of, slot_of
from scripts.sandbox.slots import PositionSlot

HOUSE = "ClearingHouse"


def house_places(market_ids: Sequence[int], account_ids: Iterable[int]) -> dict[Name, tuple[str, int]]:
    """Contract and slot of every word of these markets and accounts."""
    found: dict[Name, tuple[str, int]] = {
        ("account count",): (HOUSE, slot_of(HOUSE, "ledger.account_count")),
        ("collateral",): (HOUSE, slot_of(HOUSE, "ledger.collateral")),
        ("credits",): (HOUSE, slot_of(HOUSE, "ledger.credits")),
    }
    account_ids = list(account_ids)
    for i in account_ids:
        found["account", i] = entry_of(HOUSE, "ledger.words", i)
        found["owner", i] = entry_of(HOUSE, "ledger.owners", i)
    for m in market_ids:
        found["params", m] = entry_of(HOUSE, "markets.params", m)
        found["liquidation", m] = entry_of(HOUSE, "markets.liquidation", m)
        found["state", m] = entry_of(HOUSE, "markets.states", m)
        found["counts", m] = entry_of(HOUSE, "queue.counts", m)
        for is_long in SIDES:
            found["heads", m, is_long] = entry_of(HOUSE, "queue.heads", m << 1 | is_long)
        for i in account_ids:
            found["position", m, i] = entry_of(HOUSE, "queue.slots", m << 32 | i)
    return found


class WordReader:
    """The part of `invariants.Reader` that the words say."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self._markets = sorted({name[1] for name in words if name[0] == "state"})
        self._accounts = range(1, words["account count",] + 1)

    def market_ids(self) -> Sequence[int]:
        return self._markets

    def account_count(self) -> int:
        return len(self._accounts)

    def cash(self, account_id: int) -> int:
        cash = self.words["account", account_id] % 2**128
        return cash - 2**128 if cash >> 127 else cash

    def open_markets(self, account_id: int) -> Sequence[int]:
        packed = self.words["account", account_id] >> 128 & 2**64 - 1
        return [byte for byte in packed.to_bytes(8, "little") if byte]

    def positions_of(self, account_id: int) -> dict[int, PositionSlot]:
        """Every open position of the account by market."""
        slots = {m: PositionSlot.decode(self.position_slot(m, account_id)) for m in self._markets}
        return {m: slot for m, slot in slots.items() if slot.size != 0}

    def flagged_at(self, account_id: int) -> int:
        return self.words["account", account_id] >> 216

    def epoch(self, account_id: int) -> int:
        return self.words["account", account_id] >> 192 & 2**24 - 1

    def owner_of(self, account_id: int) -> str:
        return Web3.to_checksum_address(f"0x{self.words['owner', account_id]:040x}")

    def position_slot(self, market_id: int, account_id: int) -> int:
        return self.words["position", market_id, account_id]

    def heads_slot(self, market_id: int, is_long: bool) -> int:
        return self.words["heads", market_id, is_long]

    def open_interest(self, market_id: int) -> int:
        return self.words["state", market_id] >> 88 & 2**96 - 1

    def position_count(self, market_id: int, is_long: bool) -> int:
        counts = self.words["counts", market_id]
        return counts & 2**128 - 1 if is_long else counts >> 128

    def vault_credit(self) -> int:
        return self.words["credits",] & 2**116 - 1

    def treasury_credit(self) -> int:
        return self.words["credits",] >> 116 & 2**116 - 1

    def collateral_ledger(self) -> int:
        return self.words["collateral",]
