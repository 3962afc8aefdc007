"""`make fuzz STEPS= SEED=`: random actions on the compiled contracts against the model, in process.

A run is a row of episodes, each reproducible from its own number; a failure is cut down to what it takes.

    python -m tests.fuzz.run --steps 200000 --seed 7
    python -m tests.fuzz.run --episode 7000012 --decimals 6        one episode again
"""

import argparse
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tests.fuzz.coverage import print_coverage
from tests.fuzz.episode import Episode
from tests.helpers.chain.boa_chain import BoaChain
from tests.stateful.actions import Actions
from tests.stateful.pair import Entry

EPISODE_STEPS = 250
# Episodes of one seed; seeds further apart than this never share one.
SEED_STRIDE = 10**6
# Seconds spent on cutting a failure down.
SHRINK_SECONDS = 120
DECIMALS = (6, 18)


class Failed(Exception):
    """An episode ended early; `log` is what it did."""

    def __init__(self, seed: int, decimals: int, log: Sequence[Entry], cause: Exception) -> None:
        super().__init__(str(cause))
        self.seed = seed
        self.decimals = decimals
        self.log = list(log)
        self.cause = cause


class Runner:
    """One chain per number of decimals, made as new before every episode."""

    def __init__(self) -> None:
        self._chains: dict[int, tuple[BoaChain, object]] = {}
        self.outcomes: Counter[str] = Counter()
        self.sights: Counter[str] = Counter()

    @contextmanager
    def chain(self, decimals: int) -> Iterator[BoaChain]:
        if decimals not in self._chains:
            chain = BoaChain(decimals)
            self._chains[decimals] = (chain, chain.snapshot())
        chain, deployed = self._chains[decimals]
        try:
            yield chain
        finally:
            chain.restore(deployed)
            self._chains[decimals] = (chain, chain.snapshot())

    def episode(
        self, seed: int, decimals: int, steps: int, on_step: Callable[[], None], kind: str | None = None
    ) -> None:
        with self.chain(decimals) as chain:
            episode = Episode(chain, decimals, seed, kind)
            try:
                episode.start()
                for _ in range(steps):
                    episode.step()
                    on_step()
                episode.check()
            except Exception as cause:
                raise Failed(seed, decimals, episode.actions.log, cause) from cause
            self.outcomes += episode.actions.outcomes
            self.sights += episode.actions.sights

    def failure(self, log: Sequence[Entry], decimals: int) -> str | None:
        """How replaying these actions goes wrong: what was wrong, without its numbers."""
        with self.chain(decimals) as chain:
            try:
                Actions(chain, decimals).replay(log)
            except AssertionError as failure:
                return re.sub(r"0x[0-9a-f]+|[0-9]+", "", str(failure).partition("\n")[0])
            return None

    def shrunk(self, log: list[Entry], decimals: int) -> list[Entry]:
        """Fewer actions that fail in the same way: leaves out ever smaller runs while there is time."""
        deadline = time.monotonic() + SHRINK_SECONDS
        failure, length = self.failure(log, decimals), len(log) // 2
        while length:
            start = 0
            while start < len(log) and time.monotonic() < deadline:
                fewer = log[:start] + log[start + length :]
                if self.failure(fewer, decimals) == failure:
                    log = fewer
                else:
                    start += length
            length //= 2
        return log


def episodes(seed: int, steps: int) -> Iterator[tuple[int, int, int]]:
    """(seed, decimals, steps) of each."""
    for i, done in enumerate(range(0, steps, EPISODE_STEPS)):
        yield seed * SEED_STRIDE + i, DECIMALS[i % len(DECIMALS)], min(EPISODE_STEPS, steps - done)


def report(console: Console, runner: Runner, failure: Failed) -> None:
    """What went wrong and how to see it again."""
    console.print_exception(show_locals=False)
    console.rule("the actions it takes")
    reproduced = runner.failure(failure.log, failure.decimals) is not None
    log = runner.shrunk(failure.log, failure.decimals) if reproduced else failure.log
    print(f"chain = BoaChain({failure.decimals}); actions = Actions(chain, {failure.decimals})")
    for entry in log:
        print(entry)
    console.rule()
    print(f"again: python -m tests.fuzz.run --episode {failure.seed} --decimals {failure.decimals}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--episode", type=int, help="repeat this one")
    parser.add_argument("--decimals", type=int, choices=DECIMALS, default=6)
    options = parser.parse_args()
    plan = episodes(options.seed, options.steps)
    steps = options.steps
    if options.episode is not None:
        plan, steps = iter([(options.episode, options.decimals, EPISODE_STEPS)]), EPISODE_STEPS

    console, runner = Console(), Runner()
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("steps"), TextColumn("{task.fields[rate]}"))
    console.print(f"fuzz: {steps} steps, seed {options.seed}")
    started = time.monotonic()
    with Progress(*columns, TimeRemainingColumn(), console=console, refresh_per_second=2) as progress:
        task = progress.add_task("", total=steps, rate="")

        def on_step() -> None:
            done = progress.tasks[0].completed + 1
            rate = f"{done / (time.monotonic() - started):.0f} steps/s"
            progress.update(task, advance=1, rate=rate)

        try:
            for each in plan:
                runner.episode(*each, on_step)
        except Failed as failure:
            progress.stop()
            report(console, runner, failure)
            return 1
    print_coverage(console, runner.outcomes, runner.sights)
    return 0


if __name__ == "__main__":
    sys.exit(main())
