"""fill_batch: the same as its fills one by one, to the unit, when margins allow them."""

import random

import pytest
from ape import chain

from tests.helpers.desk import PRICE, WAD
from tests.helpers.events import named
from tests.helpers.model.arithmetic import ceil_div
from tests.helpers.parameters import HOUR, MarketParams
from tests.helpers.reading import fee_credits, holding, next_block_at, now

# Funding that one fill here can see.
PARAMS = MarketParams(
    open_interest_cap=1_000 * WAD,
    open_interest_lower=20 * WAD,
    open_interest_upper=2_000 * WAD,
    funding_depth=100_000_000 * 10**6,
)
FIXED = ("price", "size", "maker_fee", "taker_fee", "maker_account", "taker_account")


@pytest.fixture(scope="module")
def many(desk, maker, taker_account, maker_account):
    """Makers that hold something already, with a premium over the mark, an hour later."""
    many = [desk.account(maker, 80_000 + i) for i in range(6)]
    rng = random.Random(7)
    for account_id in (*many, maker_account):
        size = rng.randrange(WAD, 5 * WAD)
        buyer, seller = (account_id, taker_account) if size % 2 else (taker_account, account_id)
        desk.trade(buyer, seller, size, PRICE + rng.randrange(90 * WAD))
    desk.mine(HOUR)
    return many


def outcome(desk, accounts):
    state = desk.clearing_house.market_state(1)
    return {
        "cash": [desk.cash(a) for a in accounts],
        "positions": [holding(desk, a) for a in accounts],
        "fees": sum(fee_credits(desk)),
        "split": fee_credits(desk),
        "funding": (state.index, state.premium, state.touched),
        "interest": state.open_interest,
        "queue": (desk.queue(True), desk.queue(False)),
    }


def both_ways(desk, makers, taking, sizes):
    """What the batch does, and what its fills do one by one in the same second."""
    at = now() + 100
    before = chain.snapshot()
    next_block_at(at)
    batch = desk.fill_batch(makers, taking, sizes)
    accounts = [*dict.fromkeys([taking.account_id, *(m.account_id for m in makers)])]
    together = outcome(desk, accounts), [{k: f[k] for k in FIXED} for f in named(batch, "Fill")]
    assert now() == at
    chain.restore(before)

    fills = []
    for order, size in zip(makers, sizes, strict=True):
        next_block_at(at)
        receipt = desk.fill(order, taking, size)
        fills += [{k: f[k] for k in FIXED} for f in named(receipt, "Fill")]
        assert now() == at
    one_by_one = outcome(desk, accounts), fills
    return together, one_by_one


@pytest.mark.parametrize("seed", range(6))
def test_fill_batch__any_makers__equals_the_fills_one_by_one(desk, many, taker_account, owner, seed):
    rng = random.Random(seed)
    desk.governance.set_vault_fee_share(WAD * (seed % 2), sender=owner)
    sign = rng.choice([1, -1])
    makers, sizes = [], []
    for _ in range(rng.randrange(2, 9)):
        size = rng.randrange(WAD // 10, 4 * WAD)
        price = PRICE + rng.randrange(-90 * WAD, 90 * WAD)
        makers.append(desk.order(rng.choice(many), sign * size, price, rng.choice([5, 10, 20])))
        sizes.append(rng.randrange(size // 2, size + 1))
    taking = desk.order(taker_account, -sign * 40 * WAD, 0 if sign > 0 else 2**256 - 1, rng.choice([5, 10]))
    together, one_by_one = both_ways(desk, makers, taking, sizes)
    assert together[0]["funding"][0] != 0, "the example must have funding in it"
    assert together == one_by_one


def test_fill_batch__taker_reduced_closed_and_flipped__equals_the_fills_one_by_one(desk, many, taker_account):
    held = holding(desk, taker_account)[0]
    sign = 1 if held > 0 else -1
    parts = [abs(held) // 3, abs(held) - abs(held) // 3, 3 * WAD + 1]
    makers = [desk.order(many[i], sign * part, PRICE + i) for i, part in enumerate(parts)]
    taking = desk.order(taker_account, -held - sign * (3 * WAD + 1), 0 if sign > 0 else 2**256 - 1)
    together, one_by_one = both_ways(desk, makers, taking, parts)
    assert together[0]["positions"][0] == (-sign * (3 * WAD + 1), PRICE + 2, 10)
    assert together == one_by_one


@pytest.mark.parametrize("share", [333_333, 999_999])
def test_fill_batch__odd_vault_share__is_rounded_up_once_for_all_fees(
    desk, many, taker_account, owner, share
):
    """The one difference: the split between vault and treasury, by less than a unit for each further fill."""
    desk.governance.set_vault_fee_share(share * 10**12, sender=owner)
    vault = fee_credits(desk)[0]
    makers = [desk.order(account_id, WAD + i, PRICE + i) for i, account_id in enumerate(many)]
    taking = desk.order(taker_account, -8 * WAD, 0)
    together, one_by_one = both_ways(desk, makers, taking, [abs(m.size) for m in makers])
    fees = sum(f["maker_fee"] + f["taker_fee"] for f in together[1])
    split, separately = together[0].pop("split"), one_by_one[0].pop("split")
    assert together == one_by_one
    assert split[0] == vault + ceil_div(fees * share, 10**6)
    assert 0 < separately[0] - split[0] < len(makers)
