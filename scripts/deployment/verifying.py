"""Whether the contracts of a record are those that the sources and the parameters give."""

import re
from typing import Any

from eth_utils import to_hex

from scripts.deployment import plan
from scripts.deployment.chain import Node
from scripts.deployment.deploying import arguments_mistake, code_mistake, input_mistake
from scripts.deployment.fields import ZERO, wad
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
# Of contracts that only some deployments have.
FEED_LINKS = (("PythSource", "ROUTER", "OracleRouter"),)
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
    wanted += [(*link[:2], recorded.address(link[2])) for link in FEED_LINKS if link[0] in recorded.contracts]
    found = []
    for name, view, address in wanted:
        current = node.call(name, recorded.address(name), view)
        if current != address:
            found.append(f"{name}.{view} is {current}, not {address}")
    return found


def feeds(node: Node, params: Parameters, recorded: Record) -> tuple[list[str], list[str]]:
    """What each market's feed says of itself; and what is otherwise than the parameters say."""
    lines, mistakes = [], []
    shared = params.chainlink
    for market_id, feed in params.chainlink_feeds().items():
        source = recorded.address("ChainlinkSource")
        label = f"market {market_id} ({params.markets[market_id - 1].name}) Chainlink"
        held = tuple(node.call("ChainlinkSource", source, "feed_of", market_id))
        mistakes += _differs(label, held, (market_id, feed.address, feed.heartbeat))
        for view, wanted in (("sequencer", shared.sequencer or ZERO), ("grace", shared.grace)):
            mistakes += _differs(f"{label} {view}", node.call("ChainlinkSource", source, view), wanted)
        decimals = node.ask(feed.address, "decimals()", "uint8")
        description = node.ask(feed.address, "description()", "string")
        lines.append(f"{label}: {feed.address}, {description or 'no description'}, {decimals} decimals")
        if description and not _is_of(description, params.markets[market_id - 1].name):
            mistakes.append(f"{label}: {feed.address} describes itself as {description!r}")
    for market_id, pyth_feed in params.pyth_feeds().items():
        source = recorded.address("PythSource")
        label = f"market {market_id} ({params.markets[market_id - 1].name}) Pyth"
        number, price_id, confidence = node.call("PythSource", source, "feed_of", market_id)
        held = (number, to_hex(price_id), confidence)
        mistakes += _differs(label, held, (market_id, pyth_feed.price_id, wad(pyth_feed.max_confidence)))
        pyth = node.call("PythSource", source, "PYTH")
        mistakes += _differs(f"{label} contract", pyth, params.pyth.address if params.pyth else ZERO)
        known = node.ask(pyth, "priceFeedExists(bytes32)", "bool", pyth_feed.price_id)
        lines.append(f"{label}: {pyth_feed.price_id}, {'has' if known else 'never had'} a price on the chain")
        if known is None:
            mistakes.append(f"{label}: {pyth} does not answer as Pyth's contract")
    return lines, mistakes


def _differs(what: str, current: Any, wanted: Any) -> list[str]:
    return [] if current == wanted else [f"{what} is {current}, not {wanted}"]


def _is_of(description: str, name: str) -> bool:
    """ "ETH / USD" is of market ETH-USD."""
    return [w for w in re.split(r"\W+", description.upper()) if w] == re.split(r"\W+", name.upper())
