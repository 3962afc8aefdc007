"""The system in titanoboa's EVM, in process: for fuzzing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from boa.environment import Env
from boa.util.abi import Address
from eth_keys.datatypes import PrivateKey
from eth_utils import keccak, to_checksum_address

from scripts.sandbox.codec import constructor, function, revert_reason
from scripts.system import deploy_system
from tests.helpers.chain.driver import REPORTERS, Call, Chain, Log
from tests.helpers.chain.lean_evm import slim
from tests.helpers.model.arithmetic import scale_of

# EIP-7825: no transaction may have more.
MAX_GAS = 16_777_216
GENESIS = 1_700_000_000
TRADERS = 5


def key(label: str) -> PrivateKey:
    return PrivateKey(keccak(text=f"plimsoll {label}"))


@dataclass(frozen=True)
class Handle:
    """What `deploy_system` needs of a contract."""

    address: str


class BoaDeployer:
    """The account that deploys; also the owner of everything."""

    def __init__(self, env: Env, address: str) -> None:
        self.env = env
        self.address = address

    def nonce(self) -> int:
        return int(self.env.evm.vm.state.get_nonce(Address(self.address).canonical_address))

    def deploy(self, name: str, *arguments: object) -> Handle:
        address, _ = self.env.deploy_code(sender=self.address, bytecode=constructor(name, arguments))
        return Handle(str(address))


class BoaChain(Chain):
    """One environment; `restore` of the snapshot taken after deployment makes it as new."""

    shares_blocks = True

    def __init__(self, decimals: int = 6, lean: bool = True) -> None:
        self.scale = scale_of(decimals)
        self.env = Env()
        if lean:
            slim(self.env)
        self.env.evm.patch.timestamp = GENESIS
        self.env.evm.patch.block_number = 1
        self.chain_id = int(self.env.evm.patch.chain_id)
        actors = [key(f"actor {i}") for i in range(TRADERS + 3)]
        self.keys = {k.public_key.to_checksum_address(): k for k in actors}
        self.owner, self.guardian, self.stranger, *traders = self.keys
        self.traders = tuple(traders)

        deployer = BoaDeployer(self.env, self.owner)
        system = deploy_system(deployer, [r.address for r in REPORTERS], decimals=decimals)
        self.addresses = {
            "FaucetToken": system.token.address,
            "OracleRouter": system.router.address,
            "SignedSource": system.source.address,
            "Governance": system.governance.address,
            "Exchange": system.exchange.address,
            "ClearingHouse": system.clearing_house.address,
            "Lens": system.lens.address,
            "InsuranceVault": system.vault.address,
            "Waterfall": system.waterfall.address,
        }
        holder = self.traders[-1]
        self.wallets = {deployer.deploy("Wallet1271", holder).address: holder}
        self.endow()
        self._must(self.owner, "Governance", "set_guardian", self.guardian)

    @property
    def now(self) -> int:
        return int(self.env.evm.patch.timestamp)

    @property
    def viewed_at(self) -> int:
        return self.now

    @property
    def block(self) -> int:
        return int(self.env.evm.patch.block_number)

    def wait(self, seconds: int) -> None:
        self.env.evm.patch.timestamp = self.now + max(seconds, 1)
        self.env.evm.patch.block_number = self.block + 1

    def send(self, sender: str, contract: str, function: str, *arguments: object) -> str | None:
        computation = self._execute(sender, contract, function, arguments)
        if computation.is_error:
            return revert_reason(computation.output)
        self._last = computation
        return None

    def simulate(self, sender: str, contract: str, function: str, *arguments: object) -> str | None:
        computation = self._execute(sender, contract, function, arguments, simulate=True)
        return revert_reason(computation.output) if computation.is_error else None

    def views(self, calls: Sequence[Call]) -> list[Any]:
        answers: list[Any] = []
        for contract, name, arguments in calls:
            computation = self._execute(self.stranger, contract, name, arguments, is_modifying=False)
            done = not computation.is_error
            answers.append(function(contract, name).answer(computation.output) if done else None)
        return answers

    def storage(self, words: Sequence[tuple[str, int]]) -> list[int]:
        state = self.env.evm.vm.state
        accounts = {name: Address(address).canonical_address for name, address in self.addresses.items()}
        return [int(state.get_storage(accounts[contract], slot)) for contract, slot in words]

    @property
    def logs(self) -> list[Log]:
        return [
            (to_checksum_address(where), [topic.to_bytes(32, "big") for topic in topics], data)
            for where, topics, data in self._last.get_log_entries()
        ]

    def snapshot(self) -> object:
        return self.env.evm.snapshot(), self.now, self.block

    def restore(self, snapshot: object) -> None:
        assert isinstance(snapshot, tuple)
        checkpoint, self.env.evm.patch.timestamp, self.env.evm.patch.block_number = snapshot
        self.env.evm.revert(checkpoint)
        # What titanoboa remembers of every hash and write otherwise grows without end.
        self.env.sha3_trace.clear()
        self.env.sstore_trace.clear()

    def _execute(
        self, sender: str, contract: str, name: str, arguments: tuple[object, ...], **options: bool
    ) -> Any:
        return self.env.execute_code(
            to_address=self.addresses[contract],
            sender=sender,
            gas=MAX_GAS,
            data=function(contract, name).calldata(arguments),
            **options,
        )
