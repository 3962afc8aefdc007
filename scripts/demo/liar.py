"""A keeper that lies: it leaves its friend out of the list, and bids more so that its list comes first.

It has no ranking of its own. It waits for the honest keeper's list in the pool, takes its friend from the
front of it, and sends the rest, with the next in rank at the end so that the list is as long. Whoever stands
in front of the first list becomes its friend, and when that one is closed, whoever stands there next.
"""

from dataclasses import dataclass
from typing import Any

from eth_keys.datatypes import PrivateKey
from eth_utils import keccak

from scripts.demo.story import Refusal, Story
from scripts.sandbox.node import Anvil
from scripts.sandbox.reverts import revert_reason
from scripts.sandbox.venue import Venue
from scripts.sandbox.wallet import Wallet

KEY = PrivateKey(keccak(text="plimsoll lying keeper"))
ETHER = 10**18
# Wei per gas: in front of whatever a keeper pays.
HASTE = 200 * 10**9
GAS = 5_000_000
NOT_TOP = "adl: not top ranked"
# After so many it has understood.
LIES = 5


@dataclass(frozen=True)
class Lie:
    """Sent, and not mined yet."""

    tx_hash: str
    market_id: int
    account_id: int
    friend: int
    given: tuple[int, ...]
    right: tuple[int, ...]


class Liar:
    def __init__(self, venue: Venue, node: Anvil, keeper: str, story: Story) -> None:
        """`keeper`: the honest one's address."""
        self._venue = venue
        self._node = node
        self._keeper = keeper.lower()
        self._story = story
        self._house = venue.system.clearing_house
        self._selector = self._house.functions.deleverage(0, 0, [])._encode_transaction_data()[:10]
        self._wallet = Wallet(KEY, venue.market.chain_id)
        # Of each market.
        self._friends: dict[int, int] = {}
        self._lie: Lie | None = None
        node.rpc("anvil_setBalance", self._wallet.address, hex(100 * ETHER))

    @property
    def address(self) -> str:
        return self._wallet.address

    def act(self) -> None:
        """Between two blocks: look into the pool, and lie if it pays."""
        if len(self._story.refusals) >= LIES:
            return
        first = self._first_of_the_keeper()
        if first is None or not first["input"].startswith(self._selector):
            return
        _, arguments = self._house.decode_function_input(first["input"])
        account_id, market_id = arguments["account_id"], arguments["market_id"]
        right = tuple(arguments["ranked"])
        friend = self._friends.get(market_id, 0)
        if not friend or not self._venue.position(friend, market_id):
            friend = self._friends[market_id] = right[0]
        if friend not in right or not self._is_reached(friend, account_id, market_id, right):
            return
        given = tuple(each for each in right if each != friend) + self._next_in_rank(
            account_id, market_id, right
        )
        lie = self._house.functions.deleverage(account_id, market_id, list(given))
        raw = self._wallet.sign(lie, HASTE, HASTE, GAS)
        tx_hash = str(self._node.rpc("eth_sendRawTransaction", raw))
        self._lie = Lie(tx_hash, market_id, account_id, friend, given, right)

    def look(self, block: int, time: int) -> None:
        """After a block: what became of the lie."""
        lie, self._lie = self._lie, None
        if lie is None:
            return
        receipt = self._node.rpc("eth_getTransactionReceipt", lie.tx_hash)
        if receipt is None or int(receipt["blockNumber"], 16) != block:
            raise RuntimeError("the lying keeper's transaction was not mined first")
        if receipt["status"] != "0x0":
            raise RuntimeError(f"the chain believed the lying keeper: {lie.tx_hash}")
        reason = revert_reason(self._venue, lie.tx_hash)
        if reason != NOT_TOP:
            # There was nothing to lie about: insurance, refilled since the last block, covers it.
            return
        self._story.refusals.append(
            Refusal(
                block=block,
                time=time,
                tx_hash=lie.tx_hash,
                market_id=lie.market_id,
                account_id=lie.account_id,
                friend=lie.friend,
                friend_rank=lie.right.index(lie.friend) + 1,
                given=lie.given,
                right=lie.right,
                reason=reason,
            )
        )

    def _first_of_the_keeper(self) -> Any:
        """Its next transaction: the only one that is certain to meet the state that it was made for."""
        pending = self._node.rpc("txpool_content")["pending"]
        for sender, by_nonce in pending.items():
            if sender.lower() == self._keeper:
                return by_nonce[min(by_nonce, key=int)]
        return None

    def _is_reached(self, friend: int, account_id: int, market_id: int, right: tuple[int, ...]) -> bool:
        """Else those before it close everything, and a list that ends there is no lie."""
        sizes = [abs(self._venue.position(each, market_id)) for each in right[: right.index(friend)]]
        return sum(sizes) < abs(self._venue.position(account_id, market_id))

    def _next_in_rank(self, account_id: int, market_id: int, right: tuple[int, ...]) -> tuple[int, ...]:
        """Behind the list, on its side; none if it is the last."""
        is_long = self._venue.position(account_id, market_id) < 0
        lens = self._venue.system.lens.functions
        return tuple(lens.adl_queue(market_id, is_long, len(right), 1).call({"gas": 2**32}))
