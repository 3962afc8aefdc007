"""The table of revert reasons in contracts/README.md is complete and right for every deployable contract."""

import re
import tokenize
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

from scripts import snapshots
from scripts.sandbox.artifacts import artifact

README = snapshots.ROOT / "contracts" / "README.md"
SITE = Path(str(distribution("snekmate").locate_file("")))
REASON = re.compile(r"[a-z0-9_]+: \S.*")
IMPORT = re.compile(r"^from ([\w.]+) import (\w+)", re.MULTILINE)
# | `reason` | Contract, Contract | what to do |
ROW = re.compile(r"^\| (`+)([a-z0-9_]+: .+?)\1 \| ([\w, ]+) \|", re.MULTILINE)
LONGEST = 32


def sources(path: Path, seen: set[Path]) -> set[Path]:
    """A contract and all modules it is made of."""
    seen.add(path)
    for package, name in IMPORT.findall(path.read_text()):
        dots = len(package) - len(package.lstrip("."))
        roots = [path.parents[dots - 1]] if dots else [snapshots.ROOT, SITE]
        for root in roots:
            module = root / package.strip(".").replace(".", "/") / f"{name}.vy"
            if module.is_file() and module not in seen:
                sources(module, seen)
    return seen


def literals(path: Path) -> Iterator[str]:
    """String constants that look like reasons; Vyper's tokens are Python's."""
    with tokenize.open(path) as file:
        for token in tokenize.generate_tokens(file.readline):
            if token.type == tokenize.STRING and not token.string.startswith('"""'):
                text = token.string[1:-1]
                if REASON.fullmatch(text):
                    yield text


def reasons() -> dict[str, set[str]]:
    """Contracts by reason. The bytecode decides: a module's unused functions are not compiled in."""
    found: dict[str, set[str]] = {}
    for name, path in snapshots.deployables().items():
        code = bytes.fromhex(artifact(name).bytecode.removeprefix("0x"))
        for source in sources(path, set()):
            for reason in literals(source):
                # Longer ones are pushed 32 bytes at a time.
                if reason.encode()[:32] in code:
                    found.setdefault(reason, set()).add(name)
    return found


def test_reasons__in_the_code_and_in_the_table__are_the_same() -> None:
    rows = ROW.findall(README.read_text())
    documented = {reason: set(contracts.split(", ")) for _, reason, contracts in rows}
    assert len(documented) == len(rows), "a reason has two rows"
    assert documented == reasons()


def test_reasons__of_our_own__fit_a_word() -> None:
    ours = [p for name in snapshots.deployables() for p in sources(snapshots.deployables()[name], set())]
    too_long = {r for p in ours if SITE not in p.parents for r in literals(p) if len(r) > LONGEST}
    assert not too_long
