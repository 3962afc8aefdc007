"""Whether the contracts of a record are those that the sources and the parameters give."""

from scripts.deployment import plan
from scripts.deployment.chain import Node
from scripts.deployment.deploying import arguments_mistake, code_mistake, input_mistake
from scripts.deployment.params import Parameters
from scripts.deployment.record import Record

# Immutables that have a view, and the contract that they must name.
LINKS = (
    ("SignedSource", "ROUTER", "OracleRouter"),
    ("Governance", "clearing_house", "ClearingHouse"),
    ("Governance", "router", "OracleRouter"),
    ("Exchange", "CLEARING_HOUSE", "ClearingHouse"),
    ("InsuranceVault", "clearing_house", "ClearingHouse"),
    ("InsuranceVault", "governance", "Governance"),
    ("ClearingHouse", "router", "OracleRouter"),
    ("ClearingHouse", "vault", "InsuranceVault"),
    ("ClearingHouse", "waterfall", "Waterfall"),
    ("Lens", "CLEARING_HOUSE", "ClearingHouse"),
    ("Lens", "ROUTER", "OracleRouter"),
)
COLLATERAL = (("InsuranceVault", "asset"), ("ClearingHouse", "collateral"))


def contract_mistakes(node: Node, params: Parameters, recorded: Record) -> list[str]:
    """A line for each contract that is not the expected one; then for each immutable."""
    missing = [name for name in plan.order_of(params) if name not in recorded.contracts]
    if missing:
        return [f"{name}: not in the record; run deploy again" for name in missing]
    found = []
    for name, step in recorded.contracts.items():
        mistake = code_mistake(node, name, step) or input_mistake(node, name, step)
        if mistake:
            found.append(mistake)
    if mistake := arguments_mistake(plan.make(params, recorded.deployer, recorded.nonces(), 0), recorded):
        found.append(mistake)
    if recorded.start_block != recorded.contracts["ClearingHouse"].block:
        found.append("start_block is not the block of ClearingHouse")
    return found or _link_mistakes(node, params, recorded)


def _link_mistakes(node: Node, params: Parameters, recorded: Record) -> list[str]:
    token = params.token or recorded.address("FaucetToken")
    wanted = [(name, view, recorded.address(target)) for name, view, target in LINKS]
    wanted += [(name, view, token) for name, view in COLLATERAL]
    found = []
    for name, view, address in wanted:
        current = node.call(name, recorded.address(name), view)
        if current != address:
            found.append(f"{name}.{view} is {current}, not {address}")
    return found
