"""ChainlinkSource and PythSource over feeds that answer what they are told to."""

from types import SimpleNamespace
from typing import Any

import pytest

from tests.unit.oracle.conftest import MARKET, PRICE, WAD, ZERO_ADDRESS, Clock

MIN_PRICE = 10**6
MAX_PRICE = 2**88 - 1
# Modes of the feeds.
ANSWER, REVERT, SHORT, LONG, BURN_GAS, SLOW = 1, 2, 4, 8, 16, 32
FAILURES = {"reverts": REVERT, "short": SHORT, "burns gas": BURN_GAS}

OTHER_MARKET, UNKNOWN_MARKET = 2, 9
HEARTBEAT = 3_600
GRACE = 1_800
# PRICE with 8 decimals.
ANSWER_8 = PRICE // 10**10

PRICE_ID = b"\x01" * 32
MAX_CONFIDENCE = WAD // 100
FEE = 3


class Told:
    """A Chainlink feed that is told what to answer: everything is right but what `changes` name."""

    def __init__(self, contract: Any, clock: Clock, sender: Any, answer: int, round_id: int) -> None:
        self.contract = contract
        self._clock = clock
        self._sender = sender
        self._answer = answer
        self._round_id = round_id

    def say(self, **changes: int) -> dict[str, int]:
        """Answer a round of the second in which this is mined; returns its words."""
        now = self._clock.next()
        words = {
            "round_id": self._round_id,
            "answer": self._answer,
            "started_at": now,
            "updated_at": now,
            "answered_in": self._round_id,
        } | changes
        self.contract.set_round([word % 2**256 for word in words.values()], sender=self._sender)
        return words

    def fail(self, round_mode: int = ANSWER, decimals_mode: int = ANSWER) -> None:
        self._clock.next()
        self.contract.set_modes(round_mode, decimals_mode, sender=self._sender)


@pytest.fixture(scope="module")
def price_feed(project, owner, stranger, clock):
    """Of prices, with 8 decimals."""
    return Told(owner.deploy(project.HostileFeed, 8), clock, stranger, ANSWER_8, 2**64 + 5)


@pytest.fixture(scope="module")
def uptime_feed(project, owner, stranger, clock):
    """Of a sequencer, up (0)."""
    return Told(owner.deploy(project.HostileFeed, 0), clock, stranger, 0, 1)


@pytest.fixture(scope="module")
def make_chainlink(project, owner, price_feed):
    """Deploy a ChainlinkSource: MARKET of `price_feed`, no sequencer, but for `changes`."""

    def make(feeds: Any = None, sequencer: Any = ZERO_ADDRESS, grace: int = 0) -> Any:
        default = [(MARKET, price_feed.contract.address, HEARTBEAT)]
        return owner.deploy(project.ChainlinkSource, default if feeds is None else feeds, sequencer, grace)

    return make


@pytest.fixture(scope="module")
def chainlink(make_chainlink):
    """On a chain of its own, without a sequencer."""
    return make_chainlink()


@pytest.fixture(scope="module")
def rollup_chainlink(make_chainlink, uptime_feed):
    """Behind a sequencer."""
    return make_chainlink(sequencer=uptime_feed.contract.address, grace=GRACE)


@pytest.fixture(scope="module")
def hostile_pyth(project, owner):
    """Knows PRICE_ID, asks no fee."""
    return owner.deploy(project.HostilePyth, PRICE_ID)


@pytest.fixture(scope="module")
def make_pyth_source(project, owner, hostile_pyth, bare_router):
    def make(**changes: Any) -> Any:
        arguments = SimpleNamespace(
            pyth=hostile_pyth.address,
            router=bare_router.address,
            feeds=[(MARKET, PRICE_ID, MAX_CONFIDENCE)],
        )
        vars(arguments).update(changes)
        return owner.deploy(project.PythSource, *vars(arguments).values())

    return make


@pytest.fixture(scope="module")
def pyth_source(make_pyth_source, bare_router, make_config, owner):
    """The source of MARKET."""
    source = make_pyth_source()
    bare_router.set_source(MARKET, make_config(source=source.address), sender=owner)
    return source


@pytest.fixture(scope="module")
def pyth_says(hostile_pyth, clock, stranger):
    """Pyth has a price of the second in which this is mined, right but for `changes`; returns its words."""

    def say(**changes: int) -> dict[str, int]:
        words = {
            "price": ANSWER_8,
            "confidence": ANSWER_8 // 1_000,
            "exponent": -8,
            "publish_time": clock.next(),
        } | changes
        hostile_pyth.set_price([word % 2**256 for word in words.values()], sender=stranger)
        return words

    return say
