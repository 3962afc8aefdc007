"""PythSource.update: the caller pays Pyth's fee, gets the rest back, and the router hears the new prices."""

import ape
import pytest

from tests.unit.oracle.conftest import MARKET, PRICE, events
from tests.unit.oracle.sources.conftest import ANSWER_8, BURN_GAS, FEE, REVERT

DATA = [b"update"]
# Modes of the paying wallet.
REFUSE, BURN = 2, 4
LARGEST = 8_192


@pytest.fixture(scope="module")
def priced_pyth(hostile_pyth, pyth_source, stranger):
    """Asks FEE for an update of whatever size."""
    hostile_pyth.set_fee(FEE, sender=stranger)
    return hostile_pyth


@pytest.fixture
def update(pyth_source, priced_pyth, clock, stranger):
    def update(markets, data=DATA, value=FEE):
        clock.next()
        return pyth_source.update(data, markets, value=value, sender=stranger)

    return update


@pytest.fixture(scope="module")
def paying_wallet(project, owner):
    return owner.deploy(project.PayingWallet)


@pytest.fixture
def pay_from_wallet(paying_wallet, pyth_source, priced_pyth, stranger):
    """Let the wallet call `update` with `value`."""

    def pay(value):
        data = pyth_source.update.encode_input(DATA, [MARKET])
        return paying_wallet.pay(pyth_source, data, value=value, sender=stranger)

    return pay


def test_update__exact_fee__paid_and_price_accepted(bare_router, priced_pyth, update, pyth_says):
    words = pyth_says()

    receipt = update([MARKET])

    assert priced_pyth.balance == FEE
    assert priced_pyth.updates() == len(DATA)
    assert events(receipt, bare_router.PriceAccepted) == [
        {"market_id": MARKET, "price": PRICE, "updated_at": words["publish_time"]}
    ]


def test_update__more_than_the_fee__rest_returned(pyth_source, priced_pyth, update, stranger):
    before = stranger.balance

    receipt = update([], value=10**18)

    assert stranger.balance == before - FEE - receipt.total_fees_paid
    assert (priced_pyth.balance, pyth_source.balance) == (FEE, 0)


@pytest.mark.parametrize("value", [0, FEE - 1])
def test_update__less_than_the_fee__reverts(priced_pyth, update, value):
    with ape.reverts("source: fee too low"):
        update([MARKET], value=value)

    assert priced_pyth.updates() == 0


def test_update__no_fee_asked__free(priced_pyth, update, stranger):
    priced_pyth.set_fee(0, sender=stranger)
    before = stranger.balance

    receipt = update([], value=5)

    assert stranger.balance == before - receipt.total_fees_paid


def test_update__ether_was_in_the_source__stays(chain, pyth_source, update, stranger):
    """Forced in by whom it pleased; nobody's change is paid out of it, or with it."""
    chain.provider.set_balance(pyth_source.address, 77)
    before = stranger.balance

    receipt = update([], value=FEE + 1)

    assert stranger.balance == before - FEE - receipt.total_fees_paid
    assert pyth_source.balance == 77


def test_update__ether_in_the_source__does_not_pay_the_fee(chain, pyth_source, update):
    chain.provider.set_balance(pyth_source.address, 77)

    with ape.reverts("source: fee too low"):
        update([], value=0)


def test_update__pyth_refuses__reverts_with_its_reason(priced_pyth, update, stranger):
    priced_pyth.set_mode(REVERT, sender=stranger)

    with ape.reverts("pyth: reverts"):
        update([MARKET])


def test_update__price_cannot_be_read__update_stands(bare_router, priced_pyth, update, pyth_says, stranger):
    pyth_says()
    priced_pyth.set_mode(BURN_GAS, sender=stranger)

    assert update([MARKET]).events == []
    assert priced_pyth.updates() == len(DATA)
    assert bare_router.last_accepted(MARKET) == (0, 0, 0)


def test_update__confidence_too_wide__update_stands(bare_router, priced_pyth, update, pyth_says):
    pyth_says(confidence=ANSWER_8)

    assert update([MARKET]).events == []
    assert priced_pyth.updates() == len(DATA)


def test_update__market_not_ours__passed_over(bare_router, update, pyth_says, make_config, owner):
    bare_router.set_source(3, make_config(), sender=owner)
    pyth_says()

    receipt = update([3, 9, 65])

    assert receipt.events == []


def test_update__no_data__as_pull(bare_router, update, pyth_says):
    pyth_says()

    update([MARKET], data=[])

    assert bare_router.peek(MARKET).price == PRICE


def test_update__two_of_the_largest__fit(priced_pyth, update):
    update([], data=[b"\xff" * LARGEST] * 2)

    assert priced_pyth.updates() == 2


@pytest.mark.parametrize("data", [[b"x"] * 3, [b"x" * (LARGEST + 1)]], ids=["three", "too long"])
def test_update__more_than_fits__reverts(update, data):
    with ape.reverts():
        update([], data=data)


def test_update__refund_accepted_by_a_contract__returned(paying_wallet, pay_from_wallet):
    pay_from_wallet(FEE + 9)

    assert paying_wallet.balance == 9


@pytest.mark.parametrize("mode", [REFUSE, BURN])
def test_update__refund_refused__reverts(priced_pyth, paying_wallet, pay_from_wallet, stranger, mode):
    paying_wallet.set_mode(mode, sender=stranger)

    with ape.reverts("source: refund failed"):
        pay_from_wallet(FEE + 9)
    assert priced_pyth.updates() == 0


def test_update__nothing_to_refund__wallet_that_refuses_ether_can_pay(
    priced_pyth, paying_wallet, pay_from_wallet, stranger
):
    paying_wallet.set_mode(REFUSE, sender=stranger)

    pay_from_wallet(FEE)

    assert priced_pyth.updates() == 1


@pytest.mark.parametrize("method", ["update", "pull"])
def test_update__wallet_reenters_when_refunded__reverts(
    pyth_source, paying_wallet, pay_from_wallet, stranger, method
):
    arguments = {"update": (DATA, [MARKET]), "pull": ([MARKET],)}[method]
    data = getattr(pyth_source, method).encode_input(*arguments)
    paying_wallet.arm(pyth_source, data, sender=stranger)

    with ape.reverts("source: refund failed"):
        pay_from_wallet(FEE + 9)


def test_update__pyth_reenters__reverts(pyth_source, priced_pyth, update, stranger):
    priced_pyth.arm(pyth_source, pyth_source.pull.encode_input([MARKET]), sender=stranger)

    with ape.reverts():
        update([MARKET])


def test_update__pyth_asks_for_the_price_meanwhile__answered(
    bare_router, pyth_source, priced_pyth, update, pyth_says, stranger
):
    """`sync` inside an update: the router asks `latest`, which is not locked, and hears no other price."""
    pyth_says()
    priced_pyth.arm(bare_router, bare_router.sync.encode_input([MARKET]), sender=stranger)

    receipt = update([MARKET])

    assert [e["price"] for e in events(receipt, bare_router.PriceAccepted)] == [PRICE]


def test_update_fee__asked__as_pyth_says(pyth_source, priced_pyth):
    assert pyth_source.update_fee(DATA) == FEE


def test_transfer__plain_ether__refused(pyth_source, stranger):
    with ape.reverts():
        stranger.transfer(pyth_source, 1)
