"""What the keeper's layers hand to one another.

Units as on the chain: sizes, prices, rates and ROE are WAD, money is in quote units, times are Unix seconds.
"""

from keeper.types.actions import (
    Accrue,
    Action,
    ActionKey,
    Deleverage,
    DeleverageNext,
    Flag,
    Liquidate,
    Publish,
    Relink,
    Side,
    Sync,
    Update,
)
from keeper.types.lens import LensAccount, LensMarket, LensPosition
from keeper.types.plans import Answers, Facts, Finding, Limits, Observation, Own, Plan
from keeper.types.pyth import PythPrice, PythRule
from keeper.types.rounds import Deleveraged, PassedOver, Round, RoundReceipt, Visit
from keeper.types.state import AccountState, BlockRef, Mark, PositionState, RawLog, SourceConfig
from keeper.types.transactions import Outcome, Refused, Setback, Submission, TxRequest

__all__ = [
    "AccountState",
    "Accrue",
    "Action",
    "ActionKey",
    "Answers",
    "BlockRef",
    "Deleverage",
    "DeleverageNext",
    "Deleveraged",
    "Facts",
    "Finding",
    "Flag",
    "LensAccount",
    "LensMarket",
    "LensPosition",
    "Limits",
    "Liquidate",
    "Mark",
    "Observation",
    "Outcome",
    "Own",
    "PassedOver",
    "Plan",
    "PositionState",
    "Publish",
    "PythPrice",
    "PythRule",
    "RawLog",
    "Refused",
    "Relink",
    "Round",
    "RoundReceipt",
    "Setback",
    "Side",
    "SourceConfig",
    "Submission",
    "Sync",
    "TxRequest",
    "Update",
    "Visit",
]
