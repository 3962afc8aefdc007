"""A deployed system on an Anvil of its own whose blocks and clock are in our hands, and the book of it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from eth_account.signers.local import LocalAccount
from eth_typing import HexStr
from web3 import Web3

from keeper.book.book import Book
from keeper.book.events import Decoder
from keeper.book.rounds import Observer
from keeper.chain.calls import function
from keeper.types import BlockRef, Facts
from scripts.replay.history import SCALE
from scripts.sandbox.node import running_anvil
from scripts.sandbox.venue import CROWD_GAS, Venue

# Of one transaction: the chain's own bound is 2**24.
GAS = 16_000_000
# Wei; nobody pays for anything here.
RICH = 10**30
FEE = {"maxFeePerGas": 10**11, "maxPriorityFeePerGas": 1}
# Error(string).
ERROR = "0x08c379a0"


@dataclass(frozen=True)
class Mined:
    """`reason`: why it reverted; empty: it did not."""

    tx_hash: str
    reason: str


class Chain:
    """A block when `mine` is called, a second after the last one unless a time is named.

    Blocks are known by number alone: hashes differ from run to run, what happens does not.
    """

    def __init__(self, venue: Venue) -> None:
        self.venue = venue
        self.rpc = venue.rpc
        self.book = Book(SCALE)
        self.observer: Observer | None = None
        house, router = venue.system.clearing_house.address, venue.system.router.address
        self._decoder = Decoder({house.lower(): "ClearingHouse", router.lower(): "OracleRouter"})
        self._waiting: list[str] = []

    @property
    def head(self) -> BlockRef:
        assert self.book.head is not None
        return self.book.head

    @property
    def waiting(self) -> int:
        """Transactions that were sent for the next block."""
        return len(self._waiting)

    def next_time(self, at: int = 0) -> int:
        """Of the next block, if it is to be at a time or as soon as it may."""
        return max(at, self.head.timestamp + 1)

    # -- sending

    def send(self, call: Any) -> None:
        """For the next block, behind all that was sent before; from the node's own account."""
        transaction = {
            "from": self.venue.market.sender,
            "to": call.address,
            "data": call._encode_transaction_data(),
            "gas": hex(GAS),
            **{name: hex(wei) for name, wei in FEE.items()},
        }
        self._waiting.append(str(self.rpc("eth_sendTransaction", transaction)))

    def send_signed(self, key: LocalAccount, nonce: int, to: str, data: str) -> None:
        signed = key.sign_transaction(
            {
                "type": 2,
                "chainId": self.venue.market.chain_id,
                "nonce": nonce,
                "to": Web3.to_checksum_address(to),
                "data": HexStr(data),
                "value": 0,
                "gas": GAS,
                **FEE,
            }
        )
        raw = "0x" + bytes(signed.raw_transaction).hex()
        self._waiting.append(str(self.rpc("eth_sendRawTransaction", raw)))

    def mine(self, at: int = 0) -> list[Mined]:
        """One block with all that waits; what became of it, in the order of sending."""
        self.rpc("evm_setNextBlockTimestamp", self.next_time(at))
        self.rpc("evm_mine")
        sent, self._waiting = self._waiting, []
        receipts = {each["transactionHash"]: each for each in self.rpc("eth_getBlockReceipts", "latest")}
        self.follow()
        return [Mined(tx, self._reason(receipts[tx])) for tx in sent]

    def _reason(self, receipt: dict[str, Any]) -> str:
        if receipt["status"] == "0x1":
            return ""
        raw = str(self.rpc("ots_getTransactionError", receipt["transactionHash"]))
        if not raw.startswith(ERROR):
            return "reverted without a reason"
        data = bytes.fromhex(raw[len(ERROR) :])
        return data[64 : 64 + int.from_bytes(data[32:64], "big")].decode()

    # -- looking

    def follow(self) -> None:
        """Bring the book to the newest block."""
        first = 0 if self.book.head is None else self.book.head.number + 1
        for number in range(first, self.venue.head + 1):
            block = self.rpc("eth_getBlockByNumber", hex(number), False)
            logs = self.rpc("eth_getLogs", {"fromBlock": hex(number), "toBlock": hex(number)})
            events = [event for log in logs if (event := self._decoder.decode(log)) is not None]
            known = BlockRef(number, _name(number), _name(number - 1), int(block["timestamp"], 16))
            self.book.apply(known, events, self.observer)

    def facts(self, market_ids: Sequence[int]) -> Facts:
        """What the keeper asks the chain beside its book."""
        system = self.venue.system
        house, vault, lens = system.clearing_house.address, system.vault.address, system.lens.address
        # Market 0: the global bucket alone.
        overall, *each = (self._view(lens, "Lens", "insurance_capacity", m) for m in (0, *market_ids))
        return Facts(
            block=self.head,
            capacity=dict(zip(market_ids, each, strict=True)),
            capacity_overall=overall,
            gate_until=self._view(house, "ClearingHouse", "gate_until"),
            gate_floor=self._view(vault, "InsuranceVault", "gate_floor"),
            gas_price=0,
        )

    def insurance(self) -> int:
        """What the vault owns, quote units."""
        return self._view(self.venue.system.vault.address, "InsuranceVault", "totalAssets")

    def _view(self, address: str, contract: str, name: str, *arguments: int) -> int:
        """At the head, past web3's contract objects, which take ten times as long."""
        view = function(contract, name)
        raw = self.rpc("eth_call", {"to": address, "data": view.encoded(*arguments)}, "latest")
        return int(view.decoded(raw))


def _name(number: int) -> str:
    return f"0x{number % 2**256:064x}"


@contextmanager
def deployed(starts_at: int) -> Iterator[Chain]:
    """Without markets and accounts; the first block is of that time."""
    options = ("--gas-limit", str(CROWD_GAS), "--timestamp", str(starts_at), "--order", "fifo")
    with running_anvil(*options, "--prune-history", "--base-fee", "0") as node:
        w3 = node.w3()
        # From here on, whatever the machine does, a block is a second after the last.
        node.rpc("anvil_setBlockTimestampInterval", 1)
        node.rpc("anvil_setBalance", w3.eth.accounts[0], hex(RICH))
        yield Chain(Venue(w3, []))
