"""Compiled modules, callable in process."""

from pathlib import Path
from typing import Any

import boa
import pytest

from tests.fuzz.ranges import DECIMALS

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def harnesses() -> dict[int, Any]:
    """ArithmeticHarness by decimals of the collateral."""
    boa.interpret.set_search_paths([str(ROOT)])
    token = boa.load_partial(str(ROOT / "contracts" / "FaucetToken.vy"))
    harness = boa.load_partial(str(ROOT / "contracts" / "mocks" / "ArithmeticHarness.vy"))
    return {d: harness.deploy(token.deploy("Test USD", "tUSD", d)) for d in DECIMALS}
