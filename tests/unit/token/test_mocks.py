"""The hostile tokens and the contract wallet do what the tests that use them rely on."""

import ape
import pytest
from ape.exceptions import VirtualMachineError
from eth_account import Account

MAGIC = bytes.fromhex("1626ba7e")
HASH = b"\x11" * 32
ZERO_ADDRESS = "0x" + "00" * 20


@pytest.fixture(scope="module")
def owner(accounts):
    return accounts[0]


@pytest.fixture(scope="module")
def trader(accounts):
    return accounts[1]


def test_reentrant_token__armed__calls_back_once_and_records(project, owner, trader):
    token = owner.deploy(project.ReentrantToken, 6)
    token.mint(trader, 100, sender=owner)
    token.arm(token, token.mint.encode_input(owner.address, 7), sender=owner)

    token.transfer(owner, 10, sender=trader)
    token.transfer(owner, 10, sender=trader)

    assert (token.calls(), token.succeeded(), token.revert_reason()) == (1, True, "")
    assert token.balanceOf(owner) == 27


def test_reentrant_token__call_back_reverts__reason_recorded(project, owner, trader):
    token = owner.deploy(project.ReentrantToken, 6)
    faucet = owner.deploy(project.FaucetToken, "Test dollar", "tUSD", 6)
    token.mint(trader, 100, sender=owner)
    token.approve(owner, 10, sender=trader)
    token.arm(faucet, faucet.mint.encode_input(owner.address, 7), sender=owner)

    token.transferFrom(trader, owner, 10, sender=owner)

    assert (token.calls(), token.succeeded()) == (1, False)
    assert token.revert_reason() == "erc20: access is denied"


def test_fee_token__transfer__receiver_gets_less(project, owner, trader):
    token = owner.deploy(project.FeeToken, 6, 100)
    token.mint(trader, 1_000, sender=owner)

    token.transfer(owner, 1_000, sender=trader)

    assert token.balanceOf(owner) == 990


def test_false_token__failing__returns_false_and_moves_nothing(project, owner, trader):
    token = owner.deploy(project.FalseToken, 6, True)
    token.mint(trader, 10, sender=owner)

    assert token.transfer.call(owner, 10, sender=trader) is False
    token.transfer(owner, 10, sender=trader)
    assert token.balanceOf(owner) == 0

    token.set_failing(False, sender=owner)
    token.transfer(owner, 10, sender=trader)
    assert token.balanceOf(owner) == 10


def test_no_return_token__transfer__moves_and_returns_nothing(project, owner, trader):
    token = owner.deploy(project.NoReturnToken, 6)
    token.mint(trader, 10, sender=owner)

    assert token.transfer.call(owner, 10, sender=trader) is None
    token.transfer(owner, 10, sender=trader)
    assert token.balanceOf(owner) == 10


def test_blacklist_token__blacklisted__reverts_both_ways(project, owner, trader):
    token = owner.deploy(project.BlacklistToken, 6)
    token.mint(trader, 10, sender=owner)
    token.mint(owner, 10, sender=owner)
    token.set_blacklisted(trader, True, sender=owner)

    with ape.reverts("token: blacklisted"):
        token.transfer(owner, 1, sender=trader)
    with ape.reverts("token: blacklisted"):
        token.transfer(trader, 1, sender=owner)


@pytest.fixture(scope="module")
def signer():
    return Account.from_key(b"\x05" * 32)


@pytest.fixture(scope="module")
def wallet(project, owner, signer):
    return owner.deploy(project.Wallet1271, signer.address)


@pytest.fixture(scope="module")
def answer(chain, wallet):
    """What `isValidSignature` returns, as it is: Ape takes the raw return for ABI-encoded bytes."""

    def answer(message_hash: bytes, signature: bytes) -> bytes:
        data = wallet.isValidSignature.encode_input(message_hash, signature)
        return bytes(chain.provider.web3.eth.call({"to": wallet.address, "data": data}))

    return answer


def test_wallet__owners_signature__magic_value(answer, signer):
    signature = bytes(signer.unsafe_sign_hash(HASH).signature)

    assert answer(HASH, signature) == MAGIC.ljust(32, b"\0")
    assert answer(HASH, signature[:64]) == bytes(32)
    assert answer(b"\x22" * 32, signature) == bytes(32)


@pytest.mark.parametrize(
    ("mode", "expected"),
    [(2, bytes(32)), (4, MAGIC.ljust(32, b"\0")), (16, b"\xff" * 32), (32, MAGIC)],
    ids=["refuses", "approves", "garbage", "short"],
)
def test_wallet__misbehaves__answers_as_told(wallet, answer, owner, mode, expected):
    wallet.set_mode(mode, sender=owner)

    assert answer(HASH, bytes(65)) == expected


def test_wallet__reverts__as_told(wallet, owner):
    wallet.set_mode(8, sender=owner)

    with ape.reverts("wallet: reverts"):
        wallet.isValidSignature(HASH, bytes(65))


def test_wallet__burns_gas__as_told(wallet, owner):
    wallet.set_mode(64, sender=owner)

    with pytest.raises(VirtualMachineError, match="InvalidFEOpcode"):
        wallet.isValidSignature(HASH, bytes(65))


def test_wallet__execute__only_the_owner(project, owner, trader):
    wallet = owner.deploy(project.Wallet1271, trader)
    token = owner.deploy(project.FaucetToken, "Test dollar", "tUSD", 6)

    wallet.execute(token, token.drip.encode_input(wallet.address, 5), sender=trader)
    assert token.balanceOf(wallet) == 5
    with ape.reverts("wallet: not the owner"):
        wallet.execute(token, token.drip.encode_input(wallet.address, 5), sender=owner)


def test_wallet__execute_reverts__reason_passed_on(project, owner, trader):
    wallet = owner.deploy(project.Wallet1271, trader)
    token = owner.deploy(project.FaucetToken, "Test dollar", "tUSD", 6)

    with ape.reverts("erc20: mint to the zero address"):
        wallet.execute(token, token.drip.encode_input(ZERO_ADDRESS, 5), sender=trader)
