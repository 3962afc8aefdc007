"""What the insurance vault stores, and the ClearingHouse of flags and its gate, as raw words."""

from collections.abc import Iterable

from scripts.sandbox.layout import Name, Words, entry_of, slot_of
from tests.helpers.model import flags
from tests.helpers.model.protocol import Protocol
from tests.helpers.model.vault import Vault

HOUSE, VAULT = "ClearingHouse", "InsuranceVault"
ALL_MARKETS = 0
GATING_BITS = 32


def places(
    market_ids: Iterable[int], account_ids: Iterable[int], holders: Iterable[str]
) -> dict[Name, tuple[str, int]]:
    found: dict[Name, tuple[str, int]] = {
        ("gating",): (HOUSE, slot_of(HOUSE, "flags.gating")),
        ("gate day",): (HOUSE, slot_of(HOUSE, "flags.gate_day")),
        ("vault ledger",): (VAULT, slot_of(VAULT, "collateral_ledger")),
        ("gate floor",): (VAULT, slot_of(VAULT, "gate_floor")),
        ("supply",): (VAULT, slot_of(VAULT, "erc20.totalSupply")),
    }
    for i in account_ids:
        found["gated at", i] = entry_of(HOUSE, "flags.gated_at", i)
    for m in (ALL_MARKETS, *market_ids):
        found["bucket", m] = entry_of(VAULT, "_buckets", m)
    for holder in holders:
        key = int(holder, 16)
        found["shares", holder] = entry_of(VAULT, "erc20.balanceOf", key)
        where = entry_of(VAULT, "redeem_requests._requests", key)
        found["requested", holder] = where
        found["claimable at", holder] = VAULT, where[1] + 1
    return found


def canonical(words: Words, now: int) -> None:
    """The accounts that hold the gate as bits: the contract's list may name others, which hold nothing."""
    rest, holding = words["gating",], 0
    while rest:
        account_id = rest & 2**GATING_BITS - 1
        flag, since = words["account", account_id] >> 216, words["gated at", account_id]
        if flag and flag <= since and now < since + flags.GATE:
            assert not holding >> account_id & 1, "an account holds the gate twice"
            holding |= 1 << account_id
        rest >>= GATING_BITS
    words["gating",] = holding


def of_model(model: Protocol, holders: Iterable[str]) -> Words:
    state, vault = model.state, model.state.vault
    words: Words = {
        ("gating",): sum(1 << i for i in flags.gating(state, model.now)),
        ("gate day",): state.gate_day,
        ("vault ledger",): vault.ledger,
        ("gate floor",): vault.gate_floor,
        ("supply",): vault.total_supply,
        ("gated at", len(state.accounts) + 1): 0,
    }
    words.update({("gated at", i): account.gated_at for i, account in state.accounts.items()})
    for m in (ALL_MARKETS, *state.markets):
        words["bucket", m] = bucket_word(vault, m)
    for holder in holders:
        request = vault.requests.get(holder)
        words["shares", holder] = vault.shares.get(holder, 0)
        words["requested", holder] = 0 if request is None else request.shares
        words["claimable at", holder] = 0 if request is None else request.since + vault.cooldown
    return words


def bucket_word(vault: Vault, market_id: int) -> int:
    """level * 86400 121 | cap 95 | time 40."""
    bucket = vault.buckets.get(market_id)
    return 0 if bucket is None else bucket.level | bucket.cap << 121 | bucket.touched << 216
