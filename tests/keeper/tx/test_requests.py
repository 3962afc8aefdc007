"""Actions as contract calls, decoded again by web3."""

import pytest
from web3 import Web3

from keeper.abi import abi
from keeper.tx.requests import report_request, request_of
from keeper.types import (
    Accrue,
    Action,
    Deleverage,
    DeleverageNext,
    Flag,
    Liquidate,
    Publish,
    Relink,
    Sync,
)

HOUSE, ROUTER, SOURCE = (str(Web3.to_checksum_address("0x" + f"{n}{n}" * 20)) for n in (1, 2, 3))
ADDRESSES: dict[str, str] = {HOUSE: "ClearingHouse", ROUTER: "OracleRouter", SOURCE: "SignedSource"}


def called(to: str, data: str) -> tuple[str, dict[str, object]]:
    contract = Web3().eth.contract(address=Web3.to_checksum_address(to), abi=abi(ADDRESSES[to]))
    function, arguments = contract.decode_function_input(data)
    return function.fn_name, arguments


@pytest.mark.parametrize(
    ("action", "name", "arguments", "note"),
    [
        (
            Liquidate(7, 2, 10**18, 3, 5, 99),
            "liquidate",
            {
                "account_id": 7,
                "market_id": 2,
                "size": 10**18,
                "liquidator_account_id": 3,
                "leverage": 5,
                "hint": 99,
            },
            "liquidation of up to 1000000000000000000 of account 7 in market 2",
        ),
        (Flag(7), "flag_bankrupt", {"account_id": 7}, "flag of account 7"),
        (
            Deleverage(7, 2, (4, 9)),
            "deleverage",
            {"account_id": 7, "market_id": 2, "ranked": [4, 9]},
            "deleveraging of account 7 in market 2, 2 listed",
        ),
        (
            DeleverageNext(7, 2, 20),
            "deleverage_next",
            {"account_id": 7, "market_id": 2, "max_count": 20},
            "deleveraging of account 7 in market 2, next 20",
        ),
        (
            Relink(7, 2, 99),
            "relink",
            {"account_id": 7, "market_id": 2, "hint": 99},
            "relinking of account 7 in market 2",
        ),
        (Accrue(2), "accrue_funding", {"market_id": 2}, "funding of market 2"),
        (Sync((2, 5)), "sync", {"market_ids": [2, 5]}, "sync of markets 2, 5"),
    ],
)
def test_request_of__each_action__is_its_call(
    action: Action, name: str, arguments: dict[str, object], note: str
) -> None:
    request = request_of(action, HOUSE, ROUTER, gas=123)
    assert called(request.to, request.data) == (name, arguments)
    assert (request.key, request.gas, request.note) == (action.key, 123, note)
    assert request.to == (ROUTER if name == "sync" else HOUSE)


def test_request_of__a_price__needs_its_signatures() -> None:
    with pytest.raises(TypeError):
        request_of(Publish(2, 10**18, 5), HOUSE, ROUTER)


def test_report_request__two_signers__is_the_report() -> None:
    request = report_request(Publish(2, 77, 5), SOURCE, [76, 77], [5, 6], [b"a" * 65, b"b" * 65])
    name, arguments = called(request.to, request.data)
    assert (name, request.note) == ("report", "price 77 of market 2")
    assert arguments == {
        "market_id": 2,
        "prices": [76, 77],
        "timestamps": [5, 6],
        "signatures": [b"a" * 65, b"b" * 65],
    }
