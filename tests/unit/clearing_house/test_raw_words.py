"""position_count, account_word, position_slot, heads_slot, position_chain, is_parked, totals and
addresses."""

import pytest

from scripts.sandbox.slots import decode_heads
from tests.helpers import anvil
from tests.helpers.desk import PRICE, USD, WAD
from tests.helpers.parameters import PLAIN

PARKED = 1 << 255


@pytest.fixture
def longs(desk, maker, taker):
    """Accounts 2, 3 and 4 are long at 4,010, 4,000 and 4,000 (10x), 5 at 4,000 and 20x, against account 1."""
    short = desk.account(taker, 100_000)
    ids = [desk.account(maker, 10_000) for _ in range(4)]
    for account, price, leverage in zip(ids, (4_010, 4_000, 4_000, 4_000), (10, 10, 10, 20), strict=True):
        desk.trade(account, short, WAD, price * WAD, leverage)
    return ids


def test_position_count__open_and_closed__follows(desk, longs):
    house = desk.clearing_house
    assert (house.position_count(1, True), house.position_count(1, False)) == (4, 1)
    desk.close(longs[0], 1)
    assert (house.position_count(1, True), house.position_count(1, False)) == (3, 1)
    assert (house.position_count(2, True), house.position_count(2, False)) == (0, 0)


def test_position_count__flip__changes_sides(desk, longs):
    """Account 1 (short 4) buys 5 of account 2 (long 1): both change sides."""
    desk.trade(1, longs[0], 5 * WAD)
    house = desk.clearing_house
    assert (house.position_count(1, True), house.position_count(1, False)) == (4, 1)
    assert [desk.slot(i).size for i in (1, longs[0])] == [WAD, -4 * WAD]


def test_position_slot__linked__both_ways(desk, longs):
    """Ascending entries, equals in order of arrival: 3, 4, 2."""
    links = [(desk.slot(i).prev, desk.slot(i).next, desk.slot(i).tier) for i in (3, 4, 2, 5)]
    assert links == [(0, 4, 4), (3, 2, 4), (4, 0, 4), (0, 0, 5)]


def test_position_slot__layout__size_entry_previous_next_tier(desk, longs):
    assert desk.clearing_house.position_slot(1, 4) == WAD | PRICE << 96 | 3 << 184 | 2 << 216 | 4 << 248
    # A negative size does not spill: -4 base. Entry 4,005, then 4,003.33... floored, then from that
    # 4,002.5 floored.
    entry = 4_002_500_000_000_000_000_000 - 1
    assert desk.clearing_house.position_slot(1, 1) == (-4 * WAD) % 2**96 | entry << 96 | 5 << 248


def test_position_slot__none__is_zero(desk, longs):
    house = desk.clearing_house
    assert [house.position_slot(*at) for at in ((1, 99), (1, 0), (2, 1), (0, 0))] == [0] * 4


def test_heads_slot__a_head_a_tier(desk, longs):
    house = desk.clearing_house
    assert decode_heads(house.heads_slot(1, True)) == [0, 0, 0, 0, 3, 5, 0, 0]
    assert decode_heads(house.heads_slot(1, False)) == [0, 0, 0, 0, 0, 1, 0, 0]
    assert house.heads_slot(2, True) == 0


def test_heads_slot__head_closed__next_one_leads(desk, longs):
    desk.close(3, 1)
    assert decode_heads(desk.clearing_house.heads_slot(1, True))[4] == 4
    assert desk.slot(4).prev == 0


def test_account_word__cash_and_markets(desk, longs):
    """Account 2 paid 4,010 and has market 1 open; markets append a byte each and close up when one goes."""
    house = desk.clearing_house
    assert house.account_word(2) == 5_990 * USD | 1 << 128
    markets = [desk.list_market(params=PLAIN) for _ in range(2)]
    for market in markets:
        desk.trade(2, 1, WAD // 10, market_id=market)
    assert house.account_word(2) == 5_190 * USD | 1 << 128 | 2 << 136 | 3 << 144
    desk.close(2, 1, market_id=2)
    assert house.account_word(2) == 5_590 * USD | 1 << 128 | 3 << 136


def test_position_chain__from_any_node__to_the_end_of_its_list(desk, longs):
    house = desk.clearing_house
    words = {i: house.position_slot(1, i) for i in longs}
    assert list(house.position_chain(1, 3, 256)) == [words[3], words[4], words[2]]
    assert list(house.position_chain(1, 4, 256)) == [words[4], words[2]]
    assert list(house.position_chain(1, 3, 2)) == [words[3], words[4]]
    assert list(house.position_chain(1, 3, 2**256 - 1)) == [words[3], words[4], words[2]]
    assert list(house.position_chain(1, 3, 0)) == []
    assert list(house.position_chain(1, 0, 256)) == []


def test_position_chain__no_position__is_its_empty_word(desk, longs):
    assert list(desk.clearing_house.position_chain(1, 99, 256)) == [0]


def test_is_parked__parked_bit_of_an_open_position(desk, longs):
    house = desk.clearing_house
    assert not any(house.is_parked(i, 1) for i in (0, 1, 2, 3, 99))
    word = house.position_slot(1, 5)
    anvil.poke(house, word, word | PARKED, key=1 << 32 | 5)
    assert house.is_parked(5, 1)
    assert not house.is_parked(5, 2)


def test_totals__everything_adds_up_to_the_ledger(desk, owner, maker, taker):
    """With fees of 0.80 + 2.00, a quarter of them the vault's, and a donation that is nobody's."""
    market = desk.list_market(params=PLAIN.but(maker_fee=WAD * 2 // 10_000, taker_fee=WAD * 5 // 10_000))
    desk.governance.set_vault_fee_share(WAD // 4, sender=owner)
    long, short = desk.account(maker, 10_000), desk.account(taker, 5_000)
    desk.token.mint(desk.clearing_house, 77, sender=owner)
    desk.trade(long, short, market_id=market)
    house = desk.clearing_house
    assert house.vault_credit() == 700_000
    assert house.treasury_credit() == 2_100_000
    assert house.total_cash() == desk.cash(long) + desk.cash(short) == 15_000 * USD - 2_800_000
    assert house.collateral_ledger() == 15_000 * USD
    assert house.account_count() == 2
    assert desk.token.balanceOf(house) == 15_000 * USD + 77


def test_liquidation_word__target_penalty_and_reward(desk):
    assert desk.clearing_house.liquidation_word(1) == 1_250_000 | 2_000 << 24 | 1_000 << 44
    assert desk.clearing_house.liquidation_word(2) == 0


def test_account_word__flagged__time_in_the_top_field(desk, maker, taker):
    long = desk.account(maker, 400)
    desk.trade(long, desk.account(taker, 10_000))
    desk.crash(3_500 * WAD)
    word = desk.clearing_house.account_word(long)
    flagged_at = int(desk.flag(long).timestamp)
    assert desk.clearing_house.account_word(long) == word | flagged_at << 216


def test_is_parked__passed_over__parked_bit_and_no_links(desk, maker, taker):
    """The head of two is too thin for its part: 10 of 100 owed."""
    long, thin, rich = desk.account(maker, 810), desk.account(taker, 410), desk.account(taker, 10_000)
    desk.trade(long, thin, price=4_010 * WAD)
    desk.trade(long, rich)
    # 810 - 10 - 2 * 450 = -100; the thin short won 460 and spent it.
    desk.crash(3_550 * WAD)
    word = desk.clearing_house.account_word(thin)
    anvil.poke(desk.clearing_house, word, word - 860 * USD, key=thin)
    desk.deleverage_next(long, 1)
    size_and_entry = desk.clearing_house.position_slot(1, thin) % 2**184
    assert desk.clearing_house.position_slot(1, thin) == size_and_entry | 4 << 248 | PARKED
    assert desk.clearing_house.is_parked(thin, 1)
    assert decode_heads(desk.clearing_house.heads_slot(1, False))[4] == rich
    assert desk.clearing_house.position_count(1, False) == 2


def test_addresses__as_deployed(desk):
    assert desk.clearing_house.collateral() == desk.token
    assert desk.clearing_house.router() == desk.router
    assert desk.clearing_house.vault() == desk.vault
    assert desk.clearing_house.waterfall() == desk.waterfall
