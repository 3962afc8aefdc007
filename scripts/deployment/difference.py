"""What is set otherwise than the parameters file says, and which call would change that. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from scripts.deployment.fields import ZERO
from scripts.deployment.params import MARKET_FIELDS, SOURCE_FIELDS, Parameters
from scripts.deployment.state import OWNED, MarketState, State

PPM = 10**6


@dataclass(frozen=True)
class Call:
    """A call of the owner, or of anyone where the contract says so."""

    contract: str
    function: str
    arguments: tuple[Any, ...]


@dataclass(frozen=True)
class Difference:
    """One line of the table."""

    what: str
    current: str
    wanted: str
    # None: nothing can be sent now, `note` says what to wait for.
    call: Call | None = None
    note: str = ""
    # Market whose first signed price is missing.
    unpriced: int | None = None

    def line(self) -> str:
        note = f" ({self.note})" if self.note else ""
        return f"{self.what}: {self.current} -> {self.wanted}{note}"


def compare(params: Parameters, state: State, sources: Mapping[str, str]) -> list[Difference]:
    """All differences, in the order in which they are applied. `params` names addresses only (`resolved`).

    `sources`: addresses by kind of feed.
    """
    found = [*_system(params, state)]
    for market_id, _ in enumerate(params.markets, start=1):
        found += _market(params, state, market_id, sources)
    if state.market_count > len(params.markets):
        note = "markets cannot be delisted: add them to the parameters"
        found.append(Difference("markets", str(state.market_count), str(len(params.markets)), note=note))
    found += _owners(params, state)
    return found


def _set(
    what: str, current: Any, wanted: Any, contract: str, function: str, *arguments: Any
) -> Iterator[Difference]:
    if current != wanted:
        yield Difference(what, str(current), str(wanted), Call(contract, function, arguments))


def _system(params: Parameters, state: State) -> Iterator[Difference]:
    wanted_signers = (params.signers, params.threshold)
    yield from _set(
        "guardian", state.guardian, params.guardian, "Governance", "set_guardian", params.guardian
    )
    yield from _set(
        "signers",
        (state.signers, state.threshold),
        wanted_signers,
        "SignedSource",
        "set_signers",
        *wanted_signers,
    )
    share = int(params.vault_fee_share * PPM)
    yield from _set(
        "vault fee share (ppm)", state.fee_share, share, "Governance", "set_vault_fee_share", share * 10**12
    )
    floor = params.quote(params.gate_floor)
    yield from _set("gate floor", state.gate_floor, floor, "InsuranceVault", "set_gate_floor", floor)
    cap = params.quote(params.global_bucket)
    yield from _set("global bucket", state.global_bucket, cap, "InsuranceVault", "set_bucket", 0, cap)


def _market(
    params: Parameters, state: State, market_id: int, sources: Mapping[str, str]
) -> Iterator[Difference]:
    wanted = params.markets[market_id - 1]
    current = state.markets[market_id]
    label = f"market {market_id} ({wanted.name})"
    rules = wanted.source.words(sources)
    yield from _source(label, market_id, current, rules, state.now)
    cap = params.quote(wanted.bucket)
    yield from _set(f"{label} bucket", current.bucket, cap, "InsuranceVault", "set_bucket", market_id, cap)
    words = wanted.words(params.decimals)
    if current.params is None:
        yield _listing(label, market_id, current, state, words, wanted.source.feed.kind)
    elif current.params != words:
        shown = _fields(MARKET_FIELDS, current.params, words)
        call = Call("Governance", "set_market", (market_id, words))
        waits = (
            current.scheduled_at,
            current.scheduled == words,
            Call("Governance", "apply_market", (market_id,)),
        )
        yield _delayed(f"{label} parameters", shown, call, state.now, *waits)
    elif current.scheduled_at:
        call = Call("Governance", "cancel_scheduled", (market_id,))
        yield Difference(
            f"{label} schedule", f"other parameters due {_date(current.scheduled_at)}", "none", call
        )


def _source(
    label: str, market_id: int, current: MarketState, rules: tuple[Any, ...], now: int
) -> Iterator[Difference]:
    call = Call("OracleRouter", "set_source", (market_id, rules))
    if current.source != rules:
        shown = _fields(SOURCE_FIELDS, current.source, rules)
        waits = (
            current.source_at,
            current.scheduled_source == rules,
            Call("OracleRouter", "apply_source", (market_id,)),
        )
        yield _delayed(f"{label} source", shown, call, now, *waits)
    elif current.source_at and current.scheduled_source != rules:
        # A schedule cannot be withdrawn, only replaced: by what is in force already.
        yield Difference(f"{label} source schedule", f"another due {_date(current.source_at)}", "none", call)


def _delayed(
    what: str, shown: tuple[str, str], call: Call, now: int, at: int, same: bool, apply: Call
) -> Difference:
    """A change that may take 48 h: schedule it, wait for it, apply it."""
    if not (at and same):
        return Difference(what, *shown, call)
    if now >= at:
        return Difference(what, *shown, apply, note="due")
    return Difference(what, *shown, note=f"scheduled: run configure again after {_date(at)}")


# What brings the router a first price that the source has, and who else can see to one.
FIRST_PRICE = {"chainlink": ("OracleRouter", "sync"), "pyth": ("PythSource", "pull")}
WHO = {
    "signed": "have a keeper report one to SignedSource",
    "chainlink": "its feed of Chainlink has none now",
    "pyth": "have a keeper push one to PythSource",
}


def _listing(
    label: str, market_id: int, current: MarketState, state: State, words: tuple[int, ...], kind: str
) -> Difference:
    what = f"{label} listing"
    if current.source[0] == ZERO or market_id != state.market_count + 1:
        return Difference(what, "none", "listed", note="after its source and the markets before it")
    if not current.priced:
        if current.offered and kind in FIRST_PRICE:
            call = Call(*FIRST_PRICE[kind], ([market_id],))
            return Difference(what, "none", "listed", call, note="takes the first price of its feed")
        note = f"needs a valid price: {WHO[kind]}, then run configure again"
        unpriced = market_id if kind == "signed" else None
        return Difference(what, "none", "listed", note=note, unpriced=unpriced)
    return Difference(what, "none", "listed", Call("Governance", "list_market", (words,)))


def _owners(params: Parameters, state: State) -> Iterator[Difference]:
    for name in OWNED:
        owner, pending = state.owners[name]
        what = f"{name} owner"
        if owner == params.owner:
            continue
        if pending == params.owner:
            yield Difference(
                what, owner, params.owner, note=f"{params.owner} must call {name}.accept_ownership()"
            )
        else:
            yield Difference(what, owner, params.owner, Call(name, "transfer_ownership", (params.owner,)))


def _fields(names: tuple[str, ...], current: tuple[Any, ...], wanted: tuple[Any, ...]) -> tuple[str, str]:
    """Only the fields that differ."""
    differ = [(n, c, w) for n, c, w in zip(names, current, wanted, strict=True) if c != w]
    return ", ".join(f"{n}={c}" for n, c, _ in differ), ", ".join(f"{n}={w}" for n, _, w in differ)


def _date(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
