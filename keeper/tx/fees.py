"""EIP-1559 fees, within the operator's limits. All in wei per gas."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median_low
from typing import Any

from keeper.arithmetic import div_up
from keeper.chain.errors import Lying, Transient
from keeper.chain.parse import quantity
from keeper.chain.rpc import Node

GWEI = 10**9
# Blocks looked back on, and the tip of whom: the cheaper half got in.
BLOCKS, PERCENTILE = 10, 50
# Where nobody tipped lately.
DEFAULT_PRIORITY = GWEI
# A replacement pays at least 12.5 % more of both: nodes ask for 10 %.
BUMP = (9, 8)


class FeesTooHigh(Transient):
    """The chain costs more than the operator allows: wait."""


@dataclass(frozen=True, slots=True)
class Fee:
    max_fee: int
    priority: int


@dataclass(frozen=True, slots=True)
class FeeLimits:
    max_fee: int
    max_priority: int


class Fees:
    def __init__(self, node: Node, limits: FeeLimits) -> None:
        self._node = node
        self.limits = limits

    async def current(self) -> Fee:
        """For the next block. FeesTooHigh while its base fee is above the operator's limit."""
        params = [hex(BLOCKS), "latest", [PERCENTILE]]
        base, priority = await self._node.call("eth_feeHistory", params, market_of)
        return clamped(base, priority, self.limits)

    async def gas_price(self) -> int:
        """What a transaction of now would pay at most likely: base fee of the next block and tip."""
        params = [hex(BLOCKS), "latest", [PERCENTILE]]
        base, priority = await self._node.call("eth_feeHistory", params, market_of)
        return int(base + min(priority, self.limits.max_priority))


def market_of(history: Any) -> tuple[int, int]:
    """Base fee of the next block, and the usual tip."""
    if not isinstance(history, Mapping) or not history.get("baseFeePerGas"):
        raise Lying("answered no fee history")
    base = quantity(history["baseFeePerGas"][-1])
    rewards = [quantity(each[0]) for each in history.get("reward") or [] if each]
    tips = [reward for reward in rewards if reward > 0]
    return base, median_low(tips) if tips else DEFAULT_PRIORITY


def clamped(base: int, priority: int, limits: FeeLimits) -> Fee:
    """Room for the base fee to double, within the operator's limits.

    As long as that is enough, two replacements fit below the limits: what begins there can never be replaced.
    """
    if base > limits.max_fee:
        raise FeesTooHigh(
            f"the base fee is {base / GWEI:.3f} gwei, the operator's limit {limits.max_fee / GWEI:.3f}: "
            "nothing is sent until it falls; raise max_fee_gwei to act now"
        )
    tip = min(priority, _before_bumps(limits.max_priority))
    needed = base + tip
    max_fee = min(needed + base, max(_before_bumps(limits.max_fee), needed), limits.max_fee)
    return Fee(max_fee, min(tip, max_fee))


def _before_bumps(limit: int) -> int:
    """What stays within the limit after two replacements, each rounded up."""
    return max(limit * BUMP[1] ** 2 // BUMP[0] ** 2 - 2, 0)


def bumped(old: Fee, now: Fee, limits: FeeLimits) -> Fee | None:
    """What replaces a transaction of fee `old`; None: it would cost more than the operator allows."""
    raised = Fee(
        max(div_up(old.max_fee * BUMP[0], BUMP[1]), now.max_fee, 1),
        max(div_up(old.priority * BUMP[0], BUMP[1]), now.priority, 1),
    )
    if raised.max_fee > limits.max_fee or raised.priority > limits.max_priority:
        return None
    return Fee(max(raised.max_fee, raised.priority), raised.priority)
