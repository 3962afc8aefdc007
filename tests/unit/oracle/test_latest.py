"""The read side of SignedSource."""

from eth_account.messages import _hash_eip191_message

from tests.unit.oracle.conftest import PRICE, SIGNED_MARKET


def test_latest__no_report__zero(signed_source):
    assert signed_source.latest(SIGNED_MARKET) == (0, 0)
    assert signed_source.latest(2**256 - 1) == (0, 0)


def test_latest__reports_of_two_markets__apart(signed_source, domain, reporters, clock, stranger):
    first = clock.next()
    signed_source.report(*domain.report(reporters[:2], SIGNED_MARKET, PRICE, first), sender=stranger)
    second = clock.next()
    signed_source.report(*domain.report(reporters[:2], 3, PRICE * 2, second), sender=stranger)

    assert signed_source.latest(SIGNED_MARKET) == (PRICE, first)
    assert signed_source.latest(3) == (PRICE * 2, second)


def test_hash_report__any__is_the_typed_data_hash(signed_source, domain):
    message = domain.message(SIGNED_MARKET, PRICE, 1_700_000_000)

    assert signed_source.hash_report(SIGNED_MARKET, PRICE, 1_700_000_000) == _hash_eip191_message(message)


def test_eip712_domain__any__names_the_contract(signed_source, chain):
    fields, name, version, chain_id, contract, _, _ = signed_source.eip712Domain()

    assert (bytes(fields), name, version) == (b"\x0f", "Plimsoll Source", "1")
    assert (chain_id, contract) == (chain.chain_id, signed_source.address)


def test_router__any__is_immutable(signed_source, router):
    assert signed_source.ROUTER() == router.address
