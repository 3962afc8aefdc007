"""What a transport is, and how requests become messages and messages answers.

Own framing over aiohttp and asyncio, not web3's providers: those of WebSocket and IPC spin the event loop
while they wait, and file every batch under one key, so that the late answer of a batch that timed out is
handed to the next one. Here an answer without a request that still waits for it is dropped.
"""

import asyncio
import json
from collections.abc import Sequence
from typing import Any, Protocol
from urllib.parse import urlsplit

import aiohttp

from keeper.chain.errors import Lying, Transient

Call = tuple[str, Sequence[Any]]
"""A method and its parameters."""

# Bytes of one message: a block of many thousand logs.
MAX_MESSAGE = 2**27


class Transport(Protocol):
    name: str
    # Whether it can subscribe.
    pushes: bool

    async def ask(self, calls: Sequence[Call]) -> list[dict[str, Any]]:
        """One answer object per call, in order."""
        ...

    async def subscribe(self, kind: str) -> asyncio.Queue[Any]:
        """What the node pushes; None when the connection ended."""
        ...

    async def unsubscribe(self, queue: asyncio.Queue[Any]) -> None: ...

    async def close(self) -> None: ...


def public_name(url: str) -> str:
    """An endpoint's name for logs: keys of providers stand in paths, queries and user names."""
    parts = urlsplit(url)
    if not parts.hostname:
        return url
    port = f":{parts.port}" if parts.port else ""
    hidden = "/..." if parts.path.strip("/") or parts.query else ""
    return f"{parts.scheme}://{parts.hostname}{port}{hidden}"


def encoded(calls: Sequence[Call], ids: Sequence[int]) -> bytes:
    """One request object for one call, an array for more: not every endpoint takes arrays."""
    requests = [
        {"jsonrpc": "2.0", "id": i, "method": method, "params": list(params)}
        for i, (method, params) in zip(ids, calls, strict=True)
    ]
    return json.dumps(requests[0] if len(requests) == 1 else requests, separators=(",", ":")).encode()


def matched(answer: Any, ids: Sequence[int]) -> list[dict[str, Any]]:
    """Answers in the order of their requests, each a result or an error."""
    if isinstance(answer, dict) and "error" in answer and len(ids) > 1:
        raise Transient(f"refused an array of requests: {str(answer['error'])[:120]}")
    answers = answer if isinstance(answer, list) else [answer]
    by_id = {item["id"]: item for item in answers if isinstance(item, dict) and type(item.get("id")) is int}
    if len(answers) != len(ids) or any(i not in by_id for i in ids):
        raise Lying("answered something else than was asked")
    found = [by_id[i] for i in ids]
    if any(("result" in item) == (item.get("error") is not None) for item in found):
        raise Lying("answered neither a result nor an error")
    return found


def parsed(raw: bytes | str) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        raise Lying(f"answered something that is not JSON: {raw[:40]!r}") from None


def told(error: Exception, url: str) -> str:
    """Its text without the endpoint's secrets, or its kind where it has none."""
    if isinstance(error, aiohttp.ClientResponseError):
        return f"HTTP {error.status}"
    text = str(error) or type(error).__name__
    parts = urlsplit(url)
    for secret in (url, parts.path.strip("/"), parts.query, parts.password):
        if secret and parts.hostname:
            text = text.replace(secret, "...")
    return text
