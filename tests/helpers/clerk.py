"""Proposes what owners do with their accounts: the arguments of one action."""

from typing import Any

from scripts.sandbox.orders import ZERO_ADDRESS
from tests.helpers.chain.driver import FOREVER
from tests.helpers.draws import Draws
from tests.helpers.strategies import chance, log_uniform, near

Arguments = dict[str, Any]
# Of a whole token's worth, what an account is funded with: dust to a fortune.
FUNDS = (10**-2, 1, 50, 1_000, 1_000, 20_000, 1_000_000)


class Clerk(Draws):
    """Deposits, withdrawals, delegates."""

    def open_account(self) -> Arguments:
        return {"sender": self.anybody()}

    def deposit(self) -> Arguments:
        token = 10**self.model.decimals
        amount = int(self.rng.choice(FUNDS) * token)
        amount = self.rng.choice((amount, amount, log_uniform(self.rng, 1, max(amount, 1)), 0))
        return {"sender": self.anybody(), "account_id": self.account(), "amount": amount}

    def withdraw(self) -> Arguments:
        rng = self.rng
        account_id = self.account()
        free = self.free(account_id)
        withdrawable = self.withdrawable(account_id)
        some = log_uniform(rng, 1, max(free // 2, 1))
        amounts = (withdrawable, near(rng, withdrawable), free, some, some, some, withdrawable // 2, 0)
        sender = self.authority(account_id)
        odd = (ZERO_ADDRESS, self.chain.addresses["ClearingHouse"], self.chain.stranger)
        receiver = rng.choice(odd) if chance(rng, 5) else sender
        amount = rng.choice(amounts) if chance(rng, 98) else 2**256 - 1
        return {
            "sender": sender,
            "account_id": account_id,
            "amount": max(amount, 0),
            "receiver": receiver,
        }

    def set_delegate(self) -> Arguments:
        account_id = self.account()
        now = self.chain.now
        expires_at = self.rng.choice((0, now - 1, now, now + 100, FOREVER, 2**256 - 1))
        delegate = self.anybody() if chance(self.rng, 97) else ZERO_ADDRESS
        sender = self.authority(account_id)
        return {
            "sender": sender,
            "account_id": account_id,
            "delegate": delegate,
            "expires_at": expires_at,
        }
