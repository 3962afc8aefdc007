"""JSON-RPC over HTTP: one session, connections kept open."""

import asyncio
import itertools
from collections.abc import Sequence
from typing import Any

import aiohttp

from keeper.chain.errors import Lying, Transient
from keeper.chain.framing import MAX_MESSAGE, Call, encoded, matched, parsed, public_name, told


class Http:
    pushes = False

    def __init__(self, url: str) -> None:
        self.name = public_name(url)
        self._url = url
        self._ids = itertools.count(1)
        self._session: aiohttp.ClientSession | None = None

    async def ask(self, calls: Sequence[Call]) -> list[dict[str, Any]]:
        if self._session is None:
            # The caller sets the time limit.
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None))
        ids = [next(self._ids) for _ in calls]
        headers = {"Content-Type": "application/json"}
        try:
            async with self._session.post(
                self._url, data=encoded(calls, ids), headers=headers, allow_redirects=False
            ) as response:
                body = await _bounded(response)
        except (aiohttp.ClientError, OSError) as error:
            raise Transient(f"cannot be reached: {told(error, self._url)}") from error
        if response.status in (401, 403):
            raise Transient(f"HTTP {response.status}: it wants another key in the endpoint's URL")
        if response.status == 429:
            raise Transient("HTTP 429: too many requests for its plan")
        if response.status != 200:
            raise Transient(f"HTTP {response.status}: {body[:80].decode(errors='replace')}")
        return matched(parsed(body), ids)

    async def subscribe(self, kind: str) -> asyncio.Queue[Any]:
        raise NotImplementedError(f"{kind}: HTTP pushes nothing")

    async def unsubscribe(self, queue: asyncio.Queue[Any]) -> None:
        """There is none."""

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None


async def _bounded(response: aiohttp.ClientResponse) -> bytes:
    """The body; an endpoint must not fill the memory."""
    body = bytearray()
    async for piece in response.content.iter_chunked(2**16):
        body += piece
        if len(body) > MAX_MESSAGE:
            raise Lying(f"answers more than {MAX_MESSAGE} bytes")
    return bytes(body)
