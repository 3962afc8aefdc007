"""A venue, and keepers as processes beside it: where end-to-end tests, measurements and the soak begin."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from scripts.sandbox.keeper_process import Daemon, wait_until
from scripts.sandbox.node import CHAIN_ID, Anvil, free_port, running_anvil
from scripts.sandbox.venue import BLOCK_GAS, TOKEN, Venue, keeper_key
from tests.helpers.parameters import WAD
from tests.keeper.bad_node import BadNode, bad_node

PRICE = 4_000 * WAD
# What a keeper's margin account begins with, quote units.
KEEPER_DEPOSIT = 5_000_000 * TOKEN
# Between two blocks that a test mines: a keeper has that long to answer.
PAUSE = 0.25
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

    def __init__(self, venue: Venue, folder: Path, node: Anvil) -> None:
        self.venue = venue
        self.folder = folder
        self.node = node
        self.daemons: list[Daemon] = []
        self.proxies = ExitStack()

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
        settings["chain"]["endpoints"] = list(endpoints) or [self.node.ws]
        settings["keeper"]["account_id"] = account_id
        settings["telemetry"]["port"] = free_port()
        for name, table in changes.items():
            settings[name].update(table)
        if prices:
            settings["prices"] = list(prices)
        daemon = Daemon(self.folder / f"keeper{number}", settings, key, signers)
        self.daemons.append(daemon)
        return daemon

    def proxy(self) -> BadNode:
        """An endpoint in front of the node that misbehaves on command."""
        return self.proxies.enter_context(bad_node(self.node.http))

    def advance(self, what: str, condition: Callable[[], Any], blocks: int = 80) -> Any:
        """Mine a block every quarter of a second until the condition is true; its value."""
        for _ in range(blocks):
            if found := condition():
                return found
            self.venue.mine()
            self.wait()
        tails = "\n".join(daemon.tail() for daemon in self.daemons)
        raise TimeoutError(f"after {blocks} blocks still not: {what}\n{tails}")

    def watch(self, what: str, condition: Callable[[], Any], seconds: float = 20) -> Any:
        """Wait until the condition is true while the chain mines by itself; its value."""
        try:
            return wait_until(what, condition, seconds)
        except TimeoutError as error:
            tails = "\n".join(daemon.tail() for daemon in self.daemons)
            raise TimeoutError(f"{error}\n{tails}") from None

    def wait(self) -> None:
        """As long as a keeper has for an answer to a block."""
        time.sleep(PAUSE)

    def open(self, daemon: Daemon, *options: str) -> Daemon:
        """Start a keeper and mine until it is healthy: synchronised, compared, a cycle behind it."""
        daemon.start(*options)
        self.advance("the keeper is healthy", daemon.is_healthy)
        return daemon

    def calm(self) -> None:
        """Mine until nobody is liquidatable any more."""
        self.advance("nobody is liquidatable", lambda: not self.venue.census().liquidatable)

    def settle(self, daemon: Daemon) -> None:
        """Mine until all that a keeper has sent is in blocks and confirmed."""
        self.advance("nothing waits", lambda: not self.pending(daemon))
        for _ in range(SETTINGS["chain"]["confirmations"] + 1):
            self.venue.mine()
            self.wait()
        self.advance("all is settled", lambda: daemon.metrics().get("plimsoll_journal_unsettled") == 0)

    def pending(self, daemon: Daemon) -> dict[int, dict[str, Any]]:
        """A keeper's transactions that wait to be mined, by nonce."""
        pool = self.venue.rpc("txpool_content")
        return {
            int(nonce): transaction
            for sender, by_nonce in pool["pending"].items()
            if sender.lower() == daemon.key.address.lower()
            for nonce, transaction in by_nonce.items()
        }

    def check_secrecy(self) -> None:
        """No keeper may have written its key anywhere."""
        for daemon in self.daemons:
            key = daemon.key.key.hex()
            for file in daemon.folder.rglob("*"):
                if file.is_file() and key in file.read_text(errors="replace").lower():
                    raise RuntimeError(f"{file.name} of a keeper holds its private key")

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
    with running_anvil("--gas-limit", str(BLOCK_GAS), *options) as node:
        stage = Stage(Venue(node.w3(), prices, **source), folder, node)
        try:
            yield stage
            stage.check_secrecy()
        finally:
            for daemon in stage.daemons:
                daemon.end()
            # Nobody speaks through them any more.
            stage.proxies.close()
