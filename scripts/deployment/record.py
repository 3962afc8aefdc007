"""`deployments/<network>.json`: what was sent, written before it is sent, so that a run can be continued."""

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from scripts.deployment.errors import Stop
from scripts.deployment.feeds import CONTRACTS


class Step(BaseModel):
    """One contract: planned when written first, then sent, then mined."""

    model_config = ConfigDict(extra="forbid")

    nonce: int
    address: str
    arguments: list[Any]
    # Hashes in the order of sending; the last is the one that was mined.
    transactions: list[str] = []
    block: int | None = None


class Record(BaseModel):
    """A deployment."""

    model_config = ConfigDict(extra="forbid")

    network: str
    chain_id: int
    deployer: str
    compiler: str
    # `scripts.build_cache.source_hash` of the sources that were compiled.
    sources: str
    # Block of ClearingHouse, where a keeper starts to read; unknown until it is mined.
    start_block: int | None = None
    contracts: dict[str, Step] = {}
    # Contracts that were deployed and given up, by address.
    abandoned: dict[str, str] = {}

    def nonces(self) -> dict[str, int]:
        """Of every contract that was sent."""
        return {name: step.nonce for name, step in self.contracts.items()}

    def price_sources(self) -> dict[str, str]:
        """Addresses of the price sources by kind of feed."""
        return {kind: self.address(name) for kind, name in CONTRACTS.items() if name in self.contracts}

    def address(self, name: str) -> str:
        if name not in self.contracts or self.contracts[name].block is None:
            raise Stop(f"{name} is not deployed yet: run deploy first")
        return self.contracts[name].address


def read(path: Path) -> Record | None:
    """The record, None if there is none yet."""
    try:
        return Record.model_validate_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValidationError as error:
        raise Stop(
            f"{path}: no deployment record ({error.error_count()} errors); restore it from version control"
        ) from None


def write(path: Path, record: Record) -> None:
    """Replace the file as a whole: after a crash it is the old one or the new one, never half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(record.model_dump(), indent=2) + "\n"
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def keeper_settings(record: Record) -> str:
    """The part of keeper.toml that depends on the deployment."""
    return (
        f"[chain]\nid = {record.chain_id}\nstart_block = {record.start_block}\n\n[contracts]\n"
        f'clearing_house = "{record.address("ClearingHouse")}"\nlens = "{record.address("Lens")}"\n'
    )
