"""Gas limits of what the plan decides."""

import pytest

from keeper.calls import Addresses, Calls
from keeper.types import AccountState, Deleverage, DeleverageNext, PositionState

# contracts/WATERFALL.md, section 10: 256 visits, all of accounts in eight markets; one transaction's most.
MEASURED, MOST = 8_621_038, 2**24
HELD = PositionState(1, 1, 0, False, 1)


def account(account_id: int) -> AccountState:
    markets = range(1, 2 if account_id == 1 else 9)
    return AccountState(account_id, 0, 0, dict.fromkeys(markets, HELD))


@pytest.mark.parametrize("action", [Deleverage(1, 1, tuple(range(2, 258))), DeleverageNext(1, 1, 256)])
def test_request__a_round_against_accounts_in_eight_markets__has_the_gas(
    action: Deleverage | DeleverageNext,
) -> None:
    house = "0x" + "11" * 20
    calls = Calls(Addresses(house, house), account, lambda _: (house, "0x", 0))
    assert MEASURED < calls.request(action).gas <= MOST
