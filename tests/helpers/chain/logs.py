"""What the last transaction on a chain logged, as events of our contracts."""

from collections.abc import Iterable

from scripts.sandbox.logs import Event, kinds
from tests.helpers.chain.driver import Chain


def events(chain: Chain, address_of: str, contracts: Iterable[str]) -> list[Event]:
    """What the last transaction logged from the address of one contract, with the code of these."""
    known, address = kinds(tuple(contracts)), chain.addresses[address_of]
    return [known[topics[0]].event(topics, data) for where, topics, data in chain.logs if where == address]
