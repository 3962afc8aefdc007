"""Price feeds as Chainlink and Pyth ship them, deployed from an Ape account."""

from dataclasses import dataclass
from typing import Any

from ape import accounts, chain
from ape.api import AccountAPI

from tests.helpers.solidity import compiled, deploy_solidity

CHAINLINK = "@chainlink/contracts/src/v0.8"
PYTH = "@pythnetwork/pyth-sdk-solidity"
# 1 ETH, for the gas of a contract that is impersonated.
ETHER = 10**18
# What Arbitrum adds to the address of a contract on the chain below that sends a message.
ALIAS = 0x1111000000000000000000000000000000001111


def deploy_aggregator(owner: AccountAPI, answer: int, decimals: int = 8) -> Any:
    """Chainlink's MockV3Aggregator: anyone may `updateAnswer` and `updateRoundData`."""
    name = "MockV3Aggregator"
    return deploy_solidity(owner, compiled(f"{CHAINLINK}/tests/{name}.sol", name), decimals, answer)


def deploy_pyth(owner: AccountAPI, fee: int) -> Any:
    """Pyth's MockPyth: takes updates that nobody signed, `fee` wei each."""
    return deploy_solidity(owner, compiled(f"{PYTH}/MockPyth.sol", "MockPyth"), 60, fee)


def deploy_pyth_aggregator(owner: AccountAPI, pyth: Any, price_id: bytes) -> Any:
    """Pyth's own port of Chainlink's interface."""
    name = "PythAggregatorV3"
    return deploy_solidity(owner, compiled(f"{PYTH}/{name}.sol", name), pyth, price_id)


@dataclass(frozen=True)
class UptimeFeed:
    """A sequencer's uptime feed, and who may tell it."""

    contract: Any
    messenger: AccountAPI

    def tell(self, down: bool, since: int) -> None:
        self.contract.updateStatus(down, since, sender=self.messenger)


def deploy_optimism_uptime(owner: AccountAPI) -> UptimeFeed:
    """Starts as up; readers other than externally owned accounts need `addAccess` or `disableAccessCheck`."""
    name = "MockOptimismL2CrossDomainMessenger"
    messenger = deploy_solidity(owner, compiled(f"{CHAINLINK}/tests/{name}.sol", name))
    messenger.setSender(owner, sender=owner)
    name = "OptimismSequencerUptimeFeed"
    source = compiled(f"{CHAINLINK}/l2ep/dev/optimism/{name}.sol", name)
    feed = deploy_solidity(owner, source, owner, messenger, False)
    return UptimeFeed(feed, _impersonated(messenger.address))


def deploy_arbitrum_uptime(owner: AccountAPI) -> UptimeFeed:
    """Not yet initialised: `initialize` asks the flags, to which it has access."""
    name = "SimpleWriteAccessController"
    access = deploy_solidity(owner, compiled(f"{CHAINLINK}/shared/access/{name}.sol", name))
    flags = deploy_solidity(owner, compiled(f"{CHAINLINK}/l2ep/dev/Flags.sol", "Flags"), access, access)
    name = "ArbitrumSequencerUptimeFeed"
    source = compiled(f"{CHAINLINK}/l2ep/dev/arbitrum/{name}.sol", name)
    feed = deploy_solidity(owner, source, flags, owner)
    flags.addAccess(feed, sender=owner)
    access.addAccess(feed, sender=owner)
    sender = (int(str(owner.address), 16) + ALIAS) % 2**160
    return UptimeFeed(feed, _impersonated(f"0x{sender:040x}"))


def _impersonated(address: str) -> AccountAPI:
    chain.provider.set_balance(address, ETHER)
    return accounts.test_accounts.impersonate_account(address)
