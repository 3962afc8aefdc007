"""Reports: what SignedSource recovers from them is who signed."""

import pytest
from eth_abi.abi import decode
from eth_account import Account

from keeper.feeds.signing import ReportDomain, Reporters
from keeper.types import Observation
from scripts.sandbox.reports import ReportDomain as ReferenceDomain
from scripts.sandbox.reports import reporter_keys

SOURCE = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
DOMAIN = ReportDomain(31337, SOURCE)
SEEN = Observation(4_000 * 10**18, 1_700_000_000)
KEYS = reporter_keys(3)


def reporters() -> Reporters:
    # Not in the order of their addresses.
    return Reporters(f"0x{bytes(KEYS[i].key).hex()}" for i in (2, 0, 1))


def test_sign__three_keys__the_reference_report_ascending() -> None:
    report = reporters().sign(DOMAIN, 7, SEEN)
    reference = ReferenceDomain(31337, SOURCE)
    expected = reference.report(KEYS, 7, SEEN.price, SEEN.timestamp)
    assert report.market_id == expected[0]
    assert list(report.prices) == expected[1]
    assert list(report.timestamps) == expected[2]
    assert list(report.signatures) == expected[3]


def test_sign__some_are_no_signers_there__left_out() -> None:
    report = reporters().sign(DOMAIN, 7, SEEN, among=[KEYS[1].address.lower()])
    message = ReferenceDomain(31337, SOURCE).message(7, SEEN.price, SEEN.timestamp)
    assert len(report.signatures) == 1
    assert Account.recover_message(message, signature=report.signatures[0]) == KEYS[1].address


@pytest.mark.parametrize(
    "domain", [ReportDomain(1, SOURCE), ReportDomain(31337, "0x" + "11" * 20)], ids=["chain", "source"]
)
def test_sign__other_domain__another_signature(domain: ReportDomain) -> None:
    assert reporters().sign(domain, 7, SEEN).signatures != reporters().sign(DOMAIN, 7, SEEN).signatures


def test_calldata__report__decodes_to_its_arguments() -> None:
    report = reporters().sign(DOMAIN, 7, SEEN)
    assert report.calldata.startswith("0xef6af028")
    decoded = decode(["uint256", "uint256[]", "uint256[]", "bytes[]"], bytes.fromhex(report.calldata[10:]))
    assert decoded == (7, report.prices, report.timestamps, report.signatures)


def test_reporters__printed__addresses_only() -> None:
    signers = reporters()
    assert signers.addresses == [key.address for key in KEYS]
    assert bytes(KEYS[0].key).hex() not in repr(signers) + str(vars(signers))
