"""Why a transaction failed."""

from scripts.sandbox.venue import Venue


def revert_reason(venue: Venue, tx_hash: str) -> str:
    """Why a transaction in a block failed."""
    trace = venue.rpc("debug_traceTransaction", tx_hash, {"tracer": "callTracer"})
    return str(trace.get("revertReason") or trace.get("error") or "")
