"""Decoding: equal to the ABI decoder's, and strict."""

from typing import Any

import pytest
from eth_abi import encode
from eth_utils import keccak
from hypothesis import given
from hypothesis import strategies as st

from keeper.abi import abi
from keeper.book.errors import MalformedLog
from keeper.book.events import WIDTHS, Decoder, Event
from keeper.types import RawLog

HOUSE, ROUTER = "0x" + "c1" * 20, "0x" + "04" * 20
TX = "0x" + "ab" * 32
EMITTERS = {"ClearingHouse": HOUSE, "OracleRouter": ROUTER}
DECODER = Decoder({HOUSE: "ClearingHouse", ROUTER: "OracleRouter"})
EVERY = [(contract, name) for contract, events in WIDTHS.items() for name in events]
POSITION_CHANGED = (7, 2, -3 * 10**18, 2**88 - 1, 20, -(2**127), 4_000 * 10**18, 3)


def declared(contract: str, name: str) -> tuple[list[str], int]:
    """Types with tuples flattened, as static tuples are encoded; and how many are indexed."""
    (entry,) = [e for e in abi(contract) if e["type"] == "event" and e["name"] == name]
    kinds: list[str] = []
    for parameter in entry["inputs"]:
        kinds += [c["type"] for c in parameter.get("components", [parameter])]
    return kinds, sum(p["indexed"] for p in entry["inputs"])


def topic(contract: str, name: str) -> str:
    (entry,) = [e for e in abi(contract) if e["type"] == "event" and e["name"] == name]
    kinds = [
        f"({','.join(c['type'] for c in p['components'])})" if "components" in p else p["type"]
        for p in entry["inputs"]
    ]
    return "0x" + keccak(text=f"{name}({','.join(kinds)})").hex()


def logged(contract: str, name: str, args: tuple[int, ...], **changed: Any) -> RawLog:
    kinds, indexed = declared(contract, name)
    values = [_value(kind, arg) for kind, arg in zip(kinds, args, strict=True)]
    words = [encode([kind], [value]).hex() for kind, value in zip(kinds, values, strict=True)]
    return {
        "address": EMITTERS[contract],
        "topics": [topic(contract, name), *("0x" + word for word in words[:indexed])],
        "data": "0x" + "".join(words[indexed:]),
        "blockNumber": "0x10",
        "transactionHash": TX,
        "logIndex": "0xa",
        "removed": False,
    } | changed


def _value(kind: str, arg: int) -> int | bool | str:
    if kind == "address":
        return f"0x{arg:040x}"
    return bool(arg) if kind == "bool" else arg


@st.composite
def any_event(draw: st.DrawFn) -> tuple[str, str, tuple[int, ...]]:
    contract, name = draw(st.sampled_from(EVERY))
    args = []
    for bits in WIDTHS[contract][name]:
        signed = bits < 0
        edge = 2 ** (abs(bits) - signed)
        args.append(draw(st.integers(-edge if signed else 0, edge - 1)))
    return contract, name, tuple(args)


@given(any_event())
def test_decode__any_event_in_its_bounds__gives_its_arguments(
    drawn: tuple[str, str, tuple[int, ...]],
) -> None:
    contract, name, args = drawn
    assert DECODER.decode(logged(contract, name, args)) == Event(name, 16, TX, 10, args)


@pytest.mark.parametrize(("contract", "name"), EVERY)
def test_widths__every_event__has_as_many_as_it_has_arguments(contract: str, name: str) -> None:
    kinds, _ = declared(contract, name)
    widths = WIDTHS[contract][name]
    assert [kind.startswith("int") for kind in kinds] == [width < 0 for width in widths]


def test_topics__two_contracts__are_of_the_events_that_are_decoded() -> None:
    assert DECODER.topics() == sorted(topic(contract, name) for contract, name in EVERY)
    assert len(DECODER.topics()) == 18


def test_decode__checksummed_address__is_the_same_contract() -> None:
    log = logged("ClearingHouse", "FlagCleared", (9,), address=HOUSE.replace("c", "C"))
    assert DECODER.decode(log) == Event("FlagCleared", 16, TX, 10, (9,))


def test_decode__unneeded_topic__is_none() -> None:
    log = logged("ClearingHouse", "FlagCleared", (9,), topics=[topic("ClearingHouse", "Fill"), "0x", "0x"])
    assert DECODER.decode(log) is None


def test_decode__stranger__is_none() -> None:
    assert DECODER.decode(logged("ClearingHouse", "FlagCleared", (9,), address="0x" + "99" * 20)) is None


def test_decode__routers_event_from_the_clearing_house__is_none() -> None:
    assert DECODER.decode(logged("OracleRouter", "PriceAccepted", (1, 2, 3), address=HOUSE)) is None


GOOD = logged("ClearingHouse", "PositionChanged", POSITION_CHANGED)


@pytest.mark.parametrize(
    "changed",
    [
        {"data": GOOD["data"][:-2]},
        {"data": GOOD["data"] + "00"},
        {"data": GOOD["data"][:-1] + "g"},
        {"data": GOOD["data"][:-4] + " 3  "},
        {"data": "0x"},
        {"data": None},
        {"topics": GOOD["topics"][:-1]},
        {"topics": [*GOOD["topics"], "0x" + "00" * 32]},
        {"topics": [GOOD["topics"][0], GOOD["topics"][1][:-2], "0x07" + GOOD["topics"][2][2:]]},
        {"topics": []},
        {"topics": None},
        {"address": None},
        {"blockNumber": None},
        {"blockNumber": "latest"},
        {"logIndex": "0x-1"},
        {"transactionHash": None},
        {"removed": True},
    ],
)
def test_decode__malformed__raises(changed: dict[str, Any]) -> None:
    with pytest.raises(MalformedLog):
        DECODER.decode({**GOOD, **changed})


@pytest.mark.parametrize(
    "missing", ["address", "topics", "data", "blockNumber", "logIndex", "transactionHash"]
)
def test_decode__missing_field__raises(missing: str) -> None:
    with pytest.raises(MalformedLog):
        DECODER.decode({key: value for key, value in GOOD.items() if key != missing})


@pytest.mark.parametrize(
    ("place", "value"),
    [(0, 2**32), (1, 2**7), (2, 2**95), (2, -(2**95) - 1), (3, 2**88), (4, 128), (5, 2**127), (7, 8)],
)
def test_decode__wider_than_the_contract_writes__raises(place: int, value: int) -> None:
    args = (*POSITION_CHANGED[:place], value, *POSITION_CHANGED[place + 1 :])
    with pytest.raises(MalformedLog):
        DECODER.decode(logged("ClearingHouse", "PositionChanged", args))
