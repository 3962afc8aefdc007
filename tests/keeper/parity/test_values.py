"""What accounts are worth, must hold and are short of: the keeper's and the contracts' numbers."""

from hypothesis import given, settings

from keeper.strategy.liquidation import liquidatable_size
from keeper.strategy.revaluation import revalue, suspects
from keeper.strategy.risk import account_values, bankruptcy_quote, shortfall
from tests.keeper.parity.mirror import HOUSE, Mirror, episodes, play

STEPS = 48
# Steps between two comparisons.
PAUSE = 8


def same_accounts(mirror: Mirror) -> None:
    for account_id in mirror.accounts:
        seen = mirror.standing(account_id)
        said = mirror.says(HOUSE, "account_values", account_id)
        if seen.unpriced:
            assert said is None
        else:
            values = account_values(seen)
            assert said == (
                values.equity,
                values.initial_requirement,
                values.maintenance_requirement,
                values.withdrawable,
            )
        assert mirror.says(HOUSE, "is_liquidatable", account_id) == seen.is_liquidatable
        assert mirror.says(HOUSE, "is_bankrupt", account_id) == seen.is_bankrupt


def same_legs(mirror: Mirror) -> None:
    for seen, market_id in mirror.legs():
        leg, account_id = seen.legs[market_id], seen.account_id
        size = abs(leg.size)
        if not leg.priced:
            assert mirror.says("Lens", "shortfall", account_id, market_id) is None
            continue
        assert mirror.says("Lens", "shortfall", account_id, market_id) == shortfall(seen, market_id)
        for part in {1, (size + 1) // 3, size} - {0}:
            quote = bankruptcy_quote(mirror.book, seen, market_id, part)
            assert mirror.says("Lens", "bankruptcy_quote", account_id, market_id, part) == quote
        closable = liquidatable_size(mirror.book, seen, market_id)
        assert mirror.says("Lens", "liquidatable_size", account_id, market_id) == closable


def known_within_error(mirror: Mirror) -> None:
    values = revalue(mirror.book, mirror.marks)
    found = set(suspects(values).tolist())
    for account_id in mirror.accounts:
        seen = mirror.standing(account_id)
        equity, maintenance = int(values.equity[account_id - 1]), int(values.maintenance[account_id - 1])
        assert abs(seen.equity - equity) <= values.error
        assert abs(seen.equity - seen.maintenance - (equity - maintenance)) <= values.error
        assert not seen.is_liquidatable or account_id in found


@given(episodes)
@settings(max_examples=3)
def test_standing__of_every_account_in_a_storm__is_the_contracts(episode: tuple[int, int, str]) -> None:
    for step, mirror in enumerate(play(episode, STEPS)):
        known_within_error(mirror)
        if step % PAUSE == 0:
            same_accounts(mirror)
            same_legs(mirror)
