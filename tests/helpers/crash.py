"""Bankruptcies made to measure, and the verbs of the waterfall. Market 1 starts at 4,000, without fees or
funding."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import ape
from ape.api import AccountAPI, ReceiptAPI

from tests.helpers.books import assert_books, list_of
from tests.helpers.desk import PRICE, USD, Desk
from tests.helpers.model.arithmetic import LEVERAGES
from tests.helpers.parameters import WAD
from tests.helpers.reading import rpc, storage

# After the crash: a long at 4,000 has lost 100 per base.
CRASHED = 3_900 * WAD
NOT_TOP = "adl: not top ranked"
NO_COUNTERPARTIES = "adl: no counterparties"
ALL = 2**256 - 1


@dataclass(frozen=True)
class Wreck:
    """A long of one base per winner, bought at 4,000 with 50 of margin per base: 50 per base short at 3,900.

    `winners` are shorts of one base each, best rank first, with 1,000 of margin.
    """

    victim: int
    winners: list[int]


def wreck(
    desk: Desk,
    trader: AccountAPI,
    winner: AccountAPI,
    leverages: Sequence[int] = (20, 10, 5),
    margin: int = 50,
) -> Wreck:
    """Still at 4,000: `fall` makes it bankrupt."""
    victim = desk.account(trader)
    desk.endow(victim, margin * len(leverages) * desk.unit)
    winners = [desk.account(winner) for _ in leverages]
    for account, leverage in zip(winners, leverages, strict=True):
        desk.endow(account, 1_000 * desk.unit)
        short(desk, account, victim, leverage=leverage)
    return Wreck(victim, winners)


def short(
    desk: Desk,
    seller: int,
    buyer: int,
    size: int = WAD,
    price: int = PRICE,
    leverage: int = 10,
    market_id: int = 1,
    buyer_leverage: int = 100,
) -> ReceiptAPI:
    """The seller's order rests at its leverage, the buyer takes it at the buyer's."""
    ask = desk.order(seller, -size, price, leverage, market_id)
    return desk.fill(ask, desk.opposite(ask, buyer, leverage=buyer_leverage))


def move(desk: Desk, price: int, market_id: int = 1) -> None:
    """Bring the mark to a price in steps that the router takes at once."""
    mark = int(desk.router.last_accepted(market_id)[0])
    while mark != price:
        mark = max(min(price, mark * 109 // 100), mark * 91 // 100)
        desk.report(mark, market_id)


def fall(desk: Desk, price: int = CRASHED, market_id: int = 1) -> None:
    desk.report(price, market_id)


# -- the vault


def insure(
    desk: Desk, depositor: AccountAPI, amount: int, markets: Sequence[int] = (1,), cap: int = 10**15
) -> None:
    """Deposit quote units, and let as much be paid for these markets as the cap allows, each and together."""
    for bucket in (0, *markets):
        desk.vault.set_bucket(bucket, cap, sender=desk.owner)
    deposit(desk, depositor, amount)


def deposit(desk: Desk, depositor: AccountAPI, amount: int) -> int:
    """Shares for newly made tokens."""
    desk.token.mint(depositor, amount, sender=desk.owner)
    desk.token.approve(desk.vault, amount, sender=depositor)
    return int(desk.vault.deposit(amount, depositor, sender=depositor).return_value)


def assets(desk: Desk) -> int:
    """What the vault has, tokens and credit."""
    return int(desk.vault.totalAssets())


# -- the waterfall


def liquidate(
    desk: Desk,
    account: int,
    liquidator: int,
    size: int = ALL,
    market_id: int = 1,
    leverage: int = 10,
    **more: object,
) -> ReceiptAPI:
    call = {"sender": desk.traders[liquidator], **more}
    return desk.clearing_house.liquidate(account, market_id, size, liquidator, leverage, 0, **call)


def deleverage(
    desk: Desk, account: int, ranked: Sequence[int], market_id: int = 1, **more: object
) -> ReceiptAPI:
    return desk.clearing_house.deleverage(account, market_id, list(ranked), **{"sender": desk.owner, **more})


def deleverage_next(
    desk: Desk, account: int, count: int = 256, market_id: int = 1, **more: object
) -> ReceiptAPI:
    return desk.clearing_house.deleverage_next(account, market_id, count, **{"sender": desk.owner, **more})


def flag(desk: Desk, account: int) -> ReceiptAPI:
    return desk.clearing_house.flag_bankrupt(account, sender=desk.owner)


def flagged_at(desk: Desk, account: int) -> int:
    return int(desk.clearing_house.account_word(account)) >> 216


# -- what came of it


def closed(desk: Desk, receipt: ReceiptAPI) -> int:
    """Base closed by a round. Its return value would take a trace: slow, and large for hundreds."""
    return int(told(desk, receipt, "DeleveragingEnded")[0]["closed"])


def told(desk: Desk, receipt: ReceiptAPI, name: str) -> list[dict[str, Any]]:
    """The waterfall's events of that name, in order: they are in Waterfall's ABI and come from
    ClearingHouse."""
    logs = receipt.decode_logs([getattr(desk.waterfall, name).abi])
    return [dict(log.event_arguments) for log in logs if log.contract_address == desk.clearing_house.address]


def equities(desk: Desk, accounts: Sequence[int]) -> int:
    """Sum, quote units."""
    return sum(desk.values(account)[0] for account in accounts)


def dollars(desk: Desk, accounts: Sequence[int]) -> list[float]:
    """Cash in whole tokens."""
    return [desk.cash(account) / USD for account in accounts]


def assert_sound(desk: Desk, markets: Sequence[int] = (1,)) -> None:
    """ACC-1, and POS-1 and QUE-1 of these markets: every open position is in one list or parked."""
    assert_books(desk)
    for market_id in markets:
        slots = {i: desk.slot(i, market_id) for i in range(1, desk.clearing_house.account_count() + 1)}
        sizes = [slot.size for slot in slots.values()]
        assert sum(sizes) == 0, "POS-1"
        assert sum(s for s in sizes if s > 0) == desk.clearing_house.open_interest(market_id), "POS-1"
        for is_long in (True, False):
            side = [i for i, s in slots.items() if s.size != 0 and s.is_long == is_long]
            linked = [i for leverage in LEVERAGES for i in list_of(desk, is_long, leverage, market_id)]
            assert sorted(linked) == [i for i in side if not slots[i].parked], "QUE-1"
            assert len(side) == desk.clearing_house.position_count(market_id, is_long), "QUE-1"


@contextmanager
def refused(desk: Desk, reason: str) -> Iterator[None]:
    """The call reverts with exactly this reason; neither ClearingHouse, Exchange nor the vault stores
    anything."""
    before = (*storage(desk), _vault_storage(desk))
    with ape.reverts(reason):
        yield
    assert (*storage(desk), _vault_storage(desk)) == before


def _vault_storage(desk: Desk) -> str:
    return str(rpc("eth_getProof", str(desk.vault.address), [], "latest")["storageHash"])
