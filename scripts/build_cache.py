"""Drop Ape's build when any source changed.

Ape decides per file what to recompile and does not follow imports: after an edit to a module or an interface
it reports success and keeps the old bytecode of every contract that imports it.

    python -m scripts.build_cache      before `ape compile` by hand
"""

import hashlib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONTRACTS = ROOT / "contracts"
BUILD = ROOT / ".build" / "__local__.json"
STAMP = ROOT / ".build" / "sources.sha256"
COMPILER_INPUTS = (ROOT / "ape-config.yaml", ROOT / "requirements.txt")


def sources() -> list[Path]:
    return sorted(p for p in CONTRACTS.rglob("*") if p.suffix in {".vy", ".vyi"})


def source_hash() -> str:
    digest = hashlib.sha256()
    for path in [*sources(), *COMPILER_INPUTS]:
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def drop_if_stale() -> bool:
    """Return whether an outdated build was removed."""
    current = source_hash()
    if STAMP.is_file() and STAMP.read_text() == current:
        return False
    stale = BUILD.is_file()
    BUILD.unlink(missing_ok=True)
    STAMP.parent.mkdir(exist_ok=True)
    STAMP.write_text(current)
    return stale


if __name__ == "__main__":
    drop_if_stale()
