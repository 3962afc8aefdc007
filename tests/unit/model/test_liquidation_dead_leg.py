"""What a leg without a price may be worth at best protects its account, and pays nothing."""

from dataclasses import replace

from tests.unit.model.scenario import NO_FEES, PARAMS, USD, WAD, Scenario

ALL = 10**30


def test_liquidate__equity_is_only_a_dead_legs_favour__no_penalty_that_the_vault_pays_back() -> None:
    """Eve, whose equity is 0, has her second account liquidated by a third while a market is without a
    price.
    """
    world = Scenario(replace(PARAMS, **NO_FEES))
    protocol = world.protocol
    protocol.vault_deposit("depositor", 100_000 * USD, "depositor")
    for market_id in (0, 1, 2):
        protocol.set_bucket(market_id, 10**6 * USD)
    eve, friend, rescuer = (world.trader(owner, 60_000) for owner in ("eve", "friend", "rescuer"))
    protocol.withdraw("eve", eve, 58_890 * USD, "eve")
    world.trade(eve, friend, 10 * WAD, leverage=20)
    world.trade(eve, friend, 40 * WAD, leverage=20, market_id=2)
    world.set_price(1, 1_889 * WAD)
    assert protocol.account_values(eve).equity == 0
    vault = protocol.vault_total_assets()

    world.unprice(2)
    taken = protocol.liquidate("rescuer", eve, 1, ALL, rescuer, 20)
    assert (taken.penalty, taken.reward) == (0, 0)

    world.set_price(2, 50 * WAD)
    protocol.liquidate("rescuer", eve, 2, ALL, rescuer, 20)
    assert protocol.vault_total_assets() == vault
    assert not protocol.account_values(eve).equity
