"""ADL-6 over a chain's history: what was refused to whoever named the wrong counterparties left no trace."""

from collections.abc import Iterable

from web3 import Web3
from web3.types import RPCEndpoint

from scripts.sandbox.codec import function
from scripts.sandbox.history import Transaction, have_failed
from scripts.sandbox.invariants import check
from scripts.system import System

DIFFERENCE = {"tracer": "prestateTracer", "tracerConfig": {"diffMode": True}}


def adl_6(w3: Web3, system: System, transactions: Iterable[Transaction]) -> int:
    """How many were refused. No log, and no word of any contract's storage is another."""
    house = system.clearing_house.address.lower()
    selectors = {function("Waterfall", name).selector for name in ("deleverage", "deleverage_next")}
    rounds = [
        each
        for each in transactions
        if (each.call.to or "").lower() == house and each.call.data[:4] in selectors
    ]
    failed = have_failed(w3, rounds)
    refused = [each for each, has_failed in zip(rounds, failed, strict=True) if has_failed]
    for each in refused:
        check("ADL-6", not each.logs, ("logged", each.hash, each.logs))
        changed = changes(w3, each.hash)
        check("ADL-6", not changed, ("changed", each.hash, changed))
    return len(refused)


def changes(w3: Web3, tx_hash: str) -> dict[str, dict[str, str]]:
    """Words of storage that a transaction changed, by contract and slot."""
    answer = w3.provider.make_request(RPCEndpoint("debug_traceTransaction"), [tx_hash, DIFFERENCE])
    if "error" in answer:
        raise RuntimeError(f"trace of {tx_hash}: {answer['error']}")
    found = answer["result"]["post"]
    return {address: state["storage"] for address, state in found.items() if state.get("storage")}
