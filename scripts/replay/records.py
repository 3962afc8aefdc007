"""What happened as plain rows, by the names of the input; money in whole tokens, exact text."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from keeper.types import PassedOver
from scripts.demo.story import Liquidation
from scripts.replay.keeping import Done
from scripts.replay.opening import Names, Refused
from scripts.replay.rounds import Seen
from scripts.replay.run import Filled, Outcome
from scripts.replay.words import money, number, part

Row = dict[str, Any]


def events(out: Outcome) -> Iterator[Row]:
    """In order."""
    for refused in out.refused:
        yield _refused(refused)
    for each in out.happened:
        match each:
            case Filled():
                yield _fill(each)
            case Liquidation():
                yield _liquidation(each, out.names)
            case Seen():
                yield {"event": "round", **round_row(each, out.names), **_visits(each, out.names)}
            case Done():
                yield _setback(each, out.names)


def round_row(seen: Seen, names: Names) -> Row:
    """A round without its visits. `price`: what those hit were closed at, of the first."""
    made = seen.receipt.round
    return {
        "block": seen.receipt.block_number,
        "time": seen.receipt.timestamp,
        "market": names.market(made.market_id),
        "account": names.account(made.account_id),
        "side": "long" if made.size > 0 else "short",
        "size": number(abs(made.size)),
        "mark": number(seen.mark),
        "price": number(seen.hits[0].price) if seen.hits else "",
        "shortfall": money(made.shortfall),
        "insurance_paid": money(made.insurance_paid),
        "haircut": money(made.haircut),
        "closed": number(made.closed),
        "left": number(made.left),
        "hit": len(seen.hits),
        "passed_over": len(made.visits) - len(seen.hits),
        "by_list": made.verified,
        "agrees": seen.agrees,
    }


def account_rows(out: Outcome) -> Iterator[Row]:
    """Everybody, before and after; the keeper and the rest of the venue among them."""
    liquidated = Counter(each.account_id for each in out.all(Liquidation))
    deleveraged = Counter(seen.receipt.round.account_id for seen in out.rounds)
    hits = [(hit.counterparty, hit) for seen in out.rounds for hit in seen.hits]
    haircuts: Counter[int] = Counter()
    for account_id, hit in hits:
        haircuts[account_id] += hit.haircut
    times = Counter(account_id for account_id, _ in hits)
    whole = Counter(account_id for account_id, hit in hits if hit.left == 0)
    for account_id, after in out.after.items():
        before = out.before[account_id]
        yield {
            "account": out.names.account(account_id),
            "worth_before": money(before.sure_equity),
            "worth_after": money(after.sure_equity),
            "positions_before": len(before.legs),
            "positions_after": len(after.legs),
            "liquidated": liquidated[account_id],
            "deleveraged": deleveraged[account_id],
            "hit": times[account_id],
            "closed": whole[account_id],
            "haircut": money(haircuts[account_id]),
            "was_bankrupt": account_id in out.bankrupt,
        }


def _refused(refused: Refused) -> Row:
    holding = refused.holding
    return {
        "event": "position refused",
        "where": f"{holding.place.file}:{holding.place.line}",
        "account": holding.account,
        "market": holding.market,
        "size": number(holding.size),
        "entry_price": number(holding.entry_price),
        "leverage": holding.leverage,
        "reason": refused.reason,
    }


def _fill(filled: Filled) -> Row:
    trade = filled.trade
    row = {
        "event": "fill refused" if filled.reason else "fill",
        "block": filled.block,
        "time": filled.time,
        "where": f"{trade.place.file}:{trade.place.line}",
        "market": trade.market,
        "buyer": trade.buyer,
        "seller": trade.seller,
        "size": number(trade.size),
        "price": number(trade.price),
        "buyer_leverage": trade.buyer_leverage,
        "seller_leverage": trade.seller_leverage,
    }
    return row | ({"reason": filled.reason} if filled.reason else {})


def _liquidation(each: Liquidation, names: Names) -> Row:
    return {
        "event": "liquidation",
        "block": each.block,
        "time": each.time,
        "market": names.market(each.market_id),
        "account": names.account(each.account_id),
        "side": "long" if each.is_long else "short",
        "size": number(each.size),
        "price": number(each.price),
        "penalty": money(each.penalty),
        "insurance_paid": money(each.insurance_paid),
        "was_bankrupt": each.was_bankrupt,
    }


def _setback(done: Done, names: Names) -> Row:
    """Of the keeper's transactions one that the contracts refused."""
    what, account_id, market_id = done.action.key
    return {
        "event": "keeper refused",
        "block": done.block,
        "time": done.time,
        "what": what,
        "account": names.account(account_id) if account_id else "",
        "market": names.market(market_id) if market_id else "",
        "reason": done.mined.reason,
    }


def _visits(seen: Seen, names: Names) -> Row:
    """Ranks from 1."""
    hits, passed_over = [], []
    shares = {share.account_id: share for share in seen.shares}
    for visit in seen.receipt.round.visits:
        who = {"account": names.account(visit.counterparty), "rank": visit.rank + 1}
        if isinstance(visit, PassedOver):
            passed_over.append({**who, "equity": money(visit.equity)})
            continue
        share = shares.get(visit.counterparty)
        hits.append(
            {
                **who,
                "roe": number(visit.roe),
                "size": number(abs(visit.size)),
                "left": number(abs(visit.left)),
                "price": number(visit.price),
                "profit": money(share.profit) if share else "",
                "haircut": money(visit.haircut),
                "equity_after": money(share.equity_after) if share else "",
            }
        )
    return {"hits": hits, "those_passed_over": passed_over, "differences": list(seen.differences)}


def score_rows(out: Outcome) -> list[Row]:
    """The comparison of policies."""
    return [
        {
            "policy": score.policy,
            "accounts_hit": score.accounts_hit,
            "closings": score.closings,
            "fully_closed": score.fully_closed,
            "haircut": money(score.haircut),
            "largest_haircut_of_profit": part(score.largest_part),
            "top_account": out.names.account(score.top_account) if score.top_account else "",
            "top_account_share": part(score.top_part),
            "overshoot": money(score.overshoot),
            "negative_after": score.bankrupted,
            "beyond_profit": score.beyond_profit,
        }
        for score in out.scores
    ]
