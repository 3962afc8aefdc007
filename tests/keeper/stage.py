"""A venue, and keepers as processes beside it: where end-to-end tests, measurements and the soak begin."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tests.bench.node import anvil
from tests.helpers.parameters import WAD
from tests.keeper.process import Daemon, free_port
from tests.keeper.venue import TOKEN, Venue, keeper_key

CHAIN_ID = 31_337
PRICE = 4_000 * WAD
# What a keeper's margin account begins with, quote units.
KEEPER_DEPOSIT = 5_000_000 * TOKEN
# A keeper looks often and hurries: blocks come every second, and nobody waits for a test.
SETTINGS: dict[str, dict[str, Any]] = {
    "chain": {"id": CHAIN_ID, "poll_seconds": 0.2, "call_timeout": 3.0, "confirmations": 2},
    "keeper": {"folder": "data", "reconcile_every_blocks": 10, "checkpoint_every_seconds": 1.0},
    "limits": {"max_fee_gwei": 500, "max_priority_gwei": 2, "leverage": 20},
    # A test may hold the chain still for as long as it takes.
    "telemetry": {"log_format": "json", "log_level": "debug", "max_head_age": 3_600.0},
}


class Stage:
    """A venue with its node's addresses; every keeper started through here is gone at the end."""

    def __init__(self, venue: Venue, folder: Path, port: int) -> None:
        self.venue = venue
        self.folder = folder
        self.http = f"http://127.0.0.1:{port}"
        self.ws = f"ws://127.0.0.1:{port}"
        self.daemons: list[Daemon] = []

    def keeper(
        self,
        number: int = 0,
        endpoints: Sequence[str] = (),
        deposit: int = KEEPER_DEPOSIT,
        signers: Sequence[str] = (),
        prices: Sequence[dict[str, Any]] = (),
        **changes: dict[str, Any],
    ) -> Daemon:
        """A keeper, not started. `changes`: settings by table; deposit 0: it takes nothing over."""
        venue, key = self.venue, keeper_key(number)
        account_id = venue.open_keeper(key, deposit) if deposit else 0
        if not deposit:
            venue.rpc("anvil_setBalance", key.address, hex(10**21))
        settings: dict[str, Any] = {
            **{name: dict(table) for name, table in SETTINGS.items()},
            "contracts": {
                "clearing_house": venue.system.clearing_house.address,
                "lens": venue.system.lens.address,
            },
        }
        settings["chain"]["endpoints"] = list(endpoints) or [self.ws]
        settings["keeper"]["account_id"] = account_id
        settings["telemetry"]["port"] = free_port()
        for name, table in changes.items():
            settings[name].update(table)
        if prices:
            settings["prices"] = list(prices)
        daemon = Daemon(self.folder / f"keeper{number}", settings, key, signers)
        self.daemons.append(daemon)
        return daemon

    def account_of(self, daemon: Daemon) -> int:
        """The margin account of a keeper."""
        return next(
            int(line.split("=")[1])
            for line in daemon.config.read_text().splitlines()
            if line.startswith("account_id")
        )


@contextmanager
def staged(
    folder: Path, prices: Sequence[int] = (PRICE,), options: Sequence[str] = (), **source: Any
) -> Iterator[Stage]:
    """On a node of its own that mines at once until `venue.run` or `hold`; `source`: of the prices."""
    port = free_port()
    with ExitStack() as stack:
        w3 = stack.enter_context(anvil("--gas-limit", "60000000", *options, port=port))
        stage = Stage(Venue(w3, prices, **source), folder, port)
        try:
            yield stage
        finally:
            for daemon in stage.daemons:
                daemon.end()
