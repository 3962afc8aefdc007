"""Carry a plan out, one transaction after the other, and continue what an earlier run left.

The record is written before every transaction is sent. What it says counts as far as the chain confirms it.
"""

from collections.abc import Callable
from pathlib import Path

from scripts.deployment import plan, record
from scripts.deployment.chain import Node
from scripts.deployment.errors import Stop
from scripts.deployment.params import Parameters
from scripts.deployment.plan import Planned
from scripts.deployment.record import Record, Step

Say = Callable[[str], None]


def code_mistake(node: Node, name: str, step: Planned | Step) -> str | None:
    """Why the code at the address is not what the compiler gives, immutables aside."""
    code = node.code(step.address)
    if not code:
        return f"{name}: no code at {step.address}"
    if not code.startswith(node.artifacts[name].runtime):
        return f"{name}: other bytecode at {step.address}; check out the sources it was deployed from"
    return None


def deploy(
    node: Node, params: Parameters, written: Record, path: Path, say: Say, anew: bool = False
) -> Record:
    """Deploy what is missing. Stops before anything is sent if the system could not come true."""
    deployment = _settle(node, written, path, say)
    latest, pending = node.nonces()
    ours = [step.nonce for step in deployment.contracts.values() if step.block is None]
    if pending > latest and latest not in ours:
        raise Stop(f"{pending - latest} transactions of {node.sender} wait: run again when they are mined")
    if anew:
        deployment = _anew(params, deployment, latest, path, say)
    deployment = _replace_sources(params, deployment, path, say)
    nonces = deployment.nonces()
    steps = plan.make(params, node.sender, nonces, latest)
    if mistake := arguments_mistake(steps, deployment):
        raise Stop(mistake)
    missing = [
        step for step in steps if step.name not in nonces or deployment.contracts[step.name].block is None
    ]
    if not missing:
        say("nothing to do: every contract is deployed")
    for step in missing:
        _create(node, step, deployment, path)
        mined = deployment.contracts[step.name]
        say(f"{step.name} at {step.address}, block {mined.block}")
    return deployment


def _settle(node: Node, deployment: Record, path: Path, say: Say) -> Record:
    """Find out what became of the steps that were sent; drop those that can no longer come true."""
    latest, _ = node.nonces()
    for name, step in list(deployment.contracts.items()):
        if step.nonce >= latest:
            if step.block is not None:
                raise Stop(
                    f"the chain does not know {name} of the record: wrong node or another chain; move {path}"
                )
            continue
        if not node.code(step.address):
            if step.block is not None:
                raise Stop(
                    f"no code at {name} of the record: wrong node, or the chain was reset; move {path}"
                )
            _give_up(deployment, name, say)
            continue
        if mistake := code_mistake(node, name, step):
            raise Stop(mistake)
        if step.block is None:
            _finish(node, deployment, name)
            say(f"{name} at {step.address}, block {step.block} (of an earlier run)")
    record.write(path, deployment)
    return deployment


def _give_up(deployment: Record, name: str, say: Say) -> None:
    """Another transaction has the nonce, or the creation ran out of gas."""
    step = deployment.contracts.pop(name)
    say(f"{name}: nonce {step.nonce} made no contract, so it gets another one")


def _anew(params: Parameters, deployment: Record, latest: int, path: Path, say: Say) -> Record:
    try:
        plan.make(params, deployment.deployer, deployment.nonces(), latest)
    except plan.Broken:
        pass
    else:
        say("nothing has to be deployed anew: the computed address of ClearingHouse still comes true")
        return deployment
    deployment = plan.without_block(deployment)
    record.write(path, deployment)
    for address, name in deployment.abandoned.items():
        say(f"{name} at {address} is given up")
    return deployment


def _replace_sources(params: Parameters, deployment: Record, path: Path, say: Say) -> Record:
    """A source with other feeds is another contract; the old one stays in use until `configure` is done."""
    try:
        kept = plan.without_other_feeds(params, deployment)
    except plan.Broken:
        return deployment
    for name in deployment.contracts.keys() - kept.contracts.keys():
        say(f"{name} at {deployment.contracts[name].address} has other feeds than the parameters")
    record.write(path, kept)
    return kept


def arguments_mistake(steps: list[Planned], deployment: Record) -> str | None:
    """Why a recorded contract is not the one of the plan: another address or other immutables."""
    for step in steps:
        done = deployment.contracts.get(step.name)
        if done is None:
            continue
        # Its reporters are no immutables: `configure` changes them.
        count = 1 if step.name == "SignedSource" and done.block is not None else len(step.arguments)
        if done.arguments[:count] != step.arguments[:count] or done.address != step.address:
            return (
                f"{step.name} was deployed as {done.arguments}, the parameters ask for {step.arguments}: "
                "restore them, or deploy another system with another --record"
            )
    return None


def _create(node: Node, step: Planned, deployment: Record, path: Path) -> None:
    """Send one creation, or the same again, and wait for it."""
    latest, _ = node.nonces()
    known = deployment.contracts.get(step.name)
    waiting = known is not None and known.transactions and node.known(known.transactions[-1]) is not None
    if not waiting:
        if latest != step.nonce:
            raise Stop(f"nonce {step.nonce} of {node.sender} was used elsewhere just now: run deploy again")
        transaction, raw = node.signed(step.nonce, node.creation(step.name, step.arguments))
        earlier = known.transactions if known is not None else []
        deployment.contracts[step.name] = Step(
            nonce=step.nonce,
            address=step.address,
            arguments=step.arguments,
            transactions=[*(t for t in earlier if t != transaction), transaction],
        )
        record.write(path, deployment)
        node.send(raw)
    node.wait(deployment.contracts[step.name].transactions[-1])
    if mistake := code_mistake(node, step.name, step):
        raise Stop(f"{mistake}: run deploy again")
    _finish(node, deployment, step.name)
    record.write(path, deployment)


def _finish(node: Node, deployment: Record, name: str) -> None:
    """Note the block, having compared what was mined with what was planned, immutables included."""
    step = deployment.contracts[name]
    for transaction in step.transactions:
        mined = node.mined(transaction)
        if mined is not None and mined.succeeded:
            step.transactions = [*(t for t in step.transactions if t != transaction), transaction]
            step.block = mined.block
    if step.block is None:
        raise Stop(f"{name}: the node knows none of its transactions; ask another node")
    if mistake := input_mistake(node, name, step):
        raise Stop(mistake)
    if name == "ClearingHouse":
        deployment.start_block = step.block


def input_mistake(node: Node, name: str, step: Step) -> str | None:
    """Why the creating transaction is not compiled code and recorded arguments, which make immutables."""
    found = node.known(step.transactions[-1]) if step.transactions else None
    if found is None:
        return f"{name}: the node does not know its transaction; ask another node"
    if found["to"] is not None or bytes(found["input"]) != node.creation(name, step.arguments):
        return f"{name}: created by other code or other constructor arguments than the record says"
    if found["nonce"] != step.nonce:
        return f"{name}: the record's nonce {step.nonce} is not the transaction's {found['nonce']}"
    return None
