"""What the scripts ask a node and send through it, over web3. Nothing here decides anything."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from eth_utils import keccak, to_checksum_address, to_hex
from web3 import Web3
from web3.exceptions import BadFunctionCallOutput, ContractLogicError, TransactionNotFound, Web3RPCError
from web3.types import TxParams

from scripts.deployment.errors import Stop

# Seconds until a transaction that is not mined is left to the next run.
PATIENCE = 300
# Seconds between two looks for a receipt.
POLL = 0.25


@dataclass(frozen=True)
class Artifact:
    """What the compiler gives for one contract."""

    abi: list[Any]
    creation: bytes
    # Without immutables, which the constructor appends.
    runtime: bytes


@dataclass(frozen=True)
class Mined:
    """A transaction in a block."""

    block: int
    succeeded: bool


@dataclass
class Node:
    """One node, and one account that signs."""

    w3: Web3
    artifacts: dict[str, Artifact]
    sender: str
    # Transaction fields to the signed, serialized transaction.
    sign: Callable[[dict[str, Any]], bytes]

    def nonces(self) -> tuple[int, int]:
        """The sender's next nonce, without and with transactions that wait."""
        sender = to_checksum_address(self.sender)
        count = self.w3.eth.get_transaction_count
        return count(sender, "latest"), count(sender, "pending")

    def code(self, address: str) -> bytes:
        return bytes(self.w3.eth.get_code(to_checksum_address(address)))

    def creation(self, name: str, arguments: Sequence[Any]) -> bytes:
        """The input of the transaction that creates a contract."""
        artifact = self.artifacts[name]
        contract = self.w3.eth.contract(abi=artifact.abi, bytecode=artifact.creation)
        return bytes.fromhex(contract.constructor(*arguments).data_in_transaction.removeprefix("0x"))

    def call(self, name: str, address: str, function: str, *arguments: Any, block: int | None = None) -> Any:
        contract = self.w3.eth.contract(address=to_checksum_address(address), abi=self.artifacts[name].abi)
        view = contract.functions[function](*arguments)
        return view.call() if block is None else view.call(block_identifier=block)

    def ask(self, address: str, signature: str, output: str, *arguments: Any) -> Any:
        """A view of somebody else's contract, e.g. "decimals()" and "uint8"; None if it has no such view."""
        function, _, inputs = signature.rstrip(")").partition("(")
        names = [{"type": kind, "name": ""} for kind in inputs.split(",") if kind]
        abi = {
            "type": "function",
            "name": function,
            "stateMutability": "view",
            "inputs": names,
            "outputs": [{"type": output, "name": ""}],
        }
        contract = self.w3.eth.contract(address=to_checksum_address(address), abi=[abi])
        try:
            return contract.functions[function](*arguments).call()
        except (ContractLogicError, BadFunctionCallOutput):
            return None

    def calldata(self, name: str, function: str, arguments: Sequence[Any]) -> bytes:
        contract = self.w3.eth.contract(abi=self.artifacts[name].abi)
        return bytes.fromhex(contract.encode_abi(function, args=list(arguments)).removeprefix("0x"))

    def known(self, transaction: str) -> Any | None:
        """A transaction that the node has, mined or waiting."""
        try:
            return self.w3.eth.get_transaction(transaction)  # type: ignore[arg-type]
        except TransactionNotFound:
            return None

    def mined(self, transaction: str) -> Mined | None:
        try:
            receipt = self.w3.eth.get_transaction_receipt(transaction)  # type: ignore[arg-type]
        except TransactionNotFound:
            return None
        return Mined(receipt["blockNumber"], receipt["status"] == 1)

    def signed(self, nonce: int, data: bytes, to: str | None = None) -> tuple[str, bytes]:
        """Hash and bytes of a signed transaction that is not sent yet."""
        fields: TxParams = {"from": to_checksum_address(self.sender), "data": to_hex(data), "value": 0}  # type: ignore[typeddict-item]
        if to is not None:
            fields["to"] = to_checksum_address(to)
        try:
            gas = self.w3.eth.estimate_gas(fields)
        except (ContractLogicError, Web3RPCError) as error:
            raise Stop(f"the node refuses the transaction: {one_line(error)}") from None
        tip = self.w3.eth.max_priority_fee
        base = self.w3.eth.get_block("latest").get("baseFeePerGas", 0)
        raw = self.sign(
            {
                **fields,
                "chainId": self.w3.eth.chain_id,
                "nonce": nonce,
                "gas": gas * 6 // 5,
                "maxFeePerGas": 2 * base + tip,
                "maxPriorityFeePerGas": tip,
            }
        )
        return to_hex(keccak(raw)), raw

    def send(self, raw: bytes) -> None:
        try:
            self.w3.eth.send_raw_transaction(raw)
        except Web3RPCError as error:
            text = one_line(error)
            if "already" not in text and "nonce too low" not in text:
                raise Stop(f"the node refuses the transaction: {text}") from None

    def wait(self, transaction: str) -> Mined:
        deadline = time.monotonic() + PATIENCE
        while (mined := self.mined(transaction)) is None:
            if time.monotonic() > deadline:
                raise Stop(f"{transaction} is not mined after {PATIENCE} s: run the same command again later")
            time.sleep(POLL)
        return mined

    def transact(self, name: str, address: str, function: str, arguments: Sequence[Any]) -> int:
        """Send a call and wait; returns its block."""
        latest, pending = self.nonces()
        if pending > latest:
            raise Stop(
                f"{pending - latest} transactions of {self.sender} wait: run again when they are mined"
            )
        transaction, raw = self.signed(latest, self.calldata(name, function, arguments), address)
        self.send(raw)
        mined = self.wait(transaction)
        if not mined.succeeded:
            raise Stop(f"{name}.{function} was reverted in {transaction}: read the reason in an explorer")
        return mined.block


def one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:300]
