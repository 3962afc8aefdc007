"""A Pyth of a local chain: Pyth's own mock, PythSource before it, and an endpoint that lies on command."""

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from keeper.types import PythPrice
from scripts.sandbox.market import Web3Deployer
from scripts.sandbox.parameters import SourceConfig
from scripts.sandbox.venue import Venue, parameters
from tests.helpers.foreign import deploy_pyth, pyth_update
from tests.helpers.parameters import WAD

EXPO = -8
ONE_PERCENT = WAD // 100


def price_id(market_id: int) -> bytes:
    return bytes([market_id]) * 32


@dataclass
class Endpoint:
    """What it says of each feed, and what its data hold instead where that differs."""

    said: dict[bytes, PythPrice] = field(default_factory=dict)
    held: dict[bytes, PythPrice] = field(default_factory=dict)
    garbage: bool = False
    url: str = ""

    def answer(self, price_ids: Sequence[bytes]) -> str:
        known = [each for each in price_ids if each in self.said]
        data = [b"garbage" if self.garbage else self.data(each) for each in known]
        told = [
            {
                "id": each.hex(),
                "price": {
                    "price": str(self.said[each].price),
                    "conf": str(self.said[each].confidence),
                    "expo": self.said[each].expo,
                    "publish_time": self.said[each].publish_time,
                },
            }
            for each in known
        ]
        return json.dumps({"binary": {"encoding": "hex", "data": [d.hex() for d in data]}, "parsed": told})

    def data(self, feed: bytes) -> bytes:
        """What Pyth would find in it is what is held."""
        return pyth_update(feed, astuple(self.held.get(feed, self.said[feed])))


@contextmanager
def serving(endpoint: Endpoint) -> Iterator[Endpoint]:
    """The endpoint at a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            ids = [bytes.fromhex(each) for each in parse_qs(parts.query).get("ids[]", [])]
            found = parts.path == "/v2/updates/price/latest"
            body = endpoint.answer(ids).encode() if found else b""
            self.send_response(200 if found else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """A test's output is not its log."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    endpoint.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield endpoint
    finally:
        server.shutdown()
        server.server_close()


class PythVenue:
    """A market of a venue whose prices come from Pyth. `fee`: wei for each feed of an update."""

    def __init__(self, venue: Venue, endpoint: Endpoint, price: int, fee: int) -> None:
        self.venue = venue
        self.endpoint = endpoint
        self.market_id = int(venue.system.governance.functions.market_count().call()) + 1
        self.pyth = deploy_pyth(venue.w3, venue.market.sender, fee)
        self.source = Web3Deployer(venue.w3, venue.market.sender).deploy(
            "PythSource",
            self.pyth.address,
            venue.system.router.address,
            [(self.market_id, price_id(self.market_id), ONE_PERCENT)],
        )
        config = SourceConfig(self.source.address)
        venue.market.send(venue.system.router.functions.set_source(self.market_id, astuple(config)))
        self.say(price)
        data = [endpoint.data(price_id(self.market_id))]
        payment: Any = {"from": venue.market.sender, "value": fee}
        update = self.source.functions.update(data, [self.market_id]).transact(payment)
        venue.w3.eth.wait_for_transaction_receipt(update)
        listing = venue.system.governance.functions.list_market(astuple(parameters(price)))
        venue.market.send(listing)

    @property
    def said(self) -> PythPrice:
        return self.endpoint.said[price_id(self.market_id)]

    def say(self, price: int, **changes: Any) -> None:
        """The endpoint's price from now on, WAD, of the newest block's time and certain to 0.01 %."""
        at = self.venue.w3.eth.get_block("latest")["timestamp"]
        whole = PythPrice(price // 10**10, price // 10**14, EXPO, at)
        self.endpoint.said[price_id(self.market_id)] = replace(whole, **changes)

    def hold(self, **changes: Any) -> None:
        """What the data say instead."""
        self.endpoint.held[price_id(self.market_id)] = replace(self.said, **changes)

    def accepted(self) -> int:
        return int(self.venue.system.router.functions.peek(self.market_id).call()[0])

    def settings(self, **changes: Any) -> dict[str, Any]:
        """The keeper's `[[prices]]`."""
        feed = {"kind": "pyth", "url": self.endpoint.url, "price_id": "0x" + price_id(self.market_id).hex()}
        limits = {"lowest": 100, "highest": 100_000, "min_interval": 1.0}
        return {"market": self.market_id, "feed": {**feed, **changes}, **limits}
