"""Pyth endpoints: what an answer must look like, and what is asked."""

import asyncio
import json
from typing import Any

import pytest
from aiohttp import web

from keeper.feeds.base import FeedUnavailable
from keeper.feeds.hermes import MAX_UPDATE_BYTES, MAX_UPDATES, Hermes, PythAnswer
from keeper.types import PythPrice
from tests.helpers.recursion import usual_recursion

FIRST, SECOND = bytes([1]) * 32, bytes([2]) * 32
PRICE = {"price": "400012345678", "conf": "25000000", "expo": -8, "publish_time": 1_700_000_000}


def answer(**changes: Any) -> str:
    """As Hermes answers for one feed; `changes` of its price."""
    parsed = [{"id": FIRST.hex(), "price": {**PRICE, **changes}, "ema_price": PRICE, "metadata": {}}]
    return json.dumps({"binary": {"encoding": "hex", "data": ["504e4155", "00"]}, "parsed": parsed})


def parsed(text: str) -> PythAnswer:
    return Hermes("https://hermes.example/", 1).parsed(text)


def test_parsed__as_hermes_answers__data_and_prices() -> None:
    found = parsed(answer())
    assert found.data == (b"PNAU", b"\0")
    assert found.prices == {FIRST: PythPrice(400_012_345_678, 25_000_000, -8, 1_700_000_000)}


def test_parsed__extremes_of_the_contracts_types__are_kept() -> None:
    found = parsed(answer(price=str(-(2**63)), conf=str(2**64 - 1), expo=-(2**31), publish_time=0))
    assert found.prices[FIRST] == PythPrice(-(2**63), 2**64 - 1, -(2**31), 0)


@pytest.mark.parametrize(
    "changes",
    [
        {"price": str(2**63)},
        {"price": None},
        {"price": "4.5"},
        {"price": 4.5},
        {"price": True},
        {"price": "9" * 10_000},
        {"conf": "-1"},
        {"conf": str(2**64)},
        {"expo": 2**31},
        {"publish_time": -1},
        {"publish_time": "soon"},
    ],
)
def test_parsed__number_that_is_none__unavailable(changes: dict[str, Any]) -> None:
    with pytest.raises(FeedUnavailable, match=r"hermes\.example does not answer as Hermes does"):
        parsed(answer(**changes))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<html>", "does not answer JSON"),
        ("[]", "does not answer as Hermes does"),
        ("null", "does not answer as Hermes does"),
        ('{"binary": {"data": ["zz"]}, "parsed": []}', "does not answer as Hermes does"),
        ('{"binary": {"data": [7]}, "parsed": []}', "does not answer as Hermes does"),
        ('{"binary": {"data": ["00"]}, "parsed": null}', "does not answer as Hermes does"),
        ('{"binary": {"data": ["00"]}, "parsed": [{"id": "00"}]}', "does not answer as Hermes does"),
        ('{"binary": {"data": []}, "parsed": []}', "an update that PythSource does not take"),
    ],
)
def test_parsed__something_else__unavailable(text: str, reason: str) -> None:
    with pytest.raises(FeedUnavailable, match=reason):
        parsed(text)


def test_parsed__nested_without_end__unavailable() -> None:
    with usual_recursion(), pytest.raises(FeedUnavailable, match="does not answer JSON"):
        parsed("[" * 100_000)


def test_parsed__more_than_the_contract_takes__unavailable() -> None:
    for data, fits in (
        (["00" * MAX_UPDATE_BYTES] * MAX_UPDATES, True),
        (["00" * (MAX_UPDATE_BYTES + 1)], False),
        (["00"] * (MAX_UPDATES + 1), False),
    ):
        text = json.dumps({"binary": {"data": data}, "parsed": []})
        if fits:
            assert len(parsed(text).data) == len(data)
        else:
            with pytest.raises(FeedUnavailable, match="does not take"):
                parsed(text)


def test_latest__ids__asked_as_hermes_is() -> None:
    asked: list[web.Request] = []

    async def handler(request: web.Request) -> web.Response:
        asked.append(request)
        return web.Response(text=answer())

    async def read() -> PythAnswer:
        app = web.Application()
        app.add_routes([web.get("/v2/updates/price/latest", handler)])
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        hermes = Hermes(f"http://127.0.0.1:{runner.addresses[0][1]}/", 2)
        try:
            return await hermes.latest([FIRST, SECOND])
        finally:
            await hermes.close()
            await runner.cleanup()

    assert FIRST in asyncio.run(read()).prices
    query = asked[0].query
    assert query.getall("ids[]") == [FIRST.hex(), SECOND.hex()]
    assert (query["encoding"], query["parsed"], query["ignore_invalid_price_ids"]) == ("hex", "true", "true")
