from tests.helpers.desk import USD, WAD, Desk


def test_trade__two_accounts__positions_mirror(desk: Desk, maker, taker):
    a, b = desk.account(maker, 10_000), desk.account(taker, 10_000)
    desk.trade(a, b)
    assert desk.lens.position(a, 1).size == WAD
    assert desk.lens.position(b, 1).size == -WAD
    assert desk.clearing_house.total_cash() + desk.clearing_house.vault_credit() + desk.clearing_house.treasury_credit() == 20_000 * USD
