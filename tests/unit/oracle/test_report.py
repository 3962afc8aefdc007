"""`report`: m of n signed prices become the source's price, and the router's."""

import ape
import pytest
from eth_account import Account

from scripts.sandbox.reports import ReportDomain, reporter_keys
from tests.unit.oracle.conftest import PRICE, SIGNED_MARKET, events

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


@pytest.fixture
def report(signed_source, domain, clock, stranger):
    """Hand in one price and time per reporter; by default now, in the second of the block."""

    def report(reporters, prices=PRICE, timestamps=None, seconds=1):
        time = clock.next(seconds)
        arguments = domain.report(
            reporters, SIGNED_MARKET, prices, time if timestamps is None else timestamps
        )
        return signed_source.report(*arguments, sender=stranger)

    return report


def malleated(signature: bytes) -> bytes:
    """The other signature that recovers to the same address."""
    r, s, v = signature[:32], int.from_bytes(signature[32:64], "big"), signature[64]
    return r + (ORDER - s).to_bytes(32, "big") + bytes([55 - v])


def test_report__two_of_five__stored_and_pushed(signed_source, router, reporters, report, clock):
    receipt = report(reporters[1:3])

    assert signed_source.latest(SIGNED_MARKET) == (PRICE, clock.now)
    assert router.price(SIGNED_MARKET) == (PRICE, clock.now)
    assert events(receipt, signed_source.PriceReported) == [
        {"market_id": SIGNED_MARKET, "price": PRICE, "updated_at": clock.now}
    ]
    assert len(events(receipt, router.PriceAccepted)) == 1


@pytest.mark.parametrize(
    ("prices", "median"),
    [
        ([30, 10], 10),
        ([30, 10, 20], 20),
        ([10, 30, 20], 20),
        ([20, 20, 10], 20),
        ([40, 30, 10, 20], 20),
        ([50, 40, 30, 20, 10], 30),
        ([10, 20, 30, 40, 50], 30),
        ([10, 10, 50, 50, 50], 50),
    ],
)
def test_report__prices_differ__lower_median(signed_source, reporters, report, prices, median):
    report(reporters[: len(prices)], [price * PRICE for price in prices])

    assert signed_source.latest(SIGNED_MARKET)[0] == median * PRICE


def test_report__timestamps_differ__updated_at_is_the_oldest(signed_source, router, reporters, report, clock):
    now = clock.now
    report(reporters[:3], timestamps=[now - 3, now - 10, now], seconds=1)

    assert signed_source.latest(SIGNED_MARKET) == (PRICE, now - 10)
    assert router.price(SIGNED_MARKET) == (PRICE, now - 10)


def test_report__timestamps_11_seconds_apart__reverts(reporters, report, clock):
    now = clock.now
    with ape.reverts("source: timestamps apart"):
        report(reporters[:2], timestamps=[now, now - 11])


def test_report__sixteen_signers__accepted(signed_source, domain, clock, owner, stranger):
    many = reporter_keys(16, "many")
    signed_source.set_signers([r.address for r in many], 16, sender=owner)
    time = clock.next()

    signed_source.report(
        *domain.report(many, SIGNED_MARKET, [PRICE + i for i in range(16)], time), sender=stranger
    )

    assert signed_source.latest(SIGNED_MARKET) == (PRICE + 7, time)


def test_report__in_the_future__reverts(reporters, report, clock):
    with ape.reverts("source: future timestamp"):
        report(reporters[:2], timestamps=[clock.now + 1, clock.now + 2])


def test_report__in_the_second_of_the_block__accepted(signed_source, reporters, report, clock):
    report(reporters[:2], timestamps=clock.now + 1)

    assert signed_source.latest(SIGNED_MARKET)[1] == clock.now


def test_report__replayed__reverts(signed_source, domain, reporters, clock, stranger):
    arguments = domain.report(reporters[:2], SIGNED_MARKET, PRICE, clock.next())
    signed_source.report(*arguments, sender=stranger)

    with ape.reverts("source: old report"):
        signed_source.report(*arguments, sender=stranger)


def test_report__older_than_the_last__reverts(reporters, report, clock):
    report(reporters[:2])
    with ape.reverts("source: old report"):
        report(reporters[2:4], PRICE * 2, timestamps=clock.now - 1)


def test_report__one_new_and_one_replayed_signature__reverts(reporters, report, clock):
    """The time of a report is its oldest signature's: an old one cannot be dragged along."""
    report(reporters[:2])
    last = clock.now
    with ape.reverts("source: old report"):
        report(reporters[:2], timestamps=[last, last + 1])


def test_report__one_signature_of_two__reverts(reporters, report):
    with ape.reverts("source: too few signers"):
        report(reporters[:1])


def test_report__empty__reverts(signed_source, stranger):
    with ape.reverts("source: too few signers"):
        signed_source.report(SIGNED_MARKET, [], [], [], sender=stranger)


def test_report__same_signer_twice__reverts(reporters, report):
    with ape.reverts("source: unsorted signers"):
        report([reporters[0], reporters[0]])


def test_report__signers_descending__reverts(reporters, report):
    with ape.reverts("source: unsorted signers"):
        report([reporters[1], reporters[0]])


def test_report__signed_by_a_stranger__reverts(reporters, report):
    impostor = Account.from_key(b"\x07" * 32)
    with ape.reverts("source: not a signer"):
        report([reporters[0], impostor])


def test_report__malleated_signature__reverts(signed_source, domain, reporters, clock, stranger):
    market, prices, times, signatures = domain.report(reporters[:2], SIGNED_MARKET, PRICE, clock.next())

    with ape.reverts("source: bad signature"):
        signed_source.report(
            market, prices, times, [signatures[0], malleated(signatures[1])], sender=stranger
        )


@pytest.mark.parametrize(
    "broken",
    [
        lambda signature: signature[:64],
        lambda signature: b"",
        lambda signature: signature[:64] + b"\x00",
        lambda signature: signature[:64] + b"\x1d",
        lambda signature: b"\x00" * 65,
        lambda signature: b"\xff" * 65,
        lambda signature: b"\x00" * 32 + signature[32:],
    ],
    ids=["64 bytes", "empty", "v of 0", "v of 29", "zeros", "ones", "r of 0"],
)
def test_report__broken_signature__reverts(signed_source, domain, reporters, clock, stranger, broken):
    market, prices, times, signatures = domain.report(reporters[:2], SIGNED_MARKET, PRICE, clock.next())

    with ape.reverts("source: bad signature"):
        signed_source.report(market, prices, times, [broken(signatures[0]), signatures[1]], sender=stranger)


@pytest.mark.parametrize(
    "change",
    [
        {"chain_id": 1},
        {"source": "0x" + "11" * 20},
        {"name": "Plimsoll Exchange"},
        {"version": "2"},
    ],
    ids=["chain", "contract", "name", "version"],
)
def test_report__signed_for_another_domain__reverts(
    signed_source, domain, reporters, clock, stranger, change
):
    other = ReportDomain(**{**vars(domain), **change})
    arguments = other.report(reporters[:2], SIGNED_MARKET, PRICE, clock.next())

    with ape.reverts("source: not a signer"):
        signed_source.report(*arguments, sender=stranger)


@pytest.mark.parametrize("part", ["market", "price", "time"])
def test_report__other_than_what_was_signed__reverts(signed_source, domain, reporters, clock, stranger, part):
    time = clock.next()
    market, prices, times, signatures = domain.report(reporters[:2], SIGNED_MARKET, PRICE, time)
    forged = {
        "market": (market + 1, prices, times),
        "price": (market, [PRICE, PRICE + 1], times),
        "time": (market, prices, [time, time - 1]),
    }[part]

    with ape.reverts("source: not a signer"):
        signed_source.report(*forged, signatures, sender=stranger)


@pytest.mark.parametrize("price", [0, 10**6 - 1, 2**88, 2**256 - 1])
def test_report__price_out_of_range__reverts(reporters, report, price):
    with ape.reverts("source: price out of range"):
        report(reporters[:2], [PRICE, price])


@pytest.mark.parametrize("price", [10**6, 2**88 - 1])
def test_report__price_at_the_bounds__accepted(signed_source, reporters, report, price):
    report(reporters[:2], price)

    assert signed_source.latest(SIGNED_MARKET)[0] == price


@pytest.mark.parametrize("short", [0, 1, 2], ids=["prices", "timestamps", "signatures"])
def test_report__lengths_differ__reverts(signed_source, domain, reporters, clock, stranger, short):
    market, *lists = domain.report(reporters[:3], SIGNED_MARKET, PRICE, clock.next())
    lists[short] = lists[short][:2]

    with ape.reverts("source: length mismatch"):
        signed_source.report(market, *lists, sender=stranger)


def test_report__crash_beyond_the_breaker__stored_and_pending(
    signed_source, router, reporters, report, clock
):
    report(reporters[:2])

    report(reporters[:2], PRICE // 2)

    assert signed_source.latest(SIGNED_MARKET) == (PRICE // 2, clock.now)
    assert router.pending_price(SIGNED_MARKET) == (PRICE // 2, clock.now, clock.now)


def test_report__for_a_market_of_another_source__stored_not_pushed(
    signed_source, router, domain, reporters, clock, stranger
):
    """It may be a second source, or one whose change is still scheduled."""
    time = clock.next()

    receipt = signed_source.report(*domain.report(reporters[:2], 1, PRICE, time), sender=stranger)

    assert signed_source.latest(1) == (PRICE, time)
    assert router.peek(1).price == 0
    assert events(receipt, router.PriceAccepted) == []


def test_report__as_a_second_source__releases_the_first_ones_jump(
    router, make_config, feed, signed_source, domain, reporters, clock, owner, stranger
):
    router.set_source(9, make_config(second_source=signed_source.address), sender=owner)
    feed.push(router, 9, [PRICE], clock.next(), sender=stranger)
    crash = PRICE * 9 // 10
    signed_source.report(*domain.report(reporters[:2], 9, crash, clock.next()), sender=stranger)

    feed.push(router, 9, [crash], clock.next(), sender=stranger)

    assert router.peek(9).price == crash
    assert router.peek(9).valid
