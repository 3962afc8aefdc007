"""Text from an endpoint: no redirects, no endless answers, no key in what is said of failures."""

from urllib.parse import urlsplit

import aiohttp

from keeper.feeds.base import FeedUnavailable

# Bytes of an answer: an endpoint must not fill the memory.
LONGEST = 1_000_000


class Web:
    """One endpoint. Connects when it is read first."""

    def __init__(self, url: str, timeout: float) -> None:
        self._url = url
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._session: aiohttp.ClientSession | None = None
        self.host = urlsplit(url).hostname or url

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def get(self, path: str = "") -> str:
        """`path`: what follows the address, query included."""
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=self._timeout)
        try:
            async with self._session.get(self._url + path, allow_redirects=False) as answer:
                if answer.status != 200:
                    said = f"{self.host} answers {answer.status} {answer.reason or ''}"
                    raise FeedUnavailable(said.rstrip())
                body = bytearray()
                async for chunk in answer.content.iter_chunked(65_536):
                    body += chunk
                    if len(body) > LONGEST:
                        raise FeedUnavailable(f"{self.host} answers more than {LONGEST} bytes")
                return body.decode("utf-8")
        except (aiohttp.ClientError, TimeoutError, UnicodeDecodeError) as error:
            # Not the error's text: it may hold the address with its key.
            raise FeedUnavailable(f"{self.host} cannot be read: {type(error).__name__}") from None
