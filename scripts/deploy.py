"""Deploy every contract that is missing; run it again after any interruption.

ape run deploy --network ethereum:sepolia:https://node.example --account deployer
"""

import click

from scripts.deployment import deploying, record
from scripts.deployment.errors import Stop
from scripts.deployment.record import Record
from scripts.deployment.session import COMPILER, Session, command, say


@command
@click.option("--anew", is_flag=True, help="Give up contracts that name an address which cannot come true.")
def main(session: Session, anew: bool) -> None:
    """Deploy what is missing, in the order of scripts/system.py."""
    found = record.read(session.record_path)
    if found is None:
        found = Record(
            network=session.network,
            chain_id=session.chain_id,
            deployer=session.node.sender,
            compiler=COMPILER,
            sources=session.sources,
        )
    session.check(found)
    if found.deployer != session.node.sender:
        raise Stop(
            f"{session.record_path} was begun by {found.deployer}: pass its --account, or another --record"
        )
    done = deploying.deploy(session.node, session.params, found, session.record_path, say, anew)
    say(f"written: {session.record_path}; the part of keeper.toml that depends on it:")
    say(record.keeper_settings(done))


cli = main
