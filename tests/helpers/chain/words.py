"""Everything that the protocol stores, as raw words by what they are: the chain's or the model's."""

from collections.abc import Iterable, Sequence

from scripts.sandbox.layout import Name, Words, entry_of
from scripts.sandbox.orders import Order, order_hash
from scripts.sandbox.slots import PositionSlot, encode_heads
from scripts.sandbox.words import house_places
from tests.helpers.chain import insurance_words
from tests.helpers.chain.driver import Chain
from tests.helpers.model.accounts import Account
from tests.helpers.model.arithmetic import LEVERAGES
from tests.helpers.model.market import Market, ppm_of
from tests.helpers.model.protocol import Protocol
from tests.helpers.model.queue import Queue
from tests.helpers.oracle_model import OracleModel, OracleRecord

PRICE_FIELDS = 2**168 - 1
IN_DOUBT = 1 << 207
CANCELLED = 1 << 255


def places(
    market_ids: Sequence[int], account_count: int, holders: Iterable[str]
) -> dict[Name, tuple[str, int]]:
    """Contract and slot of every word."""
    # One more than there are: nothing may be written for an account that does not exist.
    account_ids = range(1, account_count + 2)
    found = house_places(market_ids, account_ids)
    for m in market_ids:
        found["record", m] = entry_of("OracleRouter", "_records", m)
        found["waiting", m] = entry_of("OracleRouter", "_waiting", m)
    return found | insurance_words.places(market_ids, account_ids, holders)


def read(
    chain: Chain, now: int, market_ids: Sequence[int], account_count: int, orders: Iterable[Order] = ()
) -> Words:
    """`now`: when the last transaction was."""
    where = places(market_ids, account_count, chain.people)
    for order in orders:
        digest = order_hash(order, chain.chain_id, chain.addresses["Exchange"])
        where["amount", order] = entry_of("Exchange", "amounts", int.from_bytes(digest, "big"))
    words = dict(zip(where, chain.storage(list(where.values())), strict=True))
    for m in market_ids:
        record = words["record", m]
        words["record", m] = record & (PRICE_FIELDS | IN_DOUBT)
        # A waiting price counts only while the record is in doubt.
        if not record & IN_DOUBT:
            words["waiting", m] = 0
    insurance_words.canonical(words, now)
    return words


def of_model(
    model: Protocol, oracle: OracleModel, holders: Iterable[str], orders: Iterable[Order] = ()
) -> Words:
    state = model.state
    words: Words = {
        ("account count",): len(state.accounts),
        ("collateral",): state.ledger,
        ("credits",): state.vault_credit | state.treasury_credit << 116 | state.vault_fee_share_ppm << 232,
    }
    beyond = len(state.accounts) + 1
    words["account", beyond] = words["owner", beyond] = 0
    for i, account in state.accounts.items():
        words["account", i] = account_word(account)
        words["owner", i] = int(account.owner, 16)
    for m, market in state.markets.items():
        words["params", m] = params_word(market)
        words["liquidation", m] = liquidation_word(market)
        words["state", m] = market_word(market)
        words["position", m, beyond] = 0
        for i in state.accounts:
            words["position", m, i] = 0
        words.update(queue_words(m, state.queues[m], state.accounts))
        words.update(oracle_words(m, oracle.records[m]))
    for order in orders:
        is_cancelled = CANCELLED if order in state.cancelled else 0
        words["amount", order] = state.filled.get(order, 0) | is_cancelled
    return words | insurance_words.of_model(model, holders)


def account_word(account: Account) -> int:
    """cash int128 | open markets 64 | order epoch 24 | bankruptcy flag time 40."""
    markets = sum(m << (8 * i) for i, m in enumerate(account.positions))
    return account.cash % 2**128 | markets << 128 | account.epoch << 192 | account.flag << 216


def market_word(market: Market) -> int:
    """index int88 | open interest 96 | premium int40 | touched 32."""
    funding = market.funding
    low = funding.index % 2**88 | market.open_interest << 88
    return low | funding.premium % 2**40 << 184 | funding.touched << 224


def params_word(market: Market) -> int:
    """contracts/modules/market_words.vy, field for field from the lowest bit."""
    p, part = market.params, market.params.open_interest_cap // 10_000
    token = int(10**36 // market.scale)
    fields = (
        (LEVERAGES.index(p.max_leverage), 3),
        (int(market.reduce_only), 1),
        (1, 1),
        (p.maintenance_ppm, 20),
        (p.maker_fee_ppm, 16),
        (p.taker_fee_ppm, 16),
        (p.band_ppm, 20),
        (p.min_notional // (token // 100), 32),
        (p.open_interest_cap // 10**15, 51),
        (p.open_interest_lower // part, 16),
        (p.open_interest_upper // part, 16),
        (ppm_of(p.funding_cap), 20),
        (p.funding_depth // token, 36),
        (p.funding_tau // 3600, 8),
    )
    word = shift = 0
    for value, bits in fields:
        word |= value << shift
        shift += bits
    return word


def liquidation_word(market: Market) -> int:
    """target 24 | penalty 20 | reward 20, ppm."""
    p = market.params
    return p.target_ppm | p.penalty_ppm << 24 | p.reward_ppm << 44


def queue_words(market_id: int, queue: Queue, accounts: dict[int, Account]) -> Words:
    words: Words = {("counts", market_id): queue.count(True) | queue.count(False) << 128}
    for is_long in (True, False):
        heads = []
        for tier, leverage in enumerate(LEVERAGES):
            ids = [0, *queue.members(is_long, leverage), 0]
            heads.append(ids[1])
            for before, i, after in zip(ids, ids[1:-1], ids[2:], strict=False):
                position = accounts[i].positions[market_id]
                slot = PositionSlot(position.size, position.entry_price, before, after, tier, parked=False)
                words["position", market_id, i] = slot.encode()
        words["heads", market_id, is_long] = encode_heads(heads)
    for i, place in queue.parked.items():
        size, tier = accounts[i].positions[market_id].size, LEVERAGES.index(place.leverage)
        words["position", market_id, i] = PositionSlot(
            size, place.entry_price, 0, 0, tier, parked=True
        ).encode()
    return words


def oracle_words(market_id: int, record: OracleRecord) -> Words:
    """price 88 | updated at 40 | accepted in block 40 | ...; price 88 | updated at 40 | waiting since 40."""
    accepted = record.price | record.updated_at << 88 | record.block << 128
    waiting = 0
    if record.waiting is not None:
        waiting = record.waiting.price | record.waiting.updated_at << 88 | record.waiting.since << 128
    doubt = IN_DOUBT if record.in_doubt else 0
    return {("record", market_id): accepted | doubt, ("waiting", market_id): waiting}
