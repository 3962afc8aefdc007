"""Show what is set otherwise than the parameters say, then set it.

ape run configure --network ethereum:sepolia:https://node.example --account deployer --yes
"""

import os

import click

from scripts.deployment import difference, plan, state
from scripts.deployment.difference import Call, Difference
from scripts.deployment.errors import Stop
from scripts.deployment.record import Record
from scripts.deployment.reporting import KEYS, report_arguments
from scripts.deployment.session import Session, command, say

# Source, first price, listing, the rest.
MAX_ROUNDS = 5


@command
@click.option("--yes", is_flag=True, help="Apply without asking.")
def main(session: Session, yes: bool) -> None:
    """Apply the difference between the parameters file and the chain."""
    recorded = session.recorded()
    if missing := [name for name in plan.order_of(session.params) if name not in recorded.contracts]:
        raise Stop(f"{', '.join(missing)}: not in the record; run deploy again")
    differences = _differences(session, recorded)
    if not differences:
        say("nothing to do: the chain is as the parameters say")
        return
    _show(differences)
    for _ in range(MAX_ROUNDS):
        calls = [call for found in differences if (call := _call(session, recorded, found)) is not None]
        if not calls:
            break
        if not yes and not click.confirm(f"Send {len(calls)} transactions?"):
            raise Stop("nothing was sent")
        _apply(session, recorded, calls)
        differences = _differences(session, recorded)
    for found in differences:
        say(f"left: {found.line()}")
    if not differences:
        say("done: the chain is as the parameters say")


def _differences(session: Session, recorded: Record) -> list[Difference]:
    current = state.read(session.node, recorded, len(session.params.markets))
    return difference.compare(session.params, current, recorded.price_sources())


def _show(differences: list[Difference]) -> None:
    for found in differences:
        say(found.line())


def _call(session: Session, recorded: Record, found: Difference) -> Call | None:
    """What can be sent for a difference now: its call, or the first price that it waits for."""
    if found.unpriced is None or not os.environ.get(KEYS):
        return found.call
    price = session.params.markets[found.unpriced - 1].first_price
    if price is None:
        return None
    now = session.node.w3.eth.get_block("latest")["timestamp"]
    source = recorded.address("SignedSource")
    arguments = report_arguments(os.environ[KEYS], session.chain_id, source, found.unpriced, price, now)
    return Call("SignedSource", "report", arguments)


def _apply(session: Session, recorded: Record, calls: list[Call]) -> None:
    for call in calls:
        block = session.node.transact(
            call.contract, recorded.address(call.contract), call.function, call.arguments
        )
        say(f"{call.contract}.{call.function}: block {block}")


cli = main
