"""eip712Domain (EIP-5267): what a wallet needs to show and sign an order."""

from scripts.sandbox.orders import domain_separator
from tests.helpers.reading import rpc


def test_eip712_domain__any_time__names_exchange_on_this_chain(desk):
    fields, name, version, chain_id, contract, salt, extensions = desk.exchange.eip712Domain()
    assert bytes(fields) == b"\x0f", "name, version, chainId, verifyingContract and nothing else"
    assert (name, version) == ("Plimsoll Exchange", "1")
    assert chain_id == desk.chain_id == int(rpc("eth_chainId"), 16)
    assert contract == desk.exchange.address
    assert bytes(salt) == bytes(32)
    assert list(extensions) == []


def test_eip712_domain__second_deployment__differs_only_by_its_address(desk, owner, project):
    other = owner.deploy(project.Exchange, desk.clearing_house.address)
    here, there = list(desk.exchange.eip712Domain()), list(other.eip712Domain())
    assert there[4] == other.address != here[4]
    assert here[:4] + here[5:] == there[:4] + there[5:]
    assert domain_separator(desk.chain_id, here[4]) != domain_separator(desk.chain_id, there[4])
