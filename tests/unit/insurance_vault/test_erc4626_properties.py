"""The published property list of ERC-4626 (a16z/erc4626-tests, ERC4626.prop.sol), each under its name there,
after any history of deposits, fees, losses, donations, collections and exits (titanoboa). No tolerance.

Where the list redeems at once, here the cooldown passes in between; nothing else does.
"""

from dataclasses import dataclass
from typing import Any

import boa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.insurance_vault.boa_vault import UNLIMITED, BoaVault
from tests.unit.insurance_vault.vault_desk import COOLDOWN, WINDOW, ZERO_ADDRESS

amounts = st.integers(0, 10**15) | st.integers(0, 50).map(lambda bits: 2**bits) | st.integers(0, 2_000)
parts = st.integers(0, 2**64)
USERS = st.permutations(range(4))

events = st.one_of(
    st.tuples(st.just("deposit"), st.integers(0, 3), amounts),
    st.tuples(st.just("earn"), amounts),
    st.tuples(st.just("donate"), amounts),
    st.tuples(st.just("lose"), st.integers(0, 100) | st.sampled_from([99, 100])),
    st.tuples(st.just("collect")),
    st.tuples(st.just("leave"), st.integers(0, 3), parts),
)


@dataclass(frozen=True)
class History:
    decimals: int
    # What each user deposits first.
    stakes: list[int]
    events: list[tuple[Any, ...]]
    # What each user has in its pocket afterwards.
    funds: list[int]


histories = st.builds(
    History,
    st.sampled_from([6, 18]),
    st.lists(amounts, min_size=4, max_size=4),
    st.lists(events, max_size=6),
    st.lists(amounts, min_size=4, max_size=4),
)


@pytest.fixture(scope="module")
def vaults() -> dict[int, BoaVault]:
    return {decimals: BoaVault(decimals) for decimals in (6, 18)}


def lived(world: BoaVault, history: History) -> None:
    """Let the history happen to the vault."""
    vault = world.vault
    for user, stake in zip(world.users, history.stakes, strict=True):
        world.deposit(user, stake)
    for kind, *arguments in history.events:
        if kind == "deposit":
            world.deposit(world.users[arguments[0]], arguments[1])
        elif kind == "leave":
            user = world.users[arguments[0]]
            world.mature(user)
            vault.redeem(vault.maxRedeem(user) * arguments[1] >> 64, user, user, sender=user)
        elif kind == "collect":
            vault.collect()
        else:
            getattr(world, kind)(*arguments)
    for user, funds in zip(world.users, history.funds, strict=True):
        world.fund(user, funds)


def within(part: int, most: int) -> int:
    return most * part >> 64


def spendable(world: BoaVault, user: str, part: int) -> int:
    """A part of the user's tokens that buys at least a share, or nothing."""
    assets = within(part, world.token.balanceOf(user))
    return assets if world.vault.previewDeposit(assets) else 0


# The list's names for who calls.
cast = {"history": histories, "order": USERS, "part": parts}


def staged(
    vaults: dict[int, BoaVault], history: History, order: list[int]
) -> tuple[BoaVault, Any, list[str]]:
    world = vaults[history.decimals]
    lived(world, history)
    return world, world.vault, [world.users[i] for i in order]


# ---- asset, totalAssets, convertTo*


@given(history=histories, order=USERS)
def test_asset__any_history__does_not_revert(vaults, history, order):
    with vaults[history.decimals].undone():
        world, vault, (caller, *_) = staged(vaults, history, order)
        assert vault.asset(sender=caller) == world.token.address


@given(history=histories, order=USERS)
def test_total_assets__any_history__does_not_revert(vaults, history, order):
    with vaults[history.decimals].undone():
        world, vault, (caller, *_) = staged(vaults, history, order)
        assert vault.totalAssets(sender=caller) >= world.house.vault_credit()


@given(history=histories, order=USERS, amount=st.integers(0, 2**128))
def test_convert__any_amount__is_the_same_for_all_and_rounds_down(vaults, history, order, amount):
    with vaults[history.decimals].undone():
        _, vault, (caller, other, *_) = staged(vaults, history, order)
        for there, back in (
            (vault.convertToShares, vault.convertToAssets),
            (vault.convertToAssets, vault.convertToShares),
        ):
            result = there(amount, sender=caller)
            assert result == there(amount, sender=other)
            assert back(result) <= amount


# ---- deposit


@given(history=histories, order=USERS)
def test_max_deposit__any_history__does_not_revert_and_is_accepted(vaults, history, order):
    with vaults[history.decimals].undone():
        world, vault, (caller, receiver, *_) = staged(vaults, history, order)
        most = vault.maxDeposit(receiver, sender=caller)
        assert vault.maxDeposit(ZERO_ADDRESS) == vault.maxDeposit(vault.address) == 0
        world.fund(caller, most)
        with boa.env.anchor():
            vault.deposit(most, receiver, sender=caller)
        world.fund(caller, 1)
        with boa.reverts("vault: deposit too large"):
            vault.deposit(most + 1, receiver, sender=caller)


@given(**cast)
def test_preview_deposit__any_amount__is_what_deposit_mints(vaults, history, order, part):
    with vaults[history.decimals].undone():
        world, vault, (caller, receiver, other, _) = staged(vaults, history, order)
        assets = spendable(world, caller, part)
        preview = vault.previewDeposit(assets, sender=other)
        assert vault.deposit(assets, receiver, sender=caller) == preview


@given(**cast, slack=st.integers(0, 5))
def test_deposit__any_amount__moves_what_it_says(vaults, history, order, part, slack):
    with vaults[history.decimals].undone():
        world, vault, (caller, receiver, *_) = staged(vaults, history, order)
        token, assets = world.token, spendable(world, caller, part)
        token.approve(vault, assets + slack, sender=caller)
        held, owned, total = token.balanceOf(caller), vault.balanceOf(receiver), vault.totalAssets()
        shares = vault.deposit(assets, receiver, sender=caller)
        assert token.balanceOf(caller) == held - assets
        assert vault.balanceOf(receiver) == owned + shares
        assert token.allowance(caller, vault) == slack
        assert vault.totalAssets() == total + assets


# ---- mint


@given(history=histories, order=USERS)
def test_max_mint__any_history__does_not_revert_and_is_accepted(vaults, history, order):
    with vaults[history.decimals].undone():
        world, vault, (caller, receiver, *_) = staged(vaults, history, order)
        most = vault.maxMint(receiver, sender=caller)
        assert vault.maxMint(ZERO_ADDRESS) == vault.maxMint(vault.address) == 0
        assert vault.previewMint(most) <= vault.maxDeposit(receiver)
        world.fund(caller, vault.previewMint(most + 1))
        with boa.env.anchor():
            vault.mint(most, receiver, sender=caller)
        with boa.reverts("vault: deposit too large"):
            vault.mint(most + 1, receiver, sender=caller)


@given(**cast)
def test_preview_mint__any_amount__is_what_mint_takes(vaults, history, order, part):
    with vaults[history.decimals].undone():
        world, vault, (caller, receiver, other, _) = staged(vaults, history, order)
        shares = vault.convertToShares(within(part, world.token.balanceOf(caller)))
        preview = vault.previewMint(shares, sender=other)
        assert vault.mint(shares, receiver, sender=caller) == preview


@given(**cast, slack=st.integers(0, 5))
def test_mint__any_amount__moves_what_it_says(vaults, history, order, part, slack):
    with vaults[history.decimals].undone():
        world, vault, (caller, receiver, *_) = staged(vaults, history, order)
        token = world.token
        shares = vault.convertToShares(within(part, token.balanceOf(caller)))
        token.approve(vault, vault.previewMint(shares) + slack, sender=caller)
        held, owned, total = token.balanceOf(caller), vault.balanceOf(receiver), vault.totalAssets()
        assets = vault.mint(shares, receiver, sender=caller)
        assert token.balanceOf(caller) == held - assets
        assert vault.balanceOf(receiver) == owned + shares
        assert token.allowance(caller, vault) == slack
        assert vault.totalAssets() == total + assets


# ---- withdraw


@given(
    history=histories, order=USERS, wait=st.sampled_from([0, COOLDOWN - 1, COOLDOWN, COOLDOWN + WINDOW + 1])
)
def test_max_withdraw__any_history__does_not_revert_and_is_accepted(vaults, history, order, wait):
    with vaults[history.decimals].undone():
        world, vault, (caller, owner, receiver, _) = staged(vaults, history, order)
        world.request(owner)
        world.pass_time(wait)
        most = vault.maxWithdraw(owner, sender=caller)
        assert most == vault.convertToAssets(vault.maxRedeem(owner))
        with boa.env.anchor():
            vault.withdraw(most, receiver, owner, sender=owner)
        with boa.reverts("vault: not redeemable"):
            vault.withdraw(most + 1, receiver, owner, sender=owner)


@given(**cast)
def test_preview_withdraw__any_amount__is_what_withdraw_burns(vaults, history, order, part):
    with vaults[history.decimals].undone():
        world, vault, (caller, receiver, owner, other) = staged(vaults, history, order)
        vault.approve(caller, UNLIMITED, sender=owner)
        world.mature(owner)
        assets = within(part, vault.maxWithdraw(owner))
        preview = vault.previewWithdraw(assets, sender=other)
        assert vault.withdraw(assets, receiver, owner, sender=caller) == preview


@given(**cast, slack=st.integers(0, 5))
def test_withdraw__any_amount__moves_what_it_says(vaults, history, order, part, slack):
    with vaults[history.decimals].undone():
        world, vault, (caller, receiver, owner, _) = staged(vaults, history, order)
        world.mature(owner)
        assets = within(part, vault.maxWithdraw(owner))
        vault.approve(caller, vault.previewWithdraw(assets) + slack, sender=owner)
        held, owned = world.token.balanceOf(receiver), vault.balanceOf(owner)
        total = vault.totalAssets()
        shares = vault.withdraw(assets, receiver, owner, sender=caller)
        assert world.token.balanceOf(receiver) == held + assets
        assert vault.balanceOf(owner) == owned - shares
        assert vault.allowance(owner, caller) == slack
        assert vault.totalAssets() == total - assets


@given(**cast)
def test_withdraw__without_allowance__reverts(vaults, history, order, part):
    with vaults[history.decimals].undone():
        world, vault, (caller, receiver, owner, _) = staged(vaults, history, order)
        world.deposit(owner, 10**15)
        world.mature(owner)
        assets = 1 + within(part, vault.maxWithdraw(owner) - 1)
        with boa.reverts("erc20: insufficient allowance"):
            vault.withdraw(assets, receiver, owner, sender=caller)


# ---- redeem


@given(
    history=histories, order=USERS, wait=st.sampled_from([0, COOLDOWN - 1, COOLDOWN, COOLDOWN + WINDOW + 1])
)
def test_max_redeem__any_history__does_not_revert_and_is_accepted(vaults, history, order, wait):
    with vaults[history.decimals].undone():
        world, vault, (caller, owner, receiver, _) = staged(vaults, history, order)
        world.request(owner)
        world.pass_time(wait)
        most = vault.maxRedeem(owner, sender=caller)
        assert most <= vault.balanceOf(owner)
        with boa.env.anchor():
            vault.redeem(most, receiver, owner, sender=owner)
        with boa.reverts("vault: not redeemable"):
            vault.redeem(most + 1, receiver, owner, sender=owner)


@given(**cast)
def test_preview_redeem__any_amount__is_what_redeem_pays(vaults, history, order, part):
    with vaults[history.decimals].undone():
        world, vault, (caller, receiver, owner, other) = staged(vaults, history, order)
        vault.approve(caller, UNLIMITED, sender=owner)
        world.mature(owner)
        shares = within(part, vault.maxRedeem(owner))
        preview = vault.previewRedeem(shares, sender=other)
        assert vault.redeem(shares, receiver, owner, sender=caller) == preview


@given(**cast, slack=st.integers(0, 5))
def test_redeem__any_amount__moves_what_it_says(vaults, history, order, part, slack):
    with vaults[history.decimals].undone():
        world, vault, (caller, receiver, owner, _) = staged(vaults, history, order)
        world.mature(owner)
        shares = within(part, vault.maxRedeem(owner))
        vault.approve(caller, shares + slack, sender=owner)
        held, owned = world.token.balanceOf(receiver), vault.balanceOf(owner)
        total = vault.totalAssets()
        assets = vault.redeem(shares, receiver, owner, sender=caller)
        assert world.token.balanceOf(receiver) == held + assets
        assert vault.balanceOf(owner) == owned - shares
        assert vault.allowance(owner, caller) == slack
        assert vault.totalAssets() == total - assets


@given(**cast)
def test_redeem__without_allowance__reverts(vaults, history, order, part):
    with vaults[history.decimals].undone():
        world, vault, (caller, receiver, owner, _) = staged(vaults, history, order)
        world.deposit(owner, 10**15)
        world.mature(owner)
        shares = 1 + within(part, vault.maxRedeem(owner) - 1)
        with boa.reverts("erc20: insufficient allowance"):
            vault.redeem(shares, receiver, owner, sender=caller)


# ---- round trips: nobody comes out ahead


@given(**cast)
def test_rt_deposit_redeem__any_amount__pays_no_more(vaults, history, order, part):
    with vaults[history.decimals].undone():
        world, vault, (caller, *_) = staged(vaults, history, order)
        assets = spendable(world, caller, part)
        shares = vault.deposit(assets, caller, sender=caller)
        world.mature(caller)
        assert vault.redeem(shares, caller, caller, sender=caller) <= assets


@given(**cast)
def test_rt_deposit_withdraw__any_amount__burns_no_less(vaults, history, order, part):
    with vaults[history.decimals].undone():
        world, vault, (caller, *_) = staged(vaults, history, order)
        assets = spendable(world, caller, part)
        shares = vault.deposit(assets, caller, sender=caller)
        world.mature(caller)
        # With no shares from before, rounding may leave less than was paid in.
        if assets <= vault.maxWithdraw(caller):
            assert vault.withdraw(assets, caller, caller, sender=caller) >= shares
        else:
            assert vault.previewWithdraw(assets) > shares


@given(**cast)
def test_rt_redeem_deposit__any_amount__mints_no_more(vaults, history, order, part):
    with vaults[history.decimals].undone():
        world, vault, (caller, *_) = staged(vaults, history, order)
        world.mature(caller)
        shares = within(part, vault.maxRedeem(caller))
        assets = vault.redeem(shares, caller, caller, sender=caller)
        assert vault.previewDeposit(assets) <= shares
        if assets == 0 or vault.previewDeposit(assets):
            assert vault.deposit(assets, caller, sender=caller) <= shares


@given(**cast)
def test_rt_redeem_mint__any_amount__takes_no_less(vaults, history, order, part):
    with vaults[history.decimals].undone():
        world, vault, (caller, *_) = staged(vaults, history, order)
        world.mature(caller)
        shares = within(part, vault.maxRedeem(caller))
        assets = vault.redeem(shares, caller, caller, sender=caller)
        world.fund(caller, vault.previewMint(shares))
        assert vault.mint(shares, caller, sender=caller) >= assets


@given(**cast)
def test_rt_mint_withdraw__any_amount__burns_no_less(vaults, history, order, part):
    with vaults[history.decimals].undone():
        world, vault, (caller, *_) = staged(vaults, history, order)
        shares = vault.convertToShares(within(part, world.token.balanceOf(caller)))
        assets = vault.mint(shares, caller, sender=caller)
        world.mature(caller)
        if assets <= vault.maxWithdraw(caller):
            assert vault.withdraw(assets, caller, caller, sender=caller) >= shares
        else:
            assert vault.previewWithdraw(assets) > shares


@given(**cast)
def test_rt_mint_redeem__any_amount__pays_no_more(vaults, history, order, part):
    with vaults[history.decimals].undone():
        world, vault, (caller, *_) = staged(vaults, history, order)
        shares = vault.convertToShares(within(part, world.token.balanceOf(caller)))
        assets = vault.mint(shares, caller, sender=caller)
        world.mature(caller)
        assert vault.redeem(shares, caller, caller, sender=caller) <= assets


@given(**cast)
def test_rt_withdraw_mint__any_amount__takes_no_less(vaults, history, order, part):
    with vaults[history.decimals].undone():
        world, vault, (caller, *_) = staged(vaults, history, order)
        world.mature(caller)
        assets = within(part, vault.maxWithdraw(caller))
        shares = vault.withdraw(assets, caller, caller, sender=caller)
        world.fund(caller, vault.previewMint(shares))
        assert vault.mint(shares, caller, sender=caller) >= assets


@given(**cast)
def test_rt_withdraw_deposit__any_amount__mints_no_more(vaults, history, order, part):
    with vaults[history.decimals].undone():
        world, vault, (caller, *_) = staged(vaults, history, order)
        world.mature(caller)
        assets = within(part, vault.maxWithdraw(caller))
        shares = vault.withdraw(assets, caller, caller, sender=caller)
        assert vault.previewDeposit(assets) <= shares
        if assets == 0 or vault.previewDeposit(assets):
            assert vault.deposit(assets, caller, sender=caller) <= shares


# ---- beyond the list


@given(history=histories, order=USERS)
def test_books__any_history__are_right(vaults, history, order):
    with vaults[history.decimals].undone():
        world, vault, users = staged(vaults, history, order)
        ledger, total = vault.collateral_ledger(), vault.totalAssets()
        assert total == ledger + world.house.vault_credit()
        assert world.token.balanceOf(vault) >= ledger
        owned = [vault.balanceOf(user) for user in users]
        assert sum(owned) == vault.totalSupply()
        assert sum(vault.convertToAssets(shares) for shares in owned) <= total


@given(history=histories, order=USERS)
def test_exit__any_history__everybody_leaves_with_what_they_own(vaults, history, order):
    """EXIT-1 for the vault: nobody's exit takes from those who stay, and nothing is left but rounding."""
    with vaults[history.decimals].undone():
        world, vault, users = staged(vaults, history, order)
        world.mature(*users)
        total, paid = vault.totalAssets(), 0
        for i, user in enumerate(users):
            others = [vault.maxWithdraw(u) for u in users[i + 1 :]]
            due = vault.maxWithdraw(user)
            assert vault.redeem(vault.balanceOf(user), user, user, sender=user) == due
            assert all(vault.maxWithdraw(u) >= o for u, o in zip(users[i + 1 :], others, strict=True))
            paid += due
        assert vault.totalSupply() == 0
        assert vault.totalAssets() == total - paid


@given(history=histories, order=USERS, amount=amounts)
def test_donation__any_history__changes_no_view(vaults, history, order, amount):
    with vaults[history.decimals].undone():
        world, vault, (user, *_) = staged(vaults, history, order)

        def prices() -> tuple[int, ...]:
            return (
                vault.totalAssets(),
                vault.convertToAssets(10**18),
                vault.maxDeposit(user),
                vault.capacity(0, 0),
                vault.collateral_ledger(),
            )

        before = prices()
        world.donate(amount)
        assert prices() == before


@given(history=histories, order=USERS)
def test_collect__any_history__changes_no_price(vaults, history, order):
    with vaults[history.decimals].undone():
        _, vault, (caller, *_) = staged(vaults, history, order)
        before = vault.totalAssets(), vault.convertToAssets(10**18)
        vault.collect(sender=caller)
        assert (vault.totalAssets(), vault.convertToAssets(10**18)) == before
