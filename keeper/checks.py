"""`plimsoll keeper --check`: all that the daemon needs, one line each, and what to do about what is wrong."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

from keeper.arithmetic import WAD
from keeper.chain.blocks import latest
from keeper.chain.errors import ChainError, Fatal, RpcError
from keeper.chain.reads import Contracts, Reads
from keeper.chain.rpc import Node
from keeper.config import PythFeed, Secrets, Settings
from keeper.keys import NOBODY, open_reporters, open_wallet
from keeper.price_checks import prices
from keeper.tx.wallet import Wallet
from keeper.types import BlockRef
from keeper.verdict import Check, fail, ok, warn

# Seconds that a block may be ahead of this machine's clock.
SKEW = 15
# Below so many of the largest transactions at the highest fee the balance is called low.
COMFORT = 10


async def run(settings: Settings, secrets: Secrets, now: float) -> list[Check]:
    """`now`: Unix seconds. What cannot be looked at because of an earlier failure is left out."""
    chain = settings.chain
    found = [_folder(settings.keeper.folder), *_readable(secrets)]
    node = Node(chain.endpoints, chain.id, chain.max_lag, chain.call_timeout)
    try:
        await node.probe()
        found += [
            fail(f"endpoint {each.name}", f"{each.problem}: correct or remove it")
            if each.problem
            else ok(f"endpoint {each.name}", f"chain {chain.id}, block {each.height}")
            for each in node.health()
        ]
        found += [each async for each in _on_chain(settings, secrets, node, now)]
    except ChainError as error:
        found.append(fail("chain", f"{error}"))
    finally:
        await node.close()
    return found


async def _on_chain(settings: Settings, secrets: Secrets, node: Node, now: float) -> AsyncIterator[Check]:
    head = await latest(node)
    yield clock(head, now, settings.telemetry.max_head_age)
    reads = Reads(node, settings.contracts.clearing_house, settings.contracts.lens)
    try:
        contracts = await reads.discover(head)
    except Fatal as error:
        yield fail("contracts", f"{error}")
        return
    yield ok("contracts", f"ClearingHouse and its Lens, collateral of {contracts.decimals} decimals")
    async for each in before_start(settings, secrets, reads, head):
        yield each
    payer = _payer(settings, secrets)
    async for each in prices(settings, reads, head, open_reporters(secrets), payer, now):
        yield each


def _payer(settings: Settings, secrets: Secrets) -> str:
    """In whose name Pyth is asked what an update holds, if that is to be done."""
    try:
        wallet = open_wallet(secrets) if any(isinstance(p.feed, PythFeed) for p in settings.prices) else None
    except Fatal:
        # `before_start` has said why.
        wallet = None
    return wallet.address if wallet else NOBODY


async def before_start(
    settings: Settings, secrets: Secrets, reads: Reads, head: BlockRef
) -> AsyncIterator[Check]:
    """What a daemon about to start looks at as well: history, key, account."""
    contracts = await reads.contracts(head)
    yield await _start_block(settings, reads.node, head)
    wallet: Wallet | None = None
    try:
        wallet = open_wallet(secrets)
    except Fatal as error:
        yield fail("key", f"{error}")
    else:
        yield await _key(settings, reads, head, wallet)
    yield await _account(settings, reads, head, contracts, wallet)


def _folder(folder: Path) -> Check:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        return fail("folder", f"{folder} cannot be made: {error.strerror}: name another as [keeper] folder")
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return fail("folder", f"{folder} cannot be written: change its owner or rights")
    return ok("folder", f"{folder}")


def _readable(secrets: Secrets) -> list[Check]:
    file = secrets.keystore
    if file is not None and file.stat().st_mode & 0o004:
        return [warn("keystore", f"{file} can be read by everybody on this machine: chmod 600 {file}")]
    return []


def clock(head: BlockRef, now: float, max_age: float) -> Check:
    age = now - head.timestamp
    if age < -SKEW:
        return fail(
            "clock", f"block {head.number} is {-age:.0f} s in the future: set this machine's clock (NTP)"
        )
    if age > max_age:
        return fail(
            "clock", f"block {head.number} is {age:.0f} s old: the chain stands still, or the clock is wrong"
        )
    return ok("clock", f"block {head.number} is {max(age, 0):.0f} s old")


async def _start_block(settings: Settings, node: Node, head: BlockRef) -> Check:
    """History must not begin after the contract: events would be missing."""
    start = settings.chain.start_block
    if start > head.number:
        text = f"[chain] start_block = {start} is above the newest block, {head.number}: lower it"
        return fail("start block", text, stops=True)
    if start == 0:
        return ok("start block", "from the beginning of the chain")
    address = settings.contracts.clearing_house
    try:
        code = await node.call("eth_getCode", [address, hex(start - 1)])
    except ChainError:
        return warn(
            "start block", f"cannot be verified: the node does not keep the state of block {start - 1}"
        )
    if code not in ("0x", None):
        text = f"ClearingHouse is older than block {start}: lower [chain] start_block"
        return fail("start block", text, stops=True)
    return ok("start block", f"{start}")


async def _key(settings: Settings, reads: Reads, head: BlockRef, wallet: Wallet | None) -> Check:
    if wallet is None:
        if settings.keeper.dry_run:
            return ok("key", "none, and none is needed in a dry run")
        return fail(
            "key", "there is none: set PLIMSOLL_KEYSTORE and PLIMSOLL_PASSPHRASE_FILE, or use --dry-run"
        )
    balance = await reads.balance(head, wallet.address)
    largest = settings.limits.max_fee * settings.limits.gas_per_tx
    text = f"{wallet.address} has {balance / WAD:.6g} coins"
    if balance < largest:
        needed = f"the largest transaction may cost {largest / WAD:.6g}"
        return fail("key", f"{text}, {needed}: fund it, or lower [limits] max_fee_gwei")
    if balance < COMFORT * largest:
        return warn("key", f"{text}: less than {COMFORT} of the largest transactions: fund it soon")
    return ok("key", text)


async def _account(
    settings: Settings, reads: Reads, head: BlockRef, contracts: Contracts, wallet: Wallet | None
) -> Check:
    account_id = settings.keeper.account_id
    if account_id == 0:
        return warn(
            "account", "[keeper] account_id is 0: nothing will be liquidated, only flagged and deleveraged"
        )
    count = await reads.clearing_house_view(head, "account_count")
    if account_id > count:
        text = f"[keeper] account_id = {account_id} does not exist, the newest is {count}"
        return fail("account", f"{text}: open one, or correct it", stops=True)
    if wallet is not None and not await reads.is_authorized(head, account_id, wallet.address):
        return fail(
            "account", f"{wallet.address} is neither owner nor live delegate of {account_id}: set_delegate"
        )
    try:
        values = await reads.account_values(head, account_id)
    except RpcError as error:
        return warn("account", f"{account_id} cannot be valued now: {error}")
    equity = values.equity / 10**contracts.decimals
    text = f"{account_id} has an equity of {equity:,.2f}"
    if values.equity <= values.initial_requirement:
        return fail("account", f"{text}, all of it is used as margin: deposit")
    return ok(
        "account",
        f"{text}, {(values.equity - values.initial_requirement) / 10**contracts.decimals:,.2f} free",
    )
