"""Judges a chain's history: every liquidation, deleveraging, payment of the vault and refused list in it."""

from collections.abc import Callable, Sequence

from web3 import Web3

from keeper.book.errors import BrokenHistory
from keeper.types import Round
from scripts.sandbox import invariants_waterfall as rules
from scripts.sandbox.chronicle import Chronicle
from scripts.sandbox.history import Block, Doubtful
from scripts.sandbox.invariants import STATEMENTS
from scripts.sandbox.refused_lists import adl_6
from scripts.sandbox.rescues import Rescue, rescues
from scripts.sandbox.vault_payments import VaultPayments
from scripts.sandbox.verdicts import Verdicts
from scripts.sandbox.words import WordReader
from scripts.system import System

INVARIANTS = tuple(name for name in STATEMENTS if name[:3] in ("LIQ", "INS", "ADL", "SYB"))


class Past:
    """Of one system. An invariant whose occasion never came holds."""

    def __init__(self, w3: Web3, system: System, decimals: int, verdicts: Verdicts) -> None:
        self._w3 = w3
        self._system = system
        self._decimals = decimals
        self._verdicts = verdicts
        self._payments = VaultPayments()
        self.chronicle = Chronicle.of(system, 10 ** (36 - decimals))

    def judge(
        self, blocks: Sequence[Block], first: int, stored: WordReader, after_block: Callable[[int], None]
    ) -> None:
        """`blocks` from the chain's first one to the one that `stored` was read at; judged from number
        `first` on."""
        try:
            for block in blocks:
                self._judge_block(block, first)
                after_block(block.number)
            if difference := next(self.chronicle.differences(stored), None):
                raise Doubtful(f"what is stored is not what the logs lead to: {difference}")
        except (Doubtful, BrokenHistory) as doubt:
            self._verdicts.doubt(INVARIANTS, doubt)
        with self._verdicts.noted():
            self._payments.syb_1()
        with self._verdicts.noted():
            judged = (each for block in blocks if block.number >= first for each in block.transactions)
            adl_6(self._w3, self._system, judged)

    def _judge_block(self, block: Block, first: int) -> None:
        with self._verdicts.noted():
            self._payments.take_in(self._system, block)
        if block.number < first:
            for transaction in block.transactions:
                self.chronicle.take_in(block, transaction)
            return
        for each in rescues(self._w3, self._system, self.chronicle, block):
            for rule in self._rules(each):
                with self._verdicts.noted(f"block {each.block}, {each.tx_hash}: "):
                    rule()

    def _rules(self, each: Rescue) -> list[rules.Rule]:
        if isinstance(each.receipt, Round):
            return rules.of_deleveraging(each.before, each.after, each.receipt)
        return rules.of_liquidation(each.before, each.after, each.receipt, each.terms, self._decimals)
