"""The rules of acceptance against the model: any sequence of prices, times, blocks and second opinions."""

from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.oracle_model import OracleConfig, OracleModel, Outcome
from tests.helpers.undoing import undone
from tests.unit.oracle.conftest import CONFIRM, MAX_AGE, PRICE, WAD

MARKET = 11
MAX_MOVE = WAD // 100
CONFIG = OracleConfig(max_age=MAX_AGE, max_move=MAX_MOVE, confirm=CONFIRM, stale_move=WAD // 2)

# Around each other's max move, so that every boundary is met; and a few absurd ones.
levels = st.sampled_from([PRICE, PRICE * 101 // 100, PRICE * 103 // 100, PRICE // 2, PRICE * 2])
prices = st.one_of(
    st.builds(lambda level, off: level + off, levels, st.sampled_from([-1, 0, 1])),
    st.integers(min_value=PRICE * 97 // 100, max_value=PRICE * 103 // 100),
    st.sampled_from([0, 10**6 - 1, 10**6, 2**88 - 1, 2**88, 2**256 - 1]),
)
# Seconds by which the observation is older than the block; negative: from the future.
ages = st.sampled_from([-1, 0, 0, 0, 1, 5, MAX_AGE, MAX_AGE + 1])
waits = st.sampled_from([1, 1, 5, CONFIRM - 1, CONFIRM, CONFIRM + 1, MAX_AGE + 1])
offers = st.lists(prices, min_size=1, max_size=3)
# How the router hears of it. Asked, the source repeats the accepted observation in `repeat`, says (0, now) in
# `doubt`.
ways = st.sampled_from(["push", "push", "sync", "sync", "repeat", "doubt"])
steps = st.lists(
    st.tuples(waits, offers, ages, st.none() | st.tuples(prices, ages), ways),
    min_size=1,
    max_size=12,
)


@given(steps=steps)
def test_offer__any_sequence__as_the_model_says(
    chain, bare_router, make_config, feed, second_feed, clock, owner, stranger, steps
):
    with undone():
        config = make_config(second_source=second_feed.address)
        bare_router.set_source(MARKET, config, sender=owner)
        model = OracleModel()
        said = {"second": (0, 0)}
        model.configure(MARKET, CONFIG, clock.now, second=lambda: said["second"])

        for wait, offered, age, second, way in steps:
            # First the sources are told what to say; then, in one block, the router hears all prices, one
            # second of source time apart, or only one answer because somebody calls `sync`.
            now = clock.now + wait + 2
            if second is not None:
                said["second"] = (second[0], max(now - second[1], 0))
            record = model.records[MARKET]
            said["source"] = {
                "repeat": (record.price, record.updated_at),
                "doubt": (0, now),
            }.get(way, (offered[-1], now - age))
            clock.next(wait)
            second_feed.set_price(MARKET, *said["second"], sender=stranger)
            clock.next(1)
            feed.set_price(MARKET, *said["source"], sender=stranger)
            clock.next(1)
            if way == "push":
                receipt = feed.push(bare_router, MARKET, offered, now - age, sender=stranger)
                outcomes = [
                    model.offer(MARKET, price, now - age - len(offered) + 1 + i, now, receipt.block_number)
                    for i, price in enumerate(offered)
                ]
            else:
                receipt = bare_router.sync([MARKET], sender=stranger)
                outcomes = [model.poll(MARKET, said["source"], now, receipt.block_number)]
            assert receipt.timestamp == now

            waiting = record.waiting
            assert bare_router.last_accepted(MARKET) == (record.price, record.updated_at, record.block)
            assert bare_router.pending_price(MARKET) == (
                (waiting.price, waiting.updated_at, waiting.since) if waiting else (0, 0, 0)
            )
            assert bare_router.peek(MARKET) == model.quote(MARKET, now)
            logged = [log.event_name for log in receipt.decode_logs()]
            names = {
                Outcome.ACCEPTED: "PriceAccepted",
                Outcome.PENDING: "PricePending",
                Outcome.DISOWNED: "PricePending",
            }
            assert logged == [names[outcome] for outcome in outcomes if outcome in names]
