"""`set_signers`: the owner replaces the reporters and how many of them must sign."""

import ape
import pytest

from scripts.sandbox.reports import reporter_keys
from tests.unit.oracle.conftest import PRICE, SIGNED_MARKET, ZERO_ADDRESS, events


def addresses(reporters):
    return [reporter.address for reporter in reporters]


def test_set_signers__owner__replaces_all(signed_source, reporters, owner):
    new = reporter_keys(3, "new")

    signed_source.set_signers(addresses(new), 3, sender=owner)

    assert signed_source.signers() == addresses(new)
    assert signed_source.threshold() == 3
    assert all(signed_source.is_signer(r) for r in addresses(new))
    assert not any(signed_source.is_signer(r) for r in addresses(reporters))


def test_set_signers__owner__emits_old_and_new(signed_source, reporters, owner):
    new = addresses(reporters[:3])

    receipt = signed_source.set_signers(new, 1, sender=owner)

    assert events(receipt, signed_source.SignersSet) == [
        {"old_signers": addresses(reporters), "new_signers": new, "old_threshold": 2, "new_threshold": 1}
    ]


def test_set_signers__stranger__reverts(signed_source, reporters, stranger):
    with ape.reverts("ownable: caller is not the owner"):
        signed_source.set_signers(addresses(reporters[:1]), 1, sender=stranger)

    assert signed_source.signers() == addresses(reporters)
    assert signed_source.threshold() == 2


def test_set_signers__removed_signer_reports__reverts(
    signed_source, domain, reporters, clock, owner, stranger
):
    signed_source.set_signers(addresses(reporters[1:]), 1, sender=owner)
    arguments = domain.report(reporters[:1], SIGNED_MARKET, PRICE, clock.next())

    with ape.reverts("source: not a signer"):
        signed_source.report(*arguments, sender=stranger)


def test_set_signers__higher_threshold__applies_to_who_stays(
    signed_source, domain, reporters, clock, owner, stranger
):
    signed_source.set_signers(addresses(reporters), 5, sender=owner)

    with ape.reverts("source: too few signers"):
        signed_source.report(
            *domain.report(reporters[:4], SIGNED_MARKET, PRICE, clock.next()), sender=stranger
        )
    signed_source.report(*domain.report(reporters, SIGNED_MARKET, PRICE, clock.next()), sender=stranger)
    assert signed_source.latest(SIGNED_MARKET)[0] == PRICE


@pytest.mark.parametrize(("count", "threshold"), [(3, 0), (3, 4), (0, 0), (0, 1), (3, 2**256 - 1)])
def test_set_signers__threshold_out_of_range__reverts(signed_source, reporters, owner, count, threshold):
    with ape.reverts("source: bad threshold"):
        signed_source.set_signers(addresses(reporters[:count]), threshold, sender=owner)

    assert signed_source.signers() == addresses(reporters)


@pytest.mark.parametrize("order", [[1, 0], [0, 0], [0, 2, 1]])
def test_set_signers__not_ascending__reverts(signed_source, reporters, owner, order):
    with ape.reverts("source: unsorted signers"):
        signed_source.set_signers([reporters[i].address for i in order], 1, sender=owner)


def test_set_signers__zero_address__reverts(signed_source, reporters, owner):
    with ape.reverts("source: unsorted signers"):
        signed_source.set_signers([ZERO_ADDRESS, reporters[0].address], 1, sender=owner)


def test_deploy__no_router__reverts(project, reporters, owner):
    with ape.reverts("source: no router"):
        owner.deploy(project.SignedSource, ZERO_ADDRESS, addresses(reporters), 1)


def test_deploy__bad_threshold__reverts(project, router, reporters, owner):
    with ape.reverts("source: bad threshold"):
        owner.deploy(project.SignedSource, router, addresses(reporters), 6)
