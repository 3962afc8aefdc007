"""Which contract goes to which address, with which arguments: scripts/system.py carried out on paper.

ClearingHouse's address follows from its nonce and is an immutable of three contracts before it, so the
transactions from Governance to ClearingHouse must have consecutive nonces. The others may stand anywhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from scripts.deployment.errors import Stop
from scripts.deployment.feeds import chainlink_arguments, pyth_feeds
from scripts.deployment.params import Parameters
from scripts.deployment.record import Record
from scripts.system import create_address, deploy_system

# Sources that name their feeds for good.
REPLACEABLE = ("ChainlinkSource", "PythSource")
# Consecutive nonces; what names ClearingHouse, what names those, and ClearingHouse.
BLOCK = ("Governance", "Exchange", "InsuranceVault", "Waterfall", "ClearingHouse")


class Broken(Stop):
    """The computed address of ClearingHouse cannot come true any more."""


@dataclass(frozen=True)
class Planned:
    """One contract to be created."""

    name: str
    nonce: int
    address: str
    arguments: list[Any]


@dataclass(frozen=True)
class _Handle:
    address: str


@dataclass
class _Paper:
    """A deployer that only writes down. Contracts that have a nonce keep it."""

    address: str
    next_nonce: int
    nonces: dict[str, int]
    order: list[str]
    steps: list[Planned] = field(default_factory=list)

    def nonce(self) -> int:
        """The nonce of the next step."""
        return self.nonces.get(self.order[len(self.steps)], self.next_nonce)

    def deploy(self, name: str, *arguments: object) -> _Handle:
        nonce = self.nonce()
        self.next_nonce = max(self.next_nonce, nonce + 1)
        address = create_address(self.address, nonce)
        self.steps.append(Planned(name, nonce, address, list(arguments)))
        return _Handle(address)


def order_of(params: Parameters) -> list[str]:
    """The names in the order of deployment."""
    first = [] if params.token else ["FaucetToken"]
    last = [
        *(["ChainlinkSource"] if params.chainlink_feeds() else []),
        *(["PythSource"] if params.pyth_feeds() else []),
    ]
    return [*first, "OracleRouter", "SignedSource", *BLOCK, "Lens", *last]


def make(params: Parameters, deployer: str, nonces: dict[str, int], next_nonce: int) -> list[Planned]:
    """The whole plan. `nonces`: of the contracts already sent; the others follow from `next_nonce` on."""
    names = order_of(params)
    paper = _Paper(deployer, max([next_nonce, *(n + 1 for n in nonces.values())]), nonces, names)
    token = _Handle(params.token) if params.token else None
    try:
        deploy_system(
            *(paper, params.signers, params.threshold, params.decimals, token),
            chainlink=_chainlink(params),
            pyth=_pyth(params),
        )
    except RuntimeError:
        raise broken(nonces) from None
    if [step.name for step in paper.steps] != names:
        raise Stop("scripts/system.py deploys in another order than scripts/deployment/plan.py: compare them")
    return paper.steps


def _chainlink(params: Parameters) -> list[Any] | None:
    feeds = params.chainlink_feeds()
    return chainlink_arguments(feeds, params.chainlink) if feeds else None


def _pyth(params: Parameters) -> tuple[str, list[Any]] | None:
    feeds = params.pyth_feeds()
    return (params.pyth.address, pyth_feeds(feeds)) if params.pyth and feeds else None


def broken(nonces: dict[str, int]) -> Broken:
    """Another transaction took a nonce that ClearingHouse's computed address needed."""
    anew = ", ".join(name for name in BLOCK if name in nonces) or BLOCK[0]
    return Broken(
        "another transaction of the deployer came in between, so ClearingHouse cannot get its computed "
        f"address: {anew} must be deployed anew; run deploy again with --anew"
    )


def without_block(record: Record) -> Record:
    """The record with everything given up that names an address which cannot come true."""
    return _without(record, (*BLOCK, "Lens")).model_copy(update={"start_block": None})


def without_other_feeds(params: Parameters, record: Record) -> Record:
    """The record with the sources given up whose feeds are not those of the parameters.

    Nothing in them can be changed: other feeds are another contract, which `configure` names.
    """
    steps = make(params, record.deployer, record.nonces(), 0)
    wanted = {step.name: step.arguments for step in steps if step.name in REPLACEABLE}
    done = {name: step for name, step in record.contracts.items() if name in REPLACEABLE and step.block}
    return _without(record, [name for name, step in done.items() if step.arguments != wanted.get(name)])


def _without(record: Record, names: Sequence[str]) -> Record:
    given_up = {name: record.contracts[name] for name in names if name in record.contracts}
    return record.model_copy(
        update={
            "contracts": {name: step for name, step in record.contracts.items() if name not in given_up},
            "abandoned": {**record.abandoned, **{step.address: name for name, step in given_up.items()}},
        }
    )
