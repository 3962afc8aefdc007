"""What a deployed system is set to, read from the chain at one block."""

from dataclasses import dataclass
from typing import Any

from eth_utils import to_checksum_address

from scripts.deployment.chain import Node
from scripts.deployment.feeds import CONTRACTS
from scripts.deployment.fields import ZERO
from scripts.deployment.record import Record

# `ledger.credits` of ClearingHouse. Bits from 232 on: the vault's share of fees, ppm. It has no view.
CREDITS_SLOT = 5
SHARE_SHIFT = 232
# Place in SourceConfig.
MAX_AGE = 3
OWNED = ("Governance", "OracleRouter", "SignedSource")


@dataclass(frozen=True)
class MarketState:
    """One market id, listed or not."""

    source: tuple[Any, ...]
    scheduled_source: tuple[Any, ...]
    # Unix second; 0: nothing is scheduled.
    source_at: int
    priced: bool
    # Whether its source has a price that would be taken.
    offered: bool
    # Quote units a day.
    bucket: int
    # None: not listed.
    params: tuple[int, ...] | None = None
    scheduled: tuple[int, ...] = ()
    scheduled_at: int = 0


@dataclass(frozen=True)
class State:
    """The whole system."""

    now: int
    # Owner and pending owner by contract.
    owners: dict[str, tuple[str, str]]
    guardian: str
    signers: list[str]
    threshold: int
    # ppm
    fee_share: int
    # Quote units.
    gate_floor: int
    global_bucket: int
    market_count: int
    markets: dict[int, MarketState]


def read(node: Node, record: Record, market_ids: int) -> State:
    """Markets 1 to `market_ids` or to the last listed one."""
    at = {name: record.address(name) for name in record.contracts}
    head = node.w3.eth.get_block("latest")
    block = head["number"]

    def ask(name: str, function: str, *arguments: Any) -> Any:
        return node.call(name, at[name], function, *arguments, block=block)

    def offered(source: tuple[Any, ...], market_id: int) -> bool:
        if source[0] == ZERO:
            return False
        price, updated_at = node.call(CONTRACTS["signed"], source[0], "latest", market_id, block=block)
        return bool(price) and head["timestamp"] - updated_at <= source[MAX_AGE]

    def market(market_id: int, listed: bool) -> MarketState:
        scheduled_source, source_at = ask("OracleRouter", "scheduled_source", market_id)
        params: tuple[int, ...] | None = None
        scheduled: tuple[int, ...] = ()
        scheduled_at = 0
        if listed:
            params = tuple(ask("Governance", "market_params", market_id))
            values, scheduled_at = ask("Governance", "scheduled", market_id)
            scheduled = tuple(values)
        source = tuple(ask("OracleRouter", "source_config", market_id))
        return MarketState(
            source=source,
            scheduled_source=tuple(scheduled_source),
            source_at=source_at,
            priced=ask("OracleRouter", "peek", market_id)[1],
            offered=offered(source, market_id),
            bucket=ask("InsuranceVault", "bucket", market_id)[0],
            params=params,
            scheduled=scheduled,
            scheduled_at=scheduled_at,
        )

    count = ask("Governance", "market_count")
    clearing_house = to_checksum_address(at["ClearingHouse"])
    credits_word = int.from_bytes(node.w3.eth.get_storage_at(clearing_house, CREDITS_SLOT, block))
    return State(
        now=head["timestamp"],
        owners={name: (ask(name, "owner"), ask(name, "pending_owner")) for name in OWNED},
        guardian=ask("Governance", "guardian"),
        signers=list(ask("SignedSource", "signers")),
        threshold=ask("SignedSource", "threshold"),
        fee_share=credits_word >> SHARE_SHIFT,
        gate_floor=ask("InsuranceVault", "gate_floor"),
        global_bucket=ask("InsuranceVault", "bucket", 0)[0],
        market_count=count,
        markets={i: market(i, i <= count) for i in range(1, max(count, market_ids) + 1)},
    )
