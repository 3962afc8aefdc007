"""One way to reach the chain, and what is known about it."""

import asyncio
import random
from dataclasses import dataclass
from urllib.parse import urlsplit

from keeper.chain.errors import Transient
from keeper.chain.framing import Transport
from keeper.chain.http import Http
from keeper.chain.sockets import Ipc, WebSocket

# Seconds that an endpoint is left alone after its first failure, doubled by each further one, and at most.
FIRST_REST = 0.5
LONGEST_REST = 60.0

_random = random.SystemRandom()


def transport(url: str) -> Transport:
    """By scheme: http(s), ws(s), else the path of an IPC socket."""
    scheme = urlsplit(url).scheme
    if scheme in ("http", "https"):
        return Http(url)
    if scheme in ("ws", "wss"):
        return WebSocket(url)
    return Ipc(url.removeprefix("ipc://"))


def jittered(seconds: float) -> float:
    """Half to one and a half of it: keepers that failed together must not return together."""
    return seconds * (0.5 + _random.random())


@dataclass(frozen=True, slots=True)
class EndpointHealth:
    """For logs and metrics. `problem` is empty while it may be used; counts are since the start."""

    name: str
    height: int
    problem: str
    requests: int
    failures: int


class Endpoint:
    """Barred by a probe (not reached yet, another chain, too far behind) or resting after failures."""

    def __init__(self, carrier: Transport) -> None:
        self.transport = carrier
        self.name = carrier.name
        self.height = 0
        # The chain it serves; None: never asked.
        self.chain_id: int | None = None
        self.barred = "not reached yet"
        self.resting = ""
        self.requests = 0
        self.failures = 0
        self._in_a_row = 0
        self._rest_until = 0.0

    @property
    def usable(self) -> bool:
        return not self.barred and not self.resting

    @property
    def problem(self) -> str:
        return self.resting or self.barred

    def health(self) -> EndpointHealth:
        return EndpointHealth(self.name, self.height, self.problem, self.requests, self.failures)

    def answered(self) -> None:
        self.resting = ""
        self._in_a_row = 0

    def failed(self, error: Transient) -> None:
        """Rest: longer each time, until something real is answered again."""
        self.resting = str(error)
        self.failures += 1
        rest = min(FIRST_REST * 2**self._in_a_row, LONGEST_REST)
        self._in_a_row = min(self._in_a_row + 1, 10)
        self._rest_until = asyncio.get_running_loop().time() + jittered(rest)

    def probed(self) -> None:
        """A probe was answered: worth another try once it has rested."""
        if self.resting and asyncio.get_running_loop().time() >= self._rest_until:
            self.resting = ""
