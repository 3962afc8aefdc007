"""The checks at the end of a chain that breaks its rules: a Waterfall with one line changed."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from scripts.build_cache import CONTRACTS
from scripts.sandbox.artifacts import artifact
from scripts.sandbox.venue import Venue
from tests.demo.wrecked import BROKE, THIN, Wrecked, broken
from tests.helpers.parameters import WAD
from tests.keeper.stage import PRICE
from tests.keeper.victims import wreck

# A victim is below 1.25 x its maintenance and not below that.
NOT_THIN = 3_924 * WAD


@dataclass(frozen=True)
class Fault:
    """`line` of a module, `instead` what is there, and the price and the call that show it."""

    module: str
    line: str
    instead: str
    price: int
    act: Callable[[Wrecked, int], None]
    breaks: frozenset[str]


def liquidate(wrecked: Wrecked, victim: int) -> None:
    wrecked.liquidate(victim)


def deleverage_without_the_best(wrecked: Wrecked, victim: int) -> None:
    system = wrecked.venue.system
    ranked = system.lens.functions.adl_queue(1, False, 0, 20).call()
    wrecked.venue.market.send(system.clearing_house.functions.deleverage(victim, 1, ranked[1:]))


FAULTS = {
    "a friend may be left out": Fault(
        "modules/deleveraging.vy",
        'assert queue._roe_of(word, is_long, market.mark) == roe, "adl: not top ranked"',
        "roe = queue._roe_of(word, is_long, market.mark)",
        BROKE,
        deleverage_without_the_best,
        frozenset({"ADL-2"}),
    ),
    "more is closed than needed": Fault(
        "modules/liquidation.vy",
        "    return size\n",
        "    return size + 1\n",
        THIN,
        liquidate,
        frozenset({"LIQ-4"}),
    ),
    "anybody may be liquidated": Fault(
        "Waterfall.vy",
        'errors._require(standing.equity < convert(standing.maintenance, int256), "liq: not liquidatable")',
        "pass",
        NOT_THIN,
        liquidate,
        frozenset({"LIQ-1", "LIQ-4"}),
    ),
}


def faulty_code(venue: Venue, fault: Fault, folder: Path) -> str:
    """Runtime code of the changed Waterfall, for the venue's system."""
    shutil.copytree(CONTRACTS, folder / "contracts")
    source = folder / "contracts" / fault.module
    text = source.read_text()
    assert text.count(fault.line) == 1
    source.write_text(text.replace(fault.line, fault.instead))
    command = [sys.executable, "-m", "vyper.cli.vyper_compile", "contracts/Waterfall.vy"]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    system = venue.system
    arguments = [each.address for each in (system.token, system.router, system.vault)]
    factory: Any = venue.w3.eth.contract(abi=artifact("Waterfall").abi, bytecode=run.stdout.strip())
    deployment = factory.constructor(*arguments).transact({"from": venue.market.sender})
    receipt = venue.w3.eth.wait_for_transaction_receipt(deployment)
    address = receipt["contractAddress"]
    assert address is not None
    return str(venue.w3.eth.get_code(address).to_0x_hex())


@pytest.mark.slow
@pytest.mark.parametrize("name", FAULTS)
def test_check__contract_has_a_fault__finds_it(wrecked: Wrecked, tmp_path: Path, name: str) -> None:
    fault, venue = FAULTS[name], wrecked.venue
    with wrecked.undone() as rpc:
        venue.market.report(1, PRICE)
        victim = wreck(venue, 4).victim
        rpc("anvil_setCode", venue.system.waterfall.address, faulty_code(venue, fault, tmp_path))
        venue.market.report(1, fault.price)
        fault.act(wrecked, victim)
        story = wrecked.checked()
    assert broken(story) == fault.breaks
