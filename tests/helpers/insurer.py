"""Proposes what depositors do, and how much the vault may pay: nothing, a unit too little, enough, plenty."""

from scripts.sandbox.orders import ZERO_ADDRESS
from tests.helpers.clerk import Arguments
from tests.helpers.model.arithmetic import ceil_div
from tests.helpers.model.buckets import MAX_CAP
from tests.helpers.model.vault import ALL_MARKETS
from tests.helpers.rescuer import Rescuer
from tests.helpers.strategies import chance, log_uniform, near

DEPOSITS = {
    "vault_deposit": 14,
    "vault_mint": 4,
    "request_redeem": 10,
    "cancel_redeem": 2,
    "vault_redeem": 8,
    "vault_withdraw": 4,
    "transfer_shares": 4,
    "vault_collect": 4,
}
LIMITS = {"set_bucket": 20, "set_gate_floor": 4}
# Whole tokens.
AMOUNTS = (1, 50, 1_000, 20_000, 1_000_000)


class Insurer(Rescuer):
    """Sees the shortfalls that a Rescuer sees."""

    # -- depositors

    def holder(self) -> str:
        """Mostly one with shares."""
        shares = self.model.state.vault.shares
        holders = [holder for holder, held in shares.items() if held]
        return self.rng.choice(holders) if holders and chance(self.rng, 85) else self.anybody()

    def receiver(self, sender: str) -> str:
        if chance(self.rng, 3):
            return self.rng.choice((ZERO_ADDRESS, self.chain.addresses["InsuranceVault"]))
        return self.anybody() if chance(self.rng, 10) else sender

    def assets(self) -> int:
        """At times what is missing to a shortfall, give or take one."""
        rng, model = self.rng, self.model
        missing = [h - model.vault_total_assets() for h in self.shortfalls().values()]
        if (missing := [m for m in missing if m > 0]) and chance(rng, 50):
            return near(rng, rng.choice(missing))
        amount = rng.choice(AMOUNTS) * int(10**model.decimals)
        return rng.choice((amount, amount, log_uniform(rng, 1, amount), rng.choice((0, 1))))

    def vault_deposit(self) -> Arguments:
        sender = self.anybody()
        return {"sender": sender, "assets": self.assets(), "receiver": self.receiver(sender)}

    def vault_mint(self) -> Arguments:
        sender = self.anybody()
        shares = self.model.vault_convert_to_shares(self.assets())
        shares = max(near(self.rng, shares), 0)
        return {"sender": sender, "shares": min(shares, 2**200), "receiver": self.receiver(sender)}

    def request_redeem(self) -> Arguments:
        rng, sender = self.rng, self.holder()
        vault = self.model.state.vault
        free = vault.shares.get(sender, 0) - vault.locked(sender, self.model.now)
        some = log_uniform(rng, 1, max(free, 1))
        return {
            "sender": sender,
            "shares": rng.choice((free, some, some, free // 2, max(near(rng, free), 0), 0)),
        }

    def cancel_redeem(self) -> Arguments:
        return {"sender": self.holder()}

    def ready(self) -> list[str]:
        """Who may leave now, but for a gate."""
        now, vault = self.model.now, self.model.state.vault
        return [holder for holder in vault.requests if vault.claimable(holder, now)]

    def leaver(self) -> str:
        """Mostly one who has asked to leave."""
        now, vault = self.model.now, self.model.state.vault
        asked = self.ready() or [holder for holder in vault.requests if vault.locked(holder, now)]
        return self.rng.choice(asked) if asked and chance(self.rng, 85) else self.holder()

    def vault_redeem(self) -> Arguments:
        rng, sender = self.rng, self.leaver()
        most = self.model.vault_max_redeem(sender) or self.model.state.vault.locked(sender, self.model.now)
        some = log_uniform(rng, 1, max(most, 1))
        shares = rng.choice((most, most, some, max(near(rng, most), 0), 0))
        return {"sender": sender, "shares": shares, "receiver": self.receiver(sender)}

    def vault_withdraw(self) -> Arguments:
        rng, sender = self.rng, self.leaver()
        most = self.model.vault_max_withdraw(sender)
        some = log_uniform(rng, 1, max(most, 1))
        assets = rng.choice((most, most, some, max(near(rng, most), 0), 0))
        return {"sender": sender, "assets": assets, "receiver": self.receiver(sender)}

    def transfer_shares(self) -> Arguments:
        rng, sender = self.rng, self.leaver()
        vault = self.model.state.vault
        held = vault.shares.get(sender, 0)
        free = held - vault.locked(sender, self.model.now)
        shares = rng.choice((free, near(rng, free), held, log_uniform(rng, 1, max(held, 1)), 0))
        return {"sender": sender, "receiver": self.anybody(), "shares": max(min(shares, held), 0)}

    def vault_collect(self) -> Arguments:
        return {}

    # -- limits

    def shortfalls(self) -> dict[int, int]:
        """Of some bankrupt leg in each market that has one."""
        legs = [leg for leg in self.patients(bankrupt=True) if self.model.mark(leg[1]).valid]
        found = {m: self.model.shortfall(i, m) for i, m in legs}
        return {m: h for m, h in found.items() if h}

    def set_bucket(self) -> Arguments:
        """Around a shortfall, or a part of it, if there is one."""
        rng = self.rng
        short = self.shortfalls()
        if short and chance(rng, 75):
            market_id, amount = rng.choice(list(short.items()))
            cap = rng.choice((*[near(rng, amount)] * 3, amount // 2, ceil_div(amount, 3), 10 * amount, 0))
            return {"market_id": rng.choice((market_id, market_id, ALL_MARKETS)), "cap": cap}
        rich = 10**6 * int(10**self.model.decimals)
        cap = rng.choice((*[rich] * 3, rich // 1_000, log_uniform(rng, 1, rich), 0, MAX_CAP))
        if chance(rng, 1):
            return {"market_id": rng.choice((65, 2**256 - 1, 1)), "cap": rng.choice((MAX_CAP + 1, rich))}
        return {"market_id": rng.choice((ALL_MARKETS, *self.model.state.markets)), "cap": cap}

    def set_gate_floor(self) -> Arguments:
        rng = self.rng
        short = list(self.shortfalls().values())
        if short and chance(rng, 50):
            return {"amount": near(rng, rng.choice(short))}
        return {
            "amount": rng.choice((0, 0, 0, 10**self.model.decimals, 10**6 * 10**self.model.decimals, 2**128))
        }
