"""The whole waterfall on Ganache, a second EVM: the same sources, built for the newest rules it knows."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from web3 import Web3
from web3.exceptions import Web3RPCError

from scripts.sandbox import artifacts, market
from scripts.sandbox.market import Market, Web3Deployer, opposite
from scripts.sandbox.parameters import WAD, MarketParams
from tests.ganache.node import GANACHE, running_ganache

pytestmark = pytest.mark.skipif(not GANACHE.exists(), reason="Ganache is not installed: make test does it")

USD = 10**6
MARK = 4_000 * WAD
# One unit bought at 4,010 with 140: below maintenance from 3,890 on, bankrupt below 3,870.
ENTRY, MARGIN = 4_010 * WAD, 140 * USD
THIN, BANKRUPT = 3_885 * WAD, 3_850 * WAD
SHORTFALL = 20 * USD
# Of the unit the victim buys, what each seller sells, and at which leverage: in the order of their ranks.
SELLERS = ((WAD // 2, 50), (WAD // 4, 20), (WAD // 4, 5))
# EIP-170.
SIZE_LIMIT = 24_576
ALL = 2**255


class Scene(Market):
    """A long against three shorts, and a liquidator."""

    def __init__(self, w3: Web3) -> None:
        super().__init__(w3)
        self.market_id = self.list_market(MARK, MarketParams(maker_fee=0, taker_fee=0, funding_cap=0))
        (self.victim,) = self.open_accounts(1, MARGIN)
        self.shorts = self.open_accounts(len(SELLERS), 1_000 * USD)
        (self.liquidator,) = self.open_accounts(1, 10_000 * USD)
        for seller, (size, leverage) in zip(self.shorts, SELLERS, strict=True):
            bid = self.order(self.victim, self.market_id, size, ENTRY, 50)
            self.fill(bid, replace(opposite(bid, seller), leverage=leverage), size)

    def send_many(self, calls: Iterable[Any], sender: str | None = None) -> None:
        """A block each."""
        for call in calls:
            self.send(call, sender)

    @property
    def house(self) -> Any:
        return self.system.clearing_house.functions

    def cash(self, account_id: int) -> int:
        return int(self.system.lens.functions.accounts(account_id, 1).call()[0][2])

    def size(self, account_id: int) -> int:
        return int(self.system.lens.functions.position(account_id, self.market_id).call()[0])

    def insure(self, amount: int) -> None:
        vault = self.system.vault.functions
        self.send(self.system.token.functions.drip(self.sender, amount))
        self.send(self.system.token.functions.approve(self.system.vault.address, amount))
        self.send(vault.deposit(amount, self.sender))
        for bucket in (0, self.market_id):
            self.send(vault.set_bucket(bucket, amount))

    def liquidate(self) -> None:
        self.send_as_trader(self.house.liquidate(self.victim, self.market_id, ALL, self.liquidator, 10, 0))

    def is_balanced(self) -> bool:
        """ACC-1 and POS-1."""
        accounts = range(1, self.house.account_count().call() + 1)
        owed = sum(map(self.cash, accounts)) + self.house.vault_credit().call()
        ledger = self.house.collateral_ledger().call()
        held = self.system.token.functions.balanceOf(self.system.clearing_house.address).call()
        sizes = [self.size(account) for account in accounts]
        longs = sum(size for size in sizes if size > 0)
        interest = self.house.open_interest(self.market_id).call()
        return (
            owed + self.house.treasury_credit().call() == ledger == held
            and not sum(sizes)
            and (longs == interest)
        )


@pytest.fixture(scope="module")
def ganache() -> Iterator[Web3]:
    with running_ganache() as w3:
        yield w3


@pytest.fixture(scope="module")
def built_scene(ganache: Web3) -> Scene:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(market, "artifact", lambda name: artifacts.artifact(name, "shanghai"))
        return Scene(ganache)


@pytest.fixture
def scene(built_scene: Scene) -> Iterator[Scene]:
    """Every test begins with it anew."""
    start = built_scene.rpc("evm_snapshot")
    yield built_scene
    built_scene.rpc("evm_revert", start)


def test_ganache__a_thin_account__liquidated_in_part(scene: Scene) -> None:
    scene.report(scene.market_id, THIN)

    scene.liquidate()

    assert 0 < scene.size(scene.victim) < WAD
    assert scene.size(scene.liquidator) == WAD - scene.size(scene.victim)
    assert not scene.house.is_liquidatable(scene.victim).call()
    assert scene.is_balanced()


def test_ganache__a_bankrupt_account__paid_by_the_vault(scene: Scene) -> None:
    scene.insure(1_000 * USD)
    scene.report(scene.market_id, BANKRUPT)

    scene.liquidate()

    assert scene.size(scene.victim) == scene.cash(scene.victim) == 0
    assert scene.system.vault.functions.totalAssets().call() == 1_000 * USD - SHORTFALL
    assert scene.is_balanced()


def test_ganache__a_list_without_the_first__refused(scene: Scene) -> None:
    scene.report(scene.market_id, BANKRUPT)
    first, second, third = scene.shorts

    with pytest.raises(Web3RPCError, match="adl: not top ranked"):
        scene.house.deleverage(scene.victim, scene.market_id, [second, third, first]).call(
            {"from": scene.owner}
        )

    assert scene.size(scene.victim) == WAD


@pytest.mark.parametrize("by_list", [True, False])
def test_ganache__a_shortfall__insurance_first_then_winners_in_order(scene: Scene, by_list: bool) -> None:
    insurance = SHORTFALL // 4
    scene.insure(insurance)
    scene.report(scene.market_id, BANKRUPT)
    ranked = scene.system.lens.functions.adl_queue(scene.market_id, False, 0, 256).call()
    worth = [scene.house.account_values(short).call()[0] for short in scene.shorts]

    if by_list:
        scene.send_as_trader(scene.house.deleverage(scene.victim, scene.market_id, ranked))
    else:
        scene.send_as_trader(scene.house.deleverage_next(scene.victim, scene.market_id, 256))

    assert ranked == scene.shorts
    assert [scene.size(each) for each in (scene.victim, *scene.shorts)] == [0, 0, 0, 0]
    assert scene.cash(scene.victim) == 0
    assert scene.system.vault.functions.totalAssets().call() == 0
    lost = [before - scene.cash(short) for before, short in zip(worth, scene.shorts, strict=True)]
    assert lost == [(SHORTFALL - insurance) * size // WAD for size, _ in SELLERS]
    assert scene.is_balanced()


def test_ganache__what_other_chains_run__not_run(ganache: Web3) -> None:
    """Built for Cancun: locks in transient storage, whose opcodes Ganache does not have."""
    router = Web3Deployer(ganache, ganache.eth.accounts[0]).deploy("OracleRouter")

    with pytest.raises(Web3RPCError, match="invalid opcode"):
        router.functions.sync([]).call()


def test_ganache__clearing_house_without_cancun__above_the_limit_of_other_chains(built_scene: Scene) -> None:
    """Why the node is started without a limit, and why nobody else gets this build."""
    code = built_scene.w3.eth.get_code(built_scene.system.clearing_house.address)

    assert len(code) > SIZE_LIMIT
