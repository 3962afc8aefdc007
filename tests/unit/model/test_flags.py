"""Flag, grace and gate by the second."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.helpers.model.flags import GATE, GRACE, LIFE, MAX_GATES, Flagging, is_ripe
from tests.unit.model.scenario import NO_FEES, PARAMS, START, USD, WAD, Scenario, refused

DAY = 86_400


def debtors(count: int = 1, price: int = 1_700) -> Scenario:
    """Accounts 1, 2, ... long 1 at 2,000 with 200 of margin each, and one rich short; now at `price`."""
    world = Scenario(replace(PARAMS, **NO_FEES))
    for i in range(count):
        world.trader(f"long {i}", 200)
    rich = world.trader("rich", 10**6)
    for i in range(count):
        world.trade(i + 1, rich, WAD)
    world.set_price(1, price * WAD)
    return world


def insure(world: Scenario, dollars: int, market_id: int = 1) -> None:
    world.protocol.vault_deposit("depositor", dollars * USD, "depositor")
    for each in (0, market_id):
        world.protocol.set_bucket(each, dollars * USD)


def test_flag_bankrupt__bankrupt__flags_and_gates() -> None:
    world = debtors()
    receipt = world.protocol.flag_bankrupt(1)
    assert receipt == Flagging(1, 100 * USD, START, START + 3_600)
    assert world.protocol.flagged_at(1) == START
    assert world.protocol.gate_until() == START + 3_600
    with refused("flag: already flagged"):
        world.protocol.flag_bankrupt(1)


def test_flag_bankrupt__unknown_or_solvent__refused() -> None:
    world = debtors(price=1_800)
    with refused("account: unknown"):
        world.protocol.flag_bankrupt(99)
    with refused("flag: not bankrupt"):
        world.protocol.flag_bankrupt(1)


def test_flag_bankrupt__recovered__clears() -> None:
    world = debtors()
    world.protocol.flag_bankrupt(1)
    world.set_price(1, 1_800 * WAD)
    assert world.protocol.flag_bankrupt(1) == Flagging(1, cleared=True)
    assert world.protocol.flagged_at(1) == world.protocol.gate_until() == 0


@pytest.mark.parametrize(("seconds", "again"), [(GRACE + LIFE, False), (GRACE + LIFE + 1, True)])
def test_flag_bankrupt__old_flag__is_set_anew(seconds: int, again: bool) -> None:
    world = debtors()
    world.protocol.flag_bankrupt(1)
    world.protocol.now += seconds
    if again:
        receipt = world.protocol.flag_bankrupt(1)
        # The gate has had its hour of the day.
        assert (receipt.flagged_at, receipt.gate_until) == (world.protocol.now, None)
    else:
        with refused("flag: already flagged"):
            world.protocol.flag_bankrupt(1)


@pytest.mark.parametrize(
    ("seconds", "ripe"),
    [(0, False), (GRACE - 1, False), (GRACE, True), (GRACE + LIFE, True), (GRACE + LIFE + 1, False)],
)
def test_is_ripe__by_the_second(seconds: int, ripe: bool) -> None:
    world = debtors()
    assert not is_ripe(world.account(1), START)
    world.protocol.flag_bankrupt(1)
    assert is_ripe(world.account(1), START + seconds) is ripe


@pytest.mark.parametrize(
    ("insured", "floor", "gated"),
    # Short of 100: what the vault has not and the floor does not excuse.
    [(0, 99, True), (0, 100, False), (60, 39, True), (60, 40, False), (100, 0, False), (500, 0, False)],
)
def test_gate__shortfall_beyond_the_capacity_and_the_floor__only_then(
    insured: int, floor: int, gated: bool
) -> None:
    world = debtors()
    if insured:
        insure(world, insured)
    world.protocol.set_gate_floor(floor * USD)
    receipt = world.protocol.flag_bankrupt(1)
    assert (receipt.gate_until is not None) is gated
    assert (world.protocol.gate_until() != 0) is gated


def test_gate__two_legs__each_market_covers_its_own_and_all_together_the_global_bucket() -> None:
    world = debtors(price=2_000)
    world.protocol.deposit("long 0", 1, 200 * USD)
    world.trade(1, 2, 40 * WAD, market_id=2)
    world.set_price(1, 1_700 * WAD)
    world.set_price(2, 40 * WAD)
    # 300 lost on each of 300 and 400: 400 - 700 are 300 short, 3 : 4.
    protocol = world.protocol
    assert protocol.waterfall_values(1)[0] == -300 * USD
    assert protocol.shortfall(1, 1) == 128_571_429
    assert protocol.shortfall(1, 2) == 171_428_572
    insure(world, 150)
    protocol.set_bucket(2, 1_000 * USD)
    protocol.vault_deposit("depositor", 1_000 * USD, "depositor")
    for caps, covered in (
        ((1_000, 1_000, 1_000), 300),
        # All together no more than 250, and than 200 in market 1 and 2.
        ((250, 1_000, 1_000), 250),
        ((1_000, 100, 100), 200),
    ):
        trial = protocol.state.copy()
        protocol.state.vault.buckets.clear()
        for market_id, cap in enumerate(caps):
            protocol.set_bucket(market_id, cap * USD)
        protocol.set_gate_floor((300 - covered) * USD)
        assert protocol.flag_bankrupt(1).gate_until is None
        protocol.state.accounts[1].flag = 0
        if covered < 300:
            protocol.set_gate_floor((300 - covered) * USD - 1)
            assert protocol.flag_bankrupt(1).gate_until is not None
        protocol.state = trial


def test_gate__shortfall_grows_after_the_flag__gates_later() -> None:
    world = debtors()
    world.protocol.set_gate_floor(150 * USD)
    assert world.protocol.flag_bankrupt(1).gate_until is None
    world.protocol.now += 100
    with refused("flag: already flagged"):
        world.protocol.flag_bankrupt(1)
    world.set_price(1, 1_600 * WAD)
    receipt = world.protocol.flag_bankrupt(1)
    assert receipt == Flagging(1, 200 * USD, None, START + 100 + GATE)
    assert world.protocol.flagged_at(1) == START


@pytest.mark.parametrize(("seconds", "on"), [(0, True), (GATE - 1, True), (GATE, False)])
def test_gate__by_the_second(seconds: int, on: bool) -> None:
    world = debtors()
    flat = world.trader("flat", 5)
    world.protocol.flag_bankrupt(1)
    world.protocol.now += seconds
    if on:
        with refused("account: not the owner"):
            world.protocol.withdraw("stranger", flat, 10**30, "stranger")
        with refused("withdraw: gated"):
            world.protocol.withdraw("flat", flat, 10**30, "flat")
    else:
        world.protocol.withdraw("flat", flat, 5 * USD, "flat")


def test_gate__once_a_day_an_account() -> None:
    world = debtors()
    world.protocol.flag_bankrupt(1)
    for wait, gated in ((DAY - 1, None), (1, START + DAY + GATE)):
        world.protocol.now += wait
        if gated is None:
            assert world.protocol.flag_bankrupt(1).gate_until is None
        else:
            # The flag of a second ago stands: only the gate is new.
            assert world.protocol.flag_bankrupt(1) == Flagging(1, 100 * USD, None, gated)


def test_gate__flag_cleared_and_set_again__stays_open() -> None:
    world = debtors()
    world.protocol.flag_bankrupt(1)
    world.protocol.now += 10
    world.set_price(1, 1_800 * WAD)
    world.protocol.flag_bankrupt(1)
    world.set_price(1, 1_700 * WAD)
    assert world.protocol.flag_bankrupt(1).flagged_at == START + 10
    assert world.protocol.gate_until() == 0


def test_gate__ninth_account__finds_no_room_until_one_is_resolved() -> None:
    world = debtors(MAX_GATES + 1)
    protocol = world.protocol
    for account_id in range(1, MAX_GATES + 1):
        assert protocol.flag_bankrupt(account_id).gate_until is not None
        protocol.now += 1
    last = MAX_GATES + 1
    assert protocol.flag_bankrupt(last).gate_until is None
    assert protocol.gate_until() == START + MAX_GATES - 1 + GATE
    with refused("flag: already flagged"):
        protocol.flag_bankrupt(last)
    protocol.deleverage_next(1, 1, 9)
    assert protocol.flag_bankrupt(last).gate_until == protocol.now + GATE


def test_gate__resolved_by_deleveraging__opens_at_once() -> None:
    world = debtors()
    world.protocol.flag_bankrupt(1)
    world.protocol.deleverage_next(1, 1, 9)
    assert world.protocol.gate_until() == 0
    world.protocol.withdraw("rich", 2, USD, "rich")


@pytest.mark.parametrize(
    ("action", "cleared"),
    [
        (lambda world: world.trade(1, 2, -WAD // 100), True),
        (lambda world: world.protocol.withdraw("long 0", 1, 0, "long 0"), True),
        (lambda world: world.protocol.deposit("long 0", 1, 0), False),
        (lambda world: world.protocol.set_leverage("long 0", 1, 1, 20, 0), False),
    ],
)
def test_flag__solvent_account_acts__clears_only_by_trading_and_withdrawing(
    action: Callable[[Scenario], object], cleared: bool
) -> None:
    world = debtors(price=2_000)
    world.account(1).flag = START
    action(world)
    assert (world.protocol.flagged_at(1) == 0) is cleared


def test_flag__bankrupt_withdraws_nothing__keeps_it() -> None:
    world = debtors()
    world.protocol.set_gate_floor(10**6 * USD)
    world.protocol.flag_bankrupt(1)
    world.protocol.withdraw("long 0", 1, 0, "long 0")
    assert world.protocol.flagged_at(1) == START
    world.set_price(1, 1_800 * WAD)
    # Equity 0.
    world.protocol.withdraw("long 0", 1, 0, "long 0")
    assert world.protocol.flagged_at(1) == 0


def test_flag__liquidators_own__is_cleared_too() -> None:
    world = debtors(price=1_830)
    world.account(2).flag = START
    receipt = world.protocol.liquidate("rich", 1, 1, 10**30, 2, 10)
    assert receipt.flags_cleared == (2,)
    assert world.protocol.flagged_at(2) == 0


@pytest.mark.parametrize(("seconds", "gated"), [(6 * 3_600, True), (6 * 3_600 + 1, False), (DAY, True)])
def test_gate__other_accounts__only_in_the_first_hours_of_a_day(seconds: int, gated: bool) -> None:
    world = debtors(2)
    world.protocol.flag_bankrupt(1)
    world.protocol.now += seconds
    receipt = world.protocol.flag_bankrupt(2)
    assert (receipt.gate_until is not None) is gated
    # A new day begins with its own first gate.
    assert world.protocol.state.gate_day == (world.protocol.now if seconds == DAY else START)


def test_gate__many_accounts_in_turn__at_most_seven_hours_in_a_day() -> None:
    world = debtors(60)
    protocol, stood = world.protocol, list[bool]()
    for account_id in range(1, 61):
        for _ in range(4):
            stood.append(protocol.gate_until() != 0)
            protocol.now += 900
        protocol.flag_bankrupt(account_id)
    quarters = 4 * 24
    assert max(sum(stood[i : i + quarters]) for i in range(len(stood))) <= 4 * 7
