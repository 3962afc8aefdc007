"""Contracts of other projects over web3, for chains that are driven without Ape."""

from typing import Any, cast

from eth_abi.abi import encode
from web3 import Web3
from web3.contract import Contract

from tests.helpers.solidity import compiled

AGGREGATOR = "@chainlink/contracts/src/v0.8/tests/MockV3Aggregator.sol"
PYTH = "@pythnetwork/pyth-sdk-solidity/MockPyth.sol"
PRICE_TYPE = "(int64,uint64,int32,uint256)"


def deploy_aggregator(w3: Web3, sender: str, decimals: int, answer: int) -> Contract:
    """Chainlink's MockV3Aggregator: anyone may `updateAnswer`."""
    return _deploy(w3, sender, AGGREGATOR, "MockV3Aggregator", decimals, answer)


def deploy_pyth(w3: Web3, sender: str, fee: int) -> Contract:
    """Pyth's MockPyth: takes updates that nobody signed, `fee` wei each."""
    return _deploy(w3, sender, PYTH, "MockPyth", 60, fee)


def pyth_update(price_id: bytes, price: tuple[int, int, int, int]) -> bytes:
    """Update data as MockPyth takes it. `price`: price, confidence, exponent, publish time."""
    feed = f"(bytes32,{PRICE_TYPE},{PRICE_TYPE})"
    # The feed, with the price as its average too, and the publish time before.
    return encode([feed, "uint64"], [(price_id, price, price), 0])


def _deploy(w3: Web3, sender: str, source: str, name: str, *arguments: object) -> Contract:
    contract = compiled(source, name)
    factory = w3.eth.contract(abi=contract.abi, bytecode=contract.bytecode)
    payment: Any = {"from": sender}
    receipt = w3.eth.wait_for_transaction_receipt(factory.constructor(*arguments).transact(payment))
    return cast(Contract, w3.eth.contract(address=receipt["contractAddress"], abi=contract.abi))
