"""The demonstration itself: a chain, a venue, a crowd, the keeper beside it, a crash, a liar, the end.

A block is mined at the recorded second of every price, and the next one only when the keeper has answered:
what happens depends on the prices and the seed, not on the machine. Transactions stand in a block in the
order of what they offer: the liar, the keeper, traders, then the new prices, so that what was decided at the
end of one block meets the next one as it was.
"""

import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.demo.chronicle import Chronicle
from scripts.demo.flow import Flow
from scripts.demo.liar import Liar
from scripts.demo.opening import Crowd, open_crowd
from scripts.demo.stage import Stage, is_at_work
from scripts.demo.story import Story, Trader
from scripts.demo.window import Tick, Window, longest
from scripts.sandbox.artifacts import prepare
from scripts.sandbox.keeper_process import Daemon, wait_until
from scripts.sandbox.node import CHAIN_ID, Anvil, free_port, running_anvil
from scripts.sandbox.venue import BLOCK_GAS, Venue, keeper_key

Show = Callable[[], None]
CONTRACTS = (
    *("ClearingHouse", "Lens", "Waterfall", "Exchange", "InsuranceVault", "Governance", "OracleRouter"),
    *("SignedSource", "FaucetToken"),
)
# Seconds on the chain before the first price, in which the venue comes to be.
SETUP = 3_600
HOUR, DAYS_2 = 3_600, 2 * 86_400
PPM = 10**6
# Of the notional of all positions at the start: what the vault has and may pay in a day for all markets
# together, what it may pay for one, and what the keeper has for takeovers.
FUND_PPM, FUND_OF_MARKET_PPM, KEEPER_PPM = 250, 150, 600_000
# Seconds between two blocks after the last price, and how many there are at most until all is calm.
QUIET_SECONDS, QUIET_BLOCKS = 12, 60
# Of the keeper's start, on a machine that does much else.
READY_SECONDS = 120
# Blocks until what was sent last counts as settled.
CONFIRMATIONS = 2


@dataclass
class Play:
    """`run` tells `story` what happens, and calls `show` whenever something did."""

    story: Story
    ticks: list[Tick]
    folder: Path
    show: Show
    # Seconds per block at least.
    pace: float = 0.0

    def __post_init__(self) -> None:
        self.began = time.monotonic()
        self.names = {market.market_id: market.name for market in self.story.markets}
        self.node: Anvil | None = None
        self.daemon: Daemon | None = None

    def run(self, stack: ExitStack) -> "Finished":
        """Chain and keeper live until the stack is closed."""
        self.phase("compiling the contracts", len(CONTRACTS))
        prepare(CONTRACTS, self.done)
        node = self.node = stack.enter_context(running_anvil(*self._node_options()))
        venue = self._deploy(node)
        crowd = self._open(venue, node)
        daemon, account_id = self._hire(venue, node, crowd)
        self.daemon = daemon
        stack.callback(_dismiss, daemon)
        chronicle = Chronicle(venue, node, self.story, daemon.key.address)
        self._start(venue, daemon, chronicle)
        before = {trader.account_id: chronicle.worth(trader.account_id) for trader in crowd.traders}
        liar = Liar(venue, node, daemon.key.address, self.story)
        flow = Flow(venue, node, crowd, self.story.scenario.seed, len(self.ticks))
        stage = Stage(venue, node, daemon, chronicle, liar)
        first_block = venue.head + 1
        self._play(stage, flow)
        self._calm(stage)
        self._compare(chronicle, crowd, before, flow)
        return Finished(node, venue, daemon, account_id, first_block)

    def casualty(self) -> str | None:
        """A process without which it cannot go on, and that has ended; None: they live, or were not there
        yet."""
        if self.node is not None and (code := self.node.process.poll()) is not None:
            return f"the chain has ended (exit code {code})"
        process = None if self.daemon is None else self.daemon.process
        if process is not None and (code := process.poll()) is not None:
            return f"the keeper has ended (exit code {code}): see {self.folder / 'keeper' / 'keeper.log'}"
        return None

    # -- telling

    def phase(self, name: str, total: int) -> None:
        self.story.phase, self.story.done, self.story.total = name, 0, total
        self._tell()

    def done(self, count: int) -> None:
        self.story.done = count
        self._tell()

    def progress(self, done: int, total: int) -> None:
        self.story.done, self.story.total = done, total
        self._tell()

    def _tell(self) -> None:
        self.story.seconds = time.monotonic() - self.began
        self.show()

    # -- phases

    def _deploy(self, node: Anvil) -> Venue:
        self.phase("deploying the venue", 1)
        # Blocks are a second apart until the prices' own times count, however long this takes.
        node.rpc("anvil_setBlockTimestampInterval", 1)
        opening = [self.ticks[0].prices[name] for name in self.names.values()]
        window = Window(self.story.scenario.starts_at, self.story.scenario.ends_at)
        max_age = min(max(2 * HOUR, 2 * longest(window)), DAYS_2)
        venue = Venue(node.w3(), opening, max_age=max_age)
        self.done(1)
        return venue

    def _open(self, venue: Venue, node: Anvil) -> Crowd:
        self.phase("traders open their positions", 1)
        scenario = self.story.scenario
        crowd = open_crowd(venue, node, scenario.traders, scenario.seed, self.progress)
        fund, one = (crowd.notional * part // PPM for part in (FUND_PPM, FUND_OF_MARKET_PPM))
        venue.insure(fund, {0: fund, **dict.fromkeys(venue.marks, one)})
        self.story.insurance_before = int(venue.system.vault.functions.totalAssets().call())
        return crowd

    def _hire(self, venue: Venue, node: Anvil, crowd: Crowd) -> tuple[Daemon, int]:
        key = keeper_key()
        account_id = venue.open_keeper(key, crowd.notional * KEEPER_PPM // PPM)
        return Daemon(self.folder / "keeper", _settings(venue, node, account_id), key), account_id

    def _start(self, venue: Venue, daemon: Daemon, chronicle: Chronicle) -> None:
        self.phase("the keeper starts", 1)
        venue.hold()
        daemon.start()
        chronicle.catch_up()
        # Not until it is healthy: by its clock the chain's newest block is as old as the recorded day.
        wait_until("the keeper is at work", lambda: is_at_work(daemon), READY_SECONDS)
        self.done(1)

    def _play(self, stage: Stage, flow: Flow) -> None:
        self.phase("the crash", len(self.ticks))
        self.story.seconds_before = time.monotonic() - self.began
        for count, tick in enumerate(self.ticks, 1):
            due = time.monotonic() + self.pace
            flow.act(count)
            prices = {market: tick.prices[name] for market, name in self.names.items()}
            stage.mine(tick.time, prices)
            self.done(count)
            time.sleep(max(due - time.monotonic(), 0))

    def _calm(self, stage: Stage) -> None:
        """Prices stand still until nobody is in trouble and nothing is under way."""
        self.phase("the venue calms down", QUIET_BLOCKS)
        quiet = 0
        for count in range(1, QUIET_BLOCKS + 1):
            stage.mine(self.ticks[-1].time + count * QUIET_SECONDS, dict(stage.venue.marks))
            self.done(count)
            quiet = quiet + 1 if stage.is_calm() else 0
            if quiet > CONFIRMATIONS:
                break
        stage.chronicle.still_waiting()
        self.done(QUIET_BLOCKS)

    def _compare(
        self, chronicle: Chronicle, crowd: Crowd, before: dict[int, tuple[int, int]], flow: Flow
    ) -> None:
        for trader in crowd.traders:
            account_id = trader.account_id
            worth, notional = chronicle.worth(account_id)
            self.story.traders.append(
                Trader(
                    account_id=account_id,
                    worth_before=before[account_id][0] + flow.deposited.get(account_id, 0),
                    worth_after=worth,
                    open_before=before[account_id][1],
                    open_after=notional,
                )
            )

    def _node_options(self) -> list[str]:
        genesis = self.story.scenario.starts_at - SETUP
        return ["--gas-limit", str(BLOCK_GAS), "--timestamp", str(genesis), "--base-fee", "0"]


@dataclass(frozen=True)
class Finished:
    """What is left standing: for the checks, and for whoever wants to look around. `first_block`: of the
    prices."""

    node: Anvil
    venue: Venue
    daemon: Daemon
    keeper_account: int
    first_block: int


def _settings(venue: Venue, node: Anvil, account_id: int) -> dict[str, Any]:
    """The keeper's."""
    return {
        "chain": {
            "id": CHAIN_ID,
            "endpoints": [node.ws],
            "poll_seconds": 0.2,
            "confirmations": CONFIRMATIONS,
        },
        "contracts": {
            "clearing_house": venue.system.clearing_house.address,
            "lens": venue.system.lens.address,
        },
        "keeper": {"account_id": account_id, "folder": "data", "reconcile_every_blocks": 50},
        "limits": {"max_fee_gwei": 100, "leverage": 10},
        "telemetry": {"port": free_port(), "log_format": "json"},
    }


def _dismiss(daemon: Daemon) -> None:
    """However it is, it is gone afterwards; if it can, after its cycle."""
    with suppress(RuntimeError, subprocess.TimeoutExpired):
        daemon.stop()
    daemon.end()
