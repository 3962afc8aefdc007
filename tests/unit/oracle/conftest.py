"""The router with a source that says what it is told to (market 1), and a signed source (market 2)."""

from collections.abc import Callable
from typing import Any

import pytest

from scripts.sandbox.reports import ReportDomain, reporter_keys

MARKET = 1
SIGNED_MARKET = 2
WAD = 10**18
PRICE = 2_000 * WAD
MAX_AGE = 60
CONFIRM = 30
ZERO_ADDRESS = "0x" + "00" * 20


class Clock:
    """Decides the time of the next block."""

    def __init__(self, chain: Any) -> None:
        self._chain = chain

    @property
    def now(self) -> int:
        return int(self._chain.provider.get_block("latest").timestamp)

    @property
    def block(self) -> int:
        return int(self._chain.provider.get_block("latest").number)

    def next(self, seconds: int = 1) -> int:
        """Let the next transaction come `seconds` after the latest block; returns its time."""
        time = self.now + seconds
        self._chain.pending_timestamp = time
        return time

    def skip(self, seconds: int) -> int:
        """Mine an empty block `seconds` after the latest one; returns its time."""
        time = self.now + seconds
        self._chain.mine(timestamp=time)
        return time


@pytest.fixture(scope="module")
def clock(chain):
    return Clock(chain)


@pytest.fixture(scope="module")
def owner(accounts):
    return accounts[0]


@pytest.fixture(scope="module")
def new_owner(accounts):
    return accounts[1]


@pytest.fixture(scope="module")
def stranger(accounts):
    return accounts[2]


@pytest.fixture(scope="module")
def reporters():
    return reporter_keys(5)


@pytest.fixture(scope="module")
def feed(project, owner):
    """The source of MARKET."""
    return owner.deploy(project.PolledSource)


@pytest.fixture(scope="module")
def second_feed(project, owner):
    return owner.deploy(project.PolledSource)


@pytest.fixture(scope="module")
def make_config(feed) -> Callable[..., dict[str, Any]]:
    def make(**changes: Any) -> dict[str, Any]:
        config = {
            "source": feed.address,
            "second_source": ZERO_ADDRESS,
            "polled": False,
            "max_age": MAX_AGE,
            "max_move": WAD // 100,
            "confirm": CONFIRM,
            "stale_move": WAD // 2,
            "update_threshold": WAD // 1_000,
        }
        return config | changes

    return make


@pytest.fixture(scope="module")
def bare_router(project, owner):
    """A router without markets."""
    return owner.deploy(project.OracleRouter)


@pytest.fixture(scope="module")
def router(bare_router, make_config, owner):
    """MARKET is pushed to by `feed` and has no price yet."""
    bare_router.set_source(MARKET, make_config(), sender=owner)
    return bare_router


@pytest.fixture(scope="module")
def signed_source(project, router, reporters, make_config, owner):
    """The source of SIGNED_MARKET, two of whose five reporters must sign."""
    source = owner.deploy(project.SignedSource, router, [r.address for r in reporters], 2)
    router.set_source(SIGNED_MARKET, make_config(source=source.address), sender=owner)
    return source


@pytest.fixture(scope="module")
def domain(signed_source, chain):
    return ReportDomain(chain.chain_id, signed_source.address)


@pytest.fixture
def push(router, feed, clock, stranger):
    """Push a price observed in the second it is pushed; `seconds` after the latest block."""

    def push(price: int, seconds: int = 1) -> Any:
        return feed.push(router, MARKET, [price], clock.next(seconds), sender=stranger)

    return push


@pytest.fixture
def priced(router, push):
    """The router with PRICE accepted for MARKET."""
    push(PRICE)
    return router


def events(receipt: Any, event: Any) -> list[dict[str, Any]]:
    """The arguments of every `event` in the receipt."""
    return [dict(log.event_arguments) for log in receipt.decode_logs(event)]


def plain(config: Any) -> list[Any]:
    """A configuration's values; Ape decodes the addresses inside an event's struct without their checksum."""
    values = config.values() if isinstance(config, dict) else config
    return [value.lower() if isinstance(value, str) else value for value in values]
