"""What a deployment consists of, in which order, whatever chain library carries it out.

ClearingHouse names Exchange, Governance and InsuranceVault as immutables and they name it, so its address is
computed before it exists: the contract that a deployer creates with nonce n has a known address.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import rlp
from eth_utils import keccak, to_bytes, to_checksum_address


class Deployer(Protocol):
    """One account of a chain library."""

    address: str

    def nonce(self) -> int: ...

    def deploy(self, name: str, *arguments: object) -> Any:
        """Deploy a contract by its source's name; the handle has an `address`."""
        ...


@dataclass(frozen=True)
class System:
    """Handles of the deployed contracts, in the chain library's own type."""

    token: Any
    router: Any
    source: Any
    governance: Any
    exchange: Any
    vault: Any
    waterfall: Any
    clearing_house: Any
    lens: Any
    # None: no market has a feed of that kind.
    chainlink: Any = None
    pyth: Any = None


def create_address(sender: str, nonce: int) -> str:
    """Where `sender`'s transaction number `nonce` puts the contract it creates."""
    return to_checksum_address(keccak(rlp.encode([to_bytes(hexstr=sender), nonce]))[12:])


# How long a depositor of the insurance vault waits for an exit, and how long it then stands open, in seconds.
# Short beside the wait: whoever keeps asking can leave in front of a loss for a small part of the time.
COOLDOWN = 7 * 86_400
REDEEM_WINDOW = 86_400


def deploy_system(
    deployer: Deployer,
    signers: list[str],
    threshold: int = 1,
    decimals: int = 6,
    token: Any = None,
    chainlink: Sequence[Any] | None = None,
    pyth: tuple[str, Sequence[Any]] | None = None,
) -> System:
    """Deploy everything but the markets. Without a `token` the faucet token becomes the collateral.

    `chainlink`: arguments of ChainlinkSource. `pyth`: Pyth's contract and the feeds of PythSource.
    """
    token = token or deployer.deploy("FaucetToken", "Test USD", "tUSD", decimals)
    router = deployer.deploy("OracleRouter")
    source = deployer.deploy("SignedSource", router.address, sorted(signers, key=str.lower), threshold)
    clearing_house_address = create_address(deployer.address, deployer.nonce() + 4)
    governance = deployer.deploy("Governance", clearing_house_address, router.address, decimals)
    exchange = deployer.deploy("Exchange", clearing_house_address)
    vault = deployer.deploy(
        "InsuranceVault",
        token.address,
        clearing_house_address,
        governance.address,
        "Plimsoll Insurance",
        "pINS",
        COOLDOWN,
        REDEEM_WINDOW,
    )
    waterfall = deployer.deploy("Waterfall", token.address, router.address, vault.address)
    clearing_house = deployer.deploy(
        "ClearingHouse",
        token.address,
        router.address,
        exchange.address,
        governance.address,
        vault.address,
        waterfall.address,
    )
    if clearing_house.address != clearing_house_address:
        raise RuntimeError("another transaction of the deployer came in between: deploy again")
    lens = deployer.deploy("Lens", clearing_house.address)
    # Last: another one of them may be deployed at any time later.
    chainlink_source = deployer.deploy("ChainlinkSource", *chainlink) if chainlink else None
    pyth_source = deployer.deploy("PythSource", pyth[0], router.address, pyth[1]) if pyth else None
    return System(
        *(token, router, source, governance, exchange, vault, waterfall, clearing_house, lens),
        chainlink=chainlink_source,
        pyth=pyth_source,
    )
