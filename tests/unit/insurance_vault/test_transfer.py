"""transfer, transferFrom and permit: an ERC-20 whose locked shares stay where they are."""

import ape
import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data

from tests.helpers.desk import private_key
from tests.helpers.events import emitted
from tests.unit.insurance_vault.vault_desk import COOLDOWN, NAME, WINDOW, ZERO_ADDRESS

FOREVER = 2**40


def test_transfer__free_shares__move(desk, vault, shares, depositor, newcomer):
    receipt = vault.transfer(newcomer, 400, sender=depositor)
    assert receipt.return_value is True
    assert (vault.balanceOf(depositor), vault.balanceOf(newcomer)) == (shares - 400, 400)
    assert emitted(receipt, vault) == [
        ("Transfer", {"sender": depositor, "receiver": newcomer, "value": 400})
    ]


def test_transfer__received__may_be_redeemed(desk, vault, token, shares, depositor, newcomer):
    vault.transfer(newcomer, 400_000, sender=depositor)
    desk.mature(newcomer)
    assert desk.redeem(newcomer) == 400


def test_transfer__what_a_request_leaves_free__moves_and_no_more(desk, vault, shares, depositor, newcomer):
    desk.request(depositor, shares - 400)
    with ape.reverts("vault: shares are locked"):
        vault.transfer(newcomer, 401, sender=depositor)
    vault.transfer(newcomer, 400, sender=depositor)
    with ape.reverts("vault: shares are locked"):
        vault.transfer(newcomer, 1, sender=depositor)
    assert vault.balanceOf(depositor) == shares - 400


@pytest.mark.parametrize("wait", [COOLDOWN, COOLDOWN + WINDOW])
def test_transfer__claimable_shares__are_locked(desk, vault, shares, depositor, newcomer, wait):
    desk.request(depositor)
    desk.wait(wait)
    with ape.reverts("vault: shares are locked"):
        vault.transfer(newcomer, 1, sender=depositor)


def test_transfer__locked_to_oneself__reverts(desk, vault, shares, depositor):
    desk.request(depositor)
    with ape.reverts("vault: shares are locked"):
        vault.transfer(depositor, 1, sender=depositor)


def test_transfer__after_it_lapsed__moves(desk, vault, shares, depositor, newcomer):
    desk.request(depositor)
    desk.wait(COOLDOWN + WINDOW + 1)
    vault.transfer(newcomer, shares, sender=depositor)
    assert vault.balanceOf(newcomer) == shares


def test_transfer__nothing_while_all_is_locked__is_allowed(desk, vault, shares, depositor, newcomer):
    desk.request(depositor)
    vault.transfer(newcomer, 0, sender=depositor)


def test_transfer__received_while_locked__is_free(desk, vault, shares, depositor, newcomer):
    desk.request(depositor)
    desk.deposit(newcomer, 5)
    vault.transfer(depositor, 5_000, sender=newcomer)
    vault.transfer(newcomer, 5_000, sender=depositor)
    with ape.reverts("vault: shares are locked"):
        vault.transfer(newcomer, 1, sender=depositor)


@pytest.mark.parametrize("locked", [False, True])
def test_transfer__more_than_held__reverts(desk, vault, shares, depositor, newcomer, locked):
    if locked:
        desk.request(depositor, 1)
    with ape.reverts("vault: shares are locked" if locked else "erc20: transfer amount exceeds balance"):
        vault.transfer(newcomer, shares + 1, sender=depositor)


def test_transfer__to_nobody__reverts(vault, shares, depositor):
    with ape.reverts("erc20: transfer to the zero address"):
        vault.transfer(ZERO_ADDRESS, 1, sender=depositor)


def test_transfer_from__allowance__is_spent(vault, shares, depositor, newcomer, spender):
    vault.approve(spender, 500, sender=depositor)
    receipt = vault.transferFrom(depositor, newcomer, 400, sender=spender)
    assert receipt.return_value is True
    assert vault.balanceOf(newcomer) == 400
    assert vault.allowance(depositor, spender) == 100


def test_transfer_from__locked_shares__revert(desk, vault, shares, depositor, newcomer, spender):
    vault.approve(spender, 2**256 - 1, sender=depositor)
    desk.request(depositor, shares - 400)
    with ape.reverts("vault: shares are locked"):
        vault.transferFrom(depositor, newcomer, 401, sender=spender)
    vault.transferFrom(depositor, newcomer, 400, sender=spender)


def test_transfer_from__without_allowance__reverts(vault, shares, depositor, spender):
    with ape.reverts("erc20: insufficient allowance"):
        vault.transferFrom(depositor, spender, 1, sender=spender)


@pytest.fixture
def permit(chain, vault, depositor, spender):
    """The depositor's signature over an allowance of the spender."""

    def permit(amount, nonce=0, deadline=FOREVER, name=NAME):
        fields = {
            "owner": depositor.address,
            "spender": spender.address,
            "value": amount,
            "nonce": nonce,
            "deadline": deadline,
        }
        kinds = {"owner": "address", "spender": "address", "value": "uint256", "nonce": "uint256"}
        message = {
            "types": {
                "EIP712Domain": [
                    {"name": "name", "type": "string"},
                    {"name": "version", "type": "string"},
                    {"name": "chainId", "type": "uint256"},
                    {"name": "verifyingContract", "type": "address"},
                ],
                "Permit": [{"name": n, "type": kinds.get(n, "uint256")} for n in fields],
            },
            "primaryType": "Permit",
            "domain": {
                "name": name,
                "version": "1",
                "chainId": int(chain.chain_id),
                "verifyingContract": vault.address,
            },
            "message": fields,
        }
        key = private_key(depositor).to_bytes()
        signed = Account.sign_message(encode_typed_data(full_message=message), key)
        words = (signed.r.to_bytes(32, "big"), signed.s.to_bytes(32, "big"))
        return (depositor, spender, amount, deadline, signed.v, *words)

    return permit


def test_permit__signed__redeems_without_an_approval(desk, vault, token, permit, shares, depositor, spender):
    desk.mature(depositor)
    vault.permit(*permit(5_000), sender=spender)
    assert (vault.allowance(depositor, spender), vault.nonces(depositor)) == (5_000, 1)
    vault.redeem(5_000, spender, depositor, sender=spender)
    assert token.balanceOf(spender) == 5


def test_permit__signed__does_not_move_locked_shares(desk, vault, permit, shares, depositor, spender):
    desk.request(depositor)
    vault.permit(*permit(shares), sender=spender)
    with ape.reverts("vault: shares are locked"):
        vault.transferFrom(depositor, spender, 1, sender=spender)


def test_permit__used_twice__reverts(vault, permit, spender):
    signed = permit(5_000)
    vault.permit(*signed, sender=spender)
    with ape.reverts("erc20: invalid signature"):
        vault.permit(*signed, sender=spender)


def test_permit__another_amount__reverts(vault, permit, spender):
    owner, to, amount, *rest = permit(5_000)
    with ape.reverts("erc20: invalid signature"):
        vault.permit(owner, to, amount + 1, *rest, sender=spender)


def test_permit__another_domain__reverts(vault, permit, spender):
    with ape.reverts("erc20: invalid signature"):
        vault.permit(*permit(5_000, name="Another"), sender=spender)


def test_permit__expired__reverts(desk, vault, permit, spender):
    with ape.reverts("erc20: expired deadline"):
        vault.permit(*permit(5_000, deadline=desk.now - 1), sender=spender)


def test_eip712_domain__any__is_the_vaults(chain, vault):
    domain = vault.eip712Domain()
    assert tuple(domain)[1:5] == (NAME, "1", int(chain.chain_id), vault.address)
