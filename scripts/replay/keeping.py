"""The keeper's own decisions, carried out block by block in this process until nothing more is due."""

from dataclasses import dataclass

from eth_account.signers.local import LocalAccount

from keeper.calls import Addresses, Calls
from keeper.strategy.plan import plan
from keeper.types import Action, Limits, Own, Publish, Sync
from scripts.replay.chain import Chain, Mined

# Blocks between two prices. A keeper short of margin may go on taking ever smaller parts over.
MOST_BLOCKS = 200


@dataclass(frozen=True)
class Done:
    """A transaction of the keeper. `was_bankrupt`: its account, as the plan saw it."""

    block: int
    time: int
    action: Action
    was_bankrupt: bool
    mined: Mined


class InProcess:
    """`account_id` 0: takes nothing over, so that whoever is thin waits to be bankrupt."""

    def __init__(self, chain: Chain, key: LocalAccount, account_id: int) -> None:
        self._chain = chain
        self._key = key
        self._own = Own(account_id)
        self._limits = Limits()
        system = chain.venue.system
        addresses = Addresses(system.clearing_house.address, system.router.address)
        self._calls = Calls(addresses, chain.book.account, _no_report)
        self._nonce = int(chain.venue.w3.eth.get_transaction_count(key.address))
        self._synced: dict[int, int] = {}
        # Accounts that any plan found below zero.
        self.bankrupt: set[int] = set()

    def settle(self) -> tuple[list[Done], bool]:
        """All that is due now, and whether it came to an end."""
        done: list[Done] = []
        for _ in range(MOST_BLOCKS):
            step = self._step()
            done += step
            if not step:
                return done, True
            if all(each.mined.reason for each in step):
                return done, False
        return done, False

    def _step(self) -> list[Done]:
        """One block; empty: nothing is due."""
        chain = self._chain
        at = chain.head.timestamp
        marks = chain.book.marks(at)
        decided = plan(
            chain.book, marks, chain.facts(sorted(marks)), self._limits, self._own, synced=self._synced
        )
        self.bankrupt |= set(decided.bankrupt)
        if not decided.actions:
            return []
        for action in decided.actions:
            request = self._calls.request(action)
            chain.send_signed(self._key, self._nonce, request.to, request.data)
            self._nonce += 1
            if isinstance(action, Sync):
                self._synced |= dict.fromkeys(action.market_ids, at)
        mined = chain.mine()
        return [
            Done(chain.head.number, chain.head.timestamp, action, _about(action) in decided.bankrupt, each)
            for action, each in zip(decided.actions, mined, strict=True)
        ]


def _about(action: Action) -> int:
    """Account id; 0: of a market."""
    return action.key[1]


def _no_report(_: Publish) -> tuple[str, str, int]:
    raise AssertionError("prices come from the history")
