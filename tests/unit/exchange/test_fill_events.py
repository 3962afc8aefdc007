"""fill: every event it emits, exactly, and the funding that comes first."""

import pytest

from tests.helpers.desk import PRICE, WAD
from tests.helpers.model.arithmetic import notional_down, value
from tests.helpers.model.market import Funding
from tests.helpers.parameters import HOUR, MarketParams
from tests.helpers.reading import SCALE, events, fee, now

PARAMS = MarketParams()
SIZE = 1_234_567_890_123_456_789
BID = 4_012_345_678_901_234_567_899
DEPOSIT = 100_000 * 10**6
# 1 %, in the premium's unit of 1e-11.
CAP = 10**9
MAKER_FEE, TAKER_FEE = fee(SIZE, BID, PARAMS.maker_fee), fee(SIZE, BID, PARAMS.taker_fee)


def sampled(before: Funding, size: int, price: int) -> Funding:
    return before.sampled(price, PRICE, notional_down(size, PRICE, SCALE), CAP, PARAMS.funding_depth)


def changed(account_id, size, entry_price, leverage, cash, price):
    return (
        "PositionChanged",
        {
            "account_id": account_id,
            "market_id": 1,
            "size": size,
            "entry_price": entry_price,
            "leverage": leverage,
            "cash": cash,
            "price": price,
            "reason": 1,
        },
    )


@pytest.mark.parametrize("sign", [1, -1], ids=["maker_buys", "maker_sells"])
def test_fill__opening__emits_exactly_this(desk, maker_account, taker_account, sign):
    bid = desk.order(maker_account, sign * SIZE, BID, leverage=20)
    ask = desk.opposite(bid, taker_account, leverage=5)
    moved = sign * value(SIZE, BID, 0, SCALE)
    assert events(desk.fill(bid, ask)) == [
        (
            "Fill",
            {
                "market_id": 1,
                "maker_account": maker_account,
                "taker_account": taker_account,
                "maker_order": desk.hash(bid),
                "taker_order": desk.hash(ask),
                "size": -sign * SIZE,
                "price": BID,
                "maker_fee": MAKER_FEE,
                "taker_fee": TAKER_FEE,
            },
        ),
        changed(taker_account, -sign * SIZE, BID, 5, DEPOSIT + moved - TAKER_FEE, BID),
        changed(maker_account, sign * SIZE, BID, 20, DEPOSIT - moved - MAKER_FEE, BID),
        (
            "FundingAccrued",
            {
                "market_id": 1,
                "index": 0,
                "premium": sampled(Funding(), SIZE, BID).premium,
                "mark": PRICE,
            },
        ),
    ]


def test_fill__close__emits_a_position_of_nothing(desk, maker_account, taker_account):
    desk.trade(maker_account, taker_account, SIZE)
    cash = desk.cash(maker_account), desk.cash(taker_account)
    moved = value(SIZE, PRICE, 0, SCALE)
    maker_fee, taker_fee = fee(SIZE, PRICE, PARAMS.maker_fee), fee(SIZE, PRICE, PARAMS.taker_fee)
    receipt = desk.trade(taker_account, maker_account, SIZE)
    assert events(receipt)[1:] == [
        changed(maker_account, 0, 0, 0, cash[0] + moved - taker_fee, PRICE),
        changed(taker_account, 0, 0, 0, cash[1] - moved - maker_fee, PRICE),
        ("FundingAccrued", {"market_id": 1, "index": 0, "premium": 0, "mark": PRICE}),
    ]


@pytest.mark.parametrize("price", [BID, 3_987_654_321_098_765_432_101, 4_200 * WAD, 3_800 * WAD])
@pytest.mark.parametrize("elapsed", [1, 1_800, HOUR, HOUR + 1, 2 * HOUR - 10])
def test_fill__after_a_premium__accrues_first_and_settles_at_the_new_index(
    desk, maker_account, taker_account, price, elapsed
):
    """q = floor(size * (price - F)): the fill that comes later pays no funding for the time before it."""
    desk.trade(maker_account, taker_account, 10 * SIZE, price)
    before = sampled(Funding(touched=now()), 10 * SIZE, price)
    cash = desk.cash(maker_account), desk.cash(taker_account)
    desk.wait(elapsed)
    receipt = desk.trade(maker_account, taker_account, SIZE, BID)

    accrued = before.accrued(now(), PRICE, PARAMS.funding_tau)
    assert accrued.touched - before.touched == elapsed
    assert accrued.index != 0
    assert (accrued.index > 0) == (price > PRICE)
    after = sampled(accrued, SIZE, BID)
    name, values = events(receipt)[-1]
    assert (name, values["index"], values["premium"]) == ("FundingAccrued", after.index, after.premium)
    moved = value(SIZE, BID, accrued.index, SCALE)
    assert desk.cash(maker_account) == cash[0] - moved - MAKER_FEE
    assert desk.cash(taker_account) == cash[1] + moved - TAKER_FEE
    state = desk.clearing_house.market_state(1)
    assert (state.index, state.premium, state.touched) == (after.index, after.premium, now())


def test_fill__larger_than_the_depth__sets_the_whole_premium_at_the_cap(desk, maker, taker):
    params = PARAMS.but(
        open_interest_cap=1_000 * WAD,
        open_interest_lower=900 * WAD,
        open_interest_upper=1_000 * WAD,
        funding_cap=WAD // 1_000,
        funding_depth=20_000 * 10**6,
        funding_tau=HOUR,
        price_band=WAD // 2,
    )
    market_id = desk.list_market(100 * WAD, params)
    buyer, seller = desk.account(maker, 50_000), desk.account(taker, 50_000)
    premiums = []
    for size, price in ((100, 140), (250, 140), (250, 60)):
        desk.wait(0)
        receipt = desk.trade(buyer, seller, size * WAD, price * WAD, market_id=market_id)
        premiums.append(events(receipt)[-1][1]["premium"])
    cap = 10**8
    assert premiums == [cap // 2, cap, -cap], "half of the depth, then all of it twice"
