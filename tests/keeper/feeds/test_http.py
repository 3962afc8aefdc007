"""HTTP feeds: what an answer must look like before its price may be signed."""

import asyncio
import re
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web

from keeper.feeds.base import FeedUnavailable
from keeper.feeds.http import HttpFeed
from keeper.types import Observation

NOW = 1_700_000_000
WAD = 10**18


def feed(field: str = "data.0.price", time_field: str = "", url: str = "https://prices.example") -> HttpFeed:
    return HttpFeed(url, field, time_field, timeout=0.5, max_age=30)


@pytest.mark.parametrize(
    ("answer", "price"),
    [
        ('{"data": [{"price": "4000.123456789012345678"}]}', 4_000_123456789012345678),
        ('{"data": [{"price": 0.1}]}', WAD // 10),
        ('{"data": [{"price": 3}]}', 3 * WAD),
        ('{"data": [{"price": 1e2}]}', 100 * WAD),
        ('{"data": [{"price": "0.0000000000012345678"}]}', 1_234_567),
    ],
)
def test_observe__number_or_text__exact(answer: str, price: int) -> None:
    assert feed().observe(answer, NOW + 0.9) == Observation(price, NOW)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("<html>", "prices.example does not answer JSON"),
        ('{"data": []}', "the answer has no data.0.price"),
        ('{"data": {"price": 1}}', "the answer has no data.0.price"),
        ('{"data": [null]}', "the answer has no data.0.price"),
        ('{"data": [{"price": null}]}', "data.0.price of the answer is no number"),
        ('{"data": [{"price": true}]}', "data.0.price of the answer is no number"),
        ('{"data": [{"price": "n/a"}]}', "data.0.price of the answer is no number"),
        ('{"data": [{"price": "NaN"}]}', "data.0.price of the answer is no number"),
        ('{"data": [{"price": NaN}]}', "prices.example does not answer JSON"),
        ('{"data": [{"price": 0}]}', "price 0 is out of the range that the chain accepts"),
        ('{"data": [{"price": -1}]}', "price -1 is out of the range that the chain accepts"),
        ('{"data": [{"price": 1e9}]}', "price 1E+9 is out of the range that the chain accepts"),
    ],
)
def test_observe__no_price__unavailable(answer: str, reason: str) -> None:
    with pytest.raises(FeedUnavailable, match=re.escape(reason)):
        feed().observe(answer, NOW)


@pytest.mark.parametrize("time", ["1" + "0" * 400, '"1e400"', "1e999999999", "-1", "1e-400000"])
def test_observe__a_time_that_is_none__unavailable(time: str) -> None:
    with pytest.raises(FeedUnavailable):
        feed("price", "time").observe(f'{{"price": 2, "time": {time}}}', NOW)


@pytest.mark.parametrize("time", [NOW - 30, (NOW - 30) * 1_000 + 999, f'"{NOW - 30}"'])
def test_observe__its_own_time__signed_with_that(time: object) -> None:
    seen = feed("price", "time").observe(f'{{"price": 2, "time": {time}}}', NOW)
    assert seen == Observation(2 * WAD, NOW - 30)


def test_observe__clock_a_little_ahead__not_from_the_future() -> None:
    seen = feed("price", "time").observe(f'{{"price": 2, "time": {NOW + 5}}}', NOW)
    assert seen == Observation(2 * WAD, NOW)


@pytest.mark.parametrize(
    ("time", "reason"),
    [(NOW - 31, "its price is 31 s old, more than 30 s"), (NOW + 6, "its time is 6 s ahead")],
)
def test_observe__old_or_future__unavailable(time: int, reason: str) -> None:
    with pytest.raises(FeedUnavailable, match=reason):
        feed("price", "time").observe(f'{{"price": 2, "time": {time}}}', NOW)


def served(handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> Observation:
    """What a feed reads from a server on this machine."""

    async def read() -> Observation:
        app = web.Application()
        app.add_routes([web.get("/price", handler)])
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        source = feed("price", url=f"http://127.0.0.1:{runner.addresses[0][1]}/price?key=sesame")
        try:
            return await source.read(NOW)
        finally:
            await source.close()
            await runner.cleanup()

    return asyncio.run(read())


def test_read__server_answers__observed() -> None:
    async def answer(_request: web.Request) -> web.Response:
        return web.json_response({"price": "12.5"})

    assert served(answer) == Observation(12_500_000_000_000_000_000, NOW)


def test_read__server_fails__status_said() -> None:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(status=503)

    with pytest.raises(FeedUnavailable, match=r"127\.0\.0\.1 answers 503 Service Unavailable"):
        served(answer)


def test_read__redirect__not_followed() -> None:
    async def answer(_request: web.Request) -> web.Response:
        raise web.HTTPFound("https://elsewhere.example")

    with pytest.raises(FeedUnavailable, match="answers 302"):
        served(answer)


def test_read__server_hangs__unavailable() -> None:
    async def answer(_request: web.Request) -> web.Response:
        await asyncio.sleep(2)
        return web.Response()

    with pytest.raises(FeedUnavailable, match="cannot be read: TimeoutError"):
        served(answer)


def test_read__endless_answer__cut_off() -> None:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(body=b"9" * 1_000_001)

    with pytest.raises(FeedUnavailable, match="more than 1000000 bytes"):
        served(answer)


def test_read__nobody_there__its_key_is_not_said() -> None:
    with pytest.raises(FeedUnavailable) as caught:
        asyncio.run(read_and_close(feed(url="http://127.0.0.1:9/price?key=sesame")))
    assert "127.0.0.1 cannot be read: ClientConnectorError" in str(caught.value)
    assert "sesame" not in str(caught.value)


async def read_and_close(source: HttpFeed) -> Observation:
    try:
        return await source.read(NOW)
    finally:
        await source.close()
