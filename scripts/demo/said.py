"""What happened, a sentence each."""

from scripts.demo.facts import market_name
from scripts.demo.story import Action, Refusal, Round, Story
from scripts.demo.words import accounts, count, money

# By function of the contracts; whom it was about stands in the middle.
ACTIONS = {
    "liquidate": "liquidated {}",
    "deleverage": "deleveraged {} by its list",
    "deleverage_next": "let the chain deleverage {}",
    "flag_bankrupt": "flagged {} as bankrupt",
    "relink": "put {} back into the queue",
    "accrue_funding": "accrued funding in {}",
    "report": "reported a price of {}",
    "sync": "fetched prices",
}


def action(story: Story, made: Action) -> str:
    account = f"account {made.account_id}" if made.account_id else ""
    market = market_name(story, made.market_id) if made.market_id else ""
    whom = f"{account} in {market}" if account and market else account or market
    return ACTIONS.get(made.what, f"{made.what} {{}}").format(whom).rstrip()


def round_made(story: Story, made: Round) -> str:
    position = f"{market_name(story, made.market_id)} {'long' if made.is_long else 'short'}"
    paid = f"haircut {money(made.haircut)}, insurance {money(made.insurance_paid)}"
    return f"{position} of account {made.account_id} closed against {count(len(made.hits), 'winner')}, {paid}"


def lie(told: Refusal) -> tuple[str, str]:
    """Two lines: what was tried and the chain's answer; the lists."""
    tried = f"list without account {told.friend} (rank {told.friend_rank})"
    return (
        f"{tried} refused in block {told.block:,}: {told.reason}",
        f"  given: {accounts(told.given)}; right: {accounts(told.right)}",
    )
