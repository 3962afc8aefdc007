"""Read every address, role and parameter back from the chain; one line and exit code 1 for what differs.

ape run verify_deployment --network ethereum:sepolia:https://node.example
"""

import sys

import click

from scripts.deployment import difference, state, verifying
from scripts.deployment.session import Session, command, say


@command
def main(session: Session) -> None:
    """Compare the chain with the record, the compiler and the parameters."""
    recorded = session.recorded()
    params = session.params
    mistakes = verifying.contract_mistakes(session.node, params, recorded)
    # What is set is only worth reading from contracts that are ours.
    if not mistakes:
        lines, feed_mistakes = verifying.feeds(session.node, params, recorded)
        for line in lines:
            say(line)
        current = state.read(session.node, recorded, len(params.markets))
        found = difference.compare(params, current, recorded.price_sources())
        mistakes = [one.line() for one in found] + feed_mistakes
    for mistake in mistakes:
        click.echo(f"mismatch: {mistake}", err=True)
    if mistakes:
        sys.exit(1)
    say(f"verified: {len(recorded.contracts)} contracts, {len(params.markets)} markets, roles and parameters")


cli = main
