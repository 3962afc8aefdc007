"""What configure would send, from states made by hand."""

import json
from dataclasses import replace
from typing import Any

from scripts.build_cache import ROOT
from scripts.deployment import state
from scripts.deployment.difference import Call, compare
from scripts.deployment.fields import ZERO
from scripts.deployment.params import load
from scripts.deployment.state import MarketState, State

DEPLOYER = "0xe239cdc5fbe977a8a141B72194D3CF8c41bC5BC6"
SOURCE = "0x3Bf25EB2A5db66CEE01289C7d98E71a2D4c50506"
SOURCES = {"signed": SOURCE}
SAFE = "0x8e1D8d1346D7E86Aa5927C963B3057464969860F"
PARAMS = load(ROOT / "scripts" / "params" / "local.yaml").resolved(DEPLOYER)
FEEDS = load(ROOT / "scripts" / "params" / "sepolia.yaml").resolved(DEPLOYER)
NOW = 1_800_000_000


def _configured() -> State:
    markets = {}
    for market_id, market in enumerate(PARAMS.markets, start=1):
        markets[market_id] = MarketState(
            source=market.source.words(SOURCES),
            scheduled_source=(),
            source_at=0,
            priced=True,
            offered=True,
            bucket=PARAMS.quote(market.bucket),
            params=market.words(6),
        )
    return State(
        now=NOW,
        owners=dict.fromkeys(state.OWNED, (DEPLOYER, ZERO)),
        guardian=DEPLOYER,
        signers=[DEPLOYER],
        threshold=1,
        fee_share=500_000,
        gate_floor=1_000 * 10**6,
        global_bucket=100_000 * 10**6,
        market_count=2,
        markets=markets,
    )


def _market(**changes: Any) -> State:
    current = _configured()
    return replace(current, markets={**current.markets, 1: replace(current.markets[1], **changes)})


def _calls(current: State) -> list[str]:
    return [found.call.function for found in compare(PARAMS, current, SOURCES) if found.call is not None]


def test_compare__as_the_parameters_say__is_nothing() -> None:
    assert compare(PARAMS, _configured(), SOURCES) == []


def test_compare__each_setting__has_its_call() -> None:
    current = _configured()
    assert _calls(replace(current, guardian=ZERO)) == ["set_guardian"]
    assert _calls(replace(current, signers=[SAFE])) == ["set_signers"]
    assert _calls(replace(current, fee_share=0)) == ["set_vault_fee_share"]
    assert _calls(replace(current, gate_floor=0)) == ["set_gate_floor"]
    assert _calls(replace(current, global_bucket=0)) == ["set_bucket"]
    assert _calls(_market(bucket=0)) == ["set_bucket"]


def test_compare__other_parameters__are_set_then_waited_for_then_applied() -> None:
    wanted = PARAMS.markets[0].words(6)
    other = (20, *wanted[1:])
    assert _calls(_market(params=other)) == ["set_market"]
    waiting = compare(PARAMS, _market(params=other, scheduled=wanted, scheduled_at=NOW + 1), SOURCES)
    assert waiting[0].call is None
    assert "run configure again after" in waiting[0].note
    assert _calls(_market(params=other, scheduled=wanted, scheduled_at=NOW)) == ["apply_market"]
    assert _calls(_market(scheduled=other, scheduled_at=NOW + 1)) == ["cancel_scheduled"]


def test_compare__other_source__is_set_then_waited_for_then_applied() -> None:
    wanted = PARAMS.markets[0].source.words(SOURCES)
    other = (SAFE, *wanted[1:])
    assert _calls(_market(source=other)) == ["set_source"]
    assert _calls(_market(source=other, scheduled_source=wanted, source_at=NOW + 1)) == []
    assert _calls(_market(source=other, scheduled_source=wanted, source_at=NOW)) == ["apply_source"]
    assert _calls(_market(scheduled_source=other, source_at=NOW + 1)) == ["set_source"]


def test_compare__unlisted_market__needs_source_and_price_first() -> None:
    first = replace(_market(params=None), market_count=0)
    assert "list_market" in _calls(first)
    unpriced = replace(_market(params=None, priced=False), market_count=0)
    assert [found.unpriced for found in compare(PARAMS, unpriced, SOURCES)] == [1]
    assert _calls(unpriced) == []


def test_compare__unlisted_market_of_a_feed__takes_its_first_price_once_there_is_one() -> None:
    addresses = {**SOURCES, "chainlink": SAFE, "pyth": DEPLOYER}
    pyth = FEEDS.markets[0].model_copy(
        update={
            "source": FEEDS.markets[0].source.model_copy(
                update={"feed": FEEDS.markets[0].source.second, "second": None}
            )
        }
    )
    for market, call, note in (
        (FEEDS.markets[0], Call("OracleRouter", "sync", ([1],)), "its feed of Chainlink has none now"),
        (pyth, Call("PythSource", "pull", ([1],)), "have a keeper push one to PythSource"),
    ):
        params = FEEDS.model_copy(update={"markets": [market]})
        words = market.source.words(addresses)
        state_of = _market(params=None, priced=False, source=words)
        unlisted = replace(state_of, market_count=0, markets={1: state_of.markets[1]})
        [found] = compare(params, unlisted, addresses)
        assert (found.call, found.unpriced) == (call, None)
        silent = replace(unlisted, markets={1: replace(unlisted.markets[1], offered=False)})
        [found] = compare(params, silent, addresses)
        assert found.call is None
        assert note in found.note


def test_compare__another_owner__is_handed_over_in_two_steps() -> None:
    to_safe = PARAMS.model_copy(update={"owner": SAFE})
    functions = [found.call for found in compare(to_safe, _configured(), SOURCES)]
    assert functions == [Call(name, "transfer_ownership", (SAFE,)) for name in state.OWNED]
    offered = replace(_configured(), owners=dict.fromkeys(state.OWNED, (DEPLOYER, SAFE)))
    assert all(
        found.call is None and "accept_ownership" in found.note
        for found in compare(to_safe, offered, SOURCES)
    )


def test_credits_slot__storage_layout__is_the_compilers() -> None:
    layout = json.loads((ROOT / "tests/snapshots/layout/ClearingHouse.json").read_text())
    assert [entry["slot"] for entry in layout if entry["name"] == "ledger.credits"] == [state.CREDITS_SLOT]
