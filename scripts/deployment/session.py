"""Where the scripts touch Ape: its network, its keyfile account, its compiler; and their common options."""

import functools
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ape
import click
import requests
from ape.cli import ConnectedProviderCommand
from ape.logging import logger
from web3.exceptions import Web3Exception

from scripts import build_cache
from scripts.deployment import params as parameters
from scripts.deployment import plan, record
from scripts.deployment.chain import Artifact, Node, one_line
from scripts.deployment.errors import Stop
from scripts.deployment.params import Parameters
from scripts.deployment.record import Record

ROOT = build_cache.ROOT
# Passphrase of the keyfile account.
PASSPHRASE = "PLIMSOLL_PASSPHRASE"  # noqa: S105
COMPILER = "vyper 0.4.3"
NAMES = ("FaucetToken", "OracleRouter", "SignedSource", *plan.BLOCK, "Lens", *plan.REPLACEABLE)


@dataclass
class Session:
    """One run of one script."""

    node: Node
    network: str
    chain_id: int
    params: Parameters
    record_path: Path
    sources: str

    def recorded(self) -> Record:
        """The record, which must be of this chain and these sources."""
        found = record.read(self.record_path)
        if found is None:
            raise Stop(f"{self.record_path} does not exist: run deploy first")
        self.check(found)
        return found

    def check(self, found: Record) -> None:
        if found.chain_id != self.chain_id:
            raise Stop(
                f"{self.record_path} is of chain {found.chain_id}, not {self.chain_id}: pass another --record"
            )
        if found.sources != self.sources:
            raise Stop(
                f"the sources are not those that {self.record_path} was made from: check those out, "
                "or deploy another system with another --record"
            )


def say(line: str) -> None:
    click.echo(line)


def command(function: Callable[..., None]) -> Any:
    """An Ape script with --network, --account, --params and --record, whose failures are one line each."""

    @functools.wraps(function)
    def guarded(account: str | None, params: Path | None, record: Path | None, **options: Any) -> None:
        try:
            function(_session(account, params, record), **options)
        except Stop as stop:
            click.echo(str(stop), err=True)
            sys.exit(1)
        except (requests.RequestException, OSError, Web3Exception) as error:
            cause = f"{type(error).__name__}: {one_line(error)}"
            click.echo(
                f"the node failed: run the same command again, it continues where it stopped ({cause})",
                err=True,
            )
            sys.exit(1)

    wrapped: Any = guarded
    for option in (
        click.option("--account", help=f"Alias of the keyfile account; its passphrase is in {PASSPHRASE}."),
        click.option(
            "--params", type=click.Path(path_type=Path), help="Default: scripts/params/<network>.yaml."
        ),
        click.option(
            "--record", type=click.Path(path_type=Path), help="Default: deployments/<network>.json."
        ),
    ):
        wrapped = option(wrapped)
    decorate: Any = click.command(cls=ConnectedProviderCommand)
    return decorate(wrapped)


def _session(alias: str | None, params: Path | None, path: Path | None) -> Session:
    name = str(ape.chain.provider.network.name).removesuffix("-fork")
    file = parameters.load(params or ROOT / "scripts" / "params" / f"{name}.yaml")
    web3 = ape.chain.provider.web3
    chain_id = web3.eth.chain_id
    if file.chain_id != chain_id:
        raise Stop(
            f"the parameters are for chain {file.chain_id}, the node is of {chain_id}: pass another --network"
        )
    path = path or ROOT / "deployments" / f"{name}.json"
    sender, sign = _account(alias, path)
    build_cache.drop_if_stale()
    node = Node(web3, {name: _artifact(name) for name in NAMES}, sender, sign)
    known = record.read(path)
    file = file.resolved(known.deployer if known else sender)
    return Session(node, name, chain_id, file, path, build_cache.source_hash())


def _account(alias: str | None, path: Path) -> tuple[str, Callable[[dict[str, Any]], bytes]]:
    """The account that signs. Without an alias nothing can be signed, and the record names the deployer."""
    if alias is None:
        known = record.read(path)
        if known is None:
            raise Stop("pass --account with the alias of a keyfile account (`ape accounts import ALIAS`)")
        return known.deployer, _cannot_sign
    if alias not in ape.accounts.aliases:
        raise Stop(f"no account {alias}: make it with `ape accounts import {alias}`")
    account = ape.accounts.load(alias)
    passphrase = os.environ.get(PASSPHRASE)
    if passphrase is None:
        raise Stop(f"put the passphrase of {alias} into {PASSPHRASE}")
    # Ape warns at each signature that an unlocked key is in use; that is what the passphrase was given for.
    logger.set_level("ERROR")
    try:
        account.set_autosign(True, passphrase=passphrase)
    except Exception:
        raise Stop(f"the passphrase in {PASSPHRASE} does not open {alias}") from None

    def sign(fields: dict[str, Any]) -> bytes:
        transaction = ape.chain.provider.network.ecosystem.create_transaction(**fields, type=2)
        signed = account.sign_transaction(transaction)
        if signed is None:
            raise Stop(f"{alias} did not sign")
        return bytes(signed.serialize_transaction())

    return str(account.address), sign


def _cannot_sign(_: dict[str, Any]) -> bytes:
    raise Stop("nothing can be sent without --account")


def _artifact(name: str) -> Artifact:
    kind = getattr(ape.project, name).contract_type
    abi = [entry.model_dump(mode="json", by_alias=True, exclude_none=True) for entry in kind.abi]
    return Artifact(abi, bytes(kind.deployment_bytecode.to_bytes()), bytes(kind.runtime_bytecode.to_bytes()))
