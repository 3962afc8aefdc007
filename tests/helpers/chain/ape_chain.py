"""The system on Ape's Anvil: for the state machines. Every transaction is a block of its own."""

from collections.abc import Sequence
from typing import Any

from ape import Project, accounts, chain
from ape.api import AccountAPI
from eth_utils import to_checksum_address

from scripts.sandbox.codec import function, revert_reason
from scripts.system import deploy_system
from tests.helpers.chain.driver import REPORTERS, Call, Chain, Log
from tests.helpers.desk import ApeDeployer, private_key
from tests.helpers.model.arithmetic import scale_of

# EIP-7825.
MAX_GAS = 16_777_216
ROLES = 3
TRADERS = 5


class ApeChain(Chain):
    shares_blocks = False
    # Of the next transaction, and when the last block was mined.
    _now: int
    _block: int
    _mined_at: int

    def __init__(self, project: Project, decimals: int = 6) -> None:
        self.scale = scale_of(decimals)
        self.chain_id = int(chain.chain_id)
        self.accounts: dict[str, AccountAPI] = {
            str(a.address): a for a in list(accounts.test_accounts)[: ROLES + TRADERS]
        }
        self.keys = {address: private_key(account) for address, account in self.accounts.items()}
        self.owner, self.guardian, self.stranger, *traders = self.accounts
        self.traders = tuple(traders)
        self._read_clock()

        deployer = ApeDeployer(project, self.accounts[self.owner])
        system = deploy_system(deployer, [r.address for r in REPORTERS], decimals=decimals)
        self.addresses = {
            "FaucetToken": str(system.token.address),
            "OracleRouter": str(system.router.address),
            "SignedSource": str(system.source.address),
            "Governance": str(system.governance.address),
            "Exchange": str(system.exchange.address),
            "ClearingHouse": str(system.clearing_house.address),
            "Lens": str(system.lens.address),
            "InsuranceVault": str(system.vault.address),
            "Waterfall": str(system.waterfall.address),
        }
        holder = self.traders[-1]
        wallet = str(deployer.deploy("Wallet1271", holder).address)
        self.wallets = {wallet: holder}
        self.accounts[wallet] = accounts.test_accounts.impersonate_account(wallet)
        chain.set_balance(wallet, 10**24)
        self._read_clock()
        self.endow()
        self._must(self.owner, "Governance", "set_guardian", self.guardian)

    @property
    def now(self) -> int:
        return self._now

    @property
    def viewed_at(self) -> int:
        return self._mined_at

    @property
    def block(self) -> int:
        return self._block

    def wait(self, seconds: int) -> None:
        # A block comes with the next transaction anyway, one second later.
        self._now += max(seconds, 1) - 1

    def send(self, sender: str, contract: str, function: str, *arguments: object) -> str | None:
        """The node signs, its accounts being Ape's: several times as fast as preparing and polling here."""
        _, (call, _) = self._call(sender, contract, function, arguments)
        transaction = {**call, "gas": hex(MAX_GAS)}
        _, answer = self._ask(
            [
                ("evm_setNextBlockTimestamp", (self._now,)),
                ("eth_sendTransactionSync", (transaction,)),
            ]
        )
        self._mined_at = self._now
        self._now += 1
        self._block += 1
        receipt = answer["result"]
        assert int(receipt["blockNumber"], 16) == self._block - 1
        if receipt["status"] == "0x1":
            self._logs = receipt["logs"]
            return None
        # Asked again in the same block, at the state that the refusal left as it was.
        return self.simulate(sender, contract, function, *arguments)

    def simulate(self, sender: str, contract: str, function: str, *arguments: object) -> str | None:
        (answer,) = self._ask([self._call(sender, contract, function, arguments)])
        error = answer.get("error")
        if error is None:
            return None
        return revert_reason(bytes.fromhex((error.get("data") or "0x")[2:]))

    def views(self, calls: Sequence[Call]) -> list[Any]:
        answers = self._ask([self._call(self.stranger, *call) for call in calls])
        return [
            None
            if "error" in answer
            else function(contract, name).answer(bytes.fromhex(answer["result"][2:]))
            for (contract, name, _), answer in zip(calls, answers, strict=True)
        ]

    def storage(self, words: Sequence[tuple[str, int]]) -> list[int]:
        places = [(self.addresses[contract], hex(slot), "latest") for contract, slot in words]
        return [int(answer["result"], 16) for answer in self._ask([("eth_getStorageAt", p) for p in places])]

    @property
    def logs(self) -> list[Log]:
        return [
            (
                to_checksum_address(log["address"]),
                [bytes.fromhex(topic[2:]) for topic in log["topics"]],
                bytes.fromhex(log["data"][2:]),
            )
            for log in self._logs
        ]

    def snapshot(self) -> object:
        return chain.snapshot()

    def restore(self, snapshot: object) -> None:
        chain.restore(snapshot)
        self._read_clock()

    def _read_clock(self) -> None:
        """The next block is a second after the last one."""
        head = chain.blocks.head
        self._mined_at = int(head.timestamp)
        self._now, self._block = self._mined_at + 1, int(head.number or 0) + 1

    def _call(
        self, sender: str, contract: str, name: str, arguments: tuple[object, ...]
    ) -> tuple[str, tuple[Any, ...]]:
        data = function(contract, name).calldata(arguments)
        return "eth_call", (
            {"from": sender, "to": self.addresses[contract], "data": "0x" + data.hex()},
            "latest",
        )

    def _ask(self, requests: list[tuple[str, tuple[Any, ...]]]) -> list[Any]:
        """Many questions in one round trip."""
        return list(chain.provider.web3.provider.make_batch_request(requests))
