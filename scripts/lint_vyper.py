"""Run natrix over our contracts; the rules are chosen in `pyproject.toml`.

natrix's own command stops at the first module with two or more `uses:`, because the compiler refuses to
compile such a module alone. It also lints one file after the other.

    python -m scripts.lint_vyper       part of `make lint`
"""

import os
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import natrix
from natrix import ast_tools
from natrix.rules.common import Issue, RuleRegistry

from scripts.build_cache import CONTRACTS, ROOT

# ClearingHouse forwards these calls as they came in, so it reads none of their arguments.
FORWARDED = ("liquidate", "flag_bankrupt", "deleverage", "deleverage_next", "relink")
UNUSED_ARGUMENT = "NTX10"

compile_alone = ast_tools.vyper_compile


def compile_module(filename: str, formatting: str, extra_paths: tuple[str, ...] = ()) -> Any:
    """Metadata (frame sizes) exist only for what compiles alone; the other rules do without."""
    try:
        return compile_alone(filename, formatting, extra_paths)
    except Exception as error:
        if formatting == "metadata" and "is used but never initialized" in str(error):
            return {}
        raise


def lint(source: Path) -> list[str]:
    config = natrix.read_pyproject_config()
    ast_tools.vyper_compile = compile_module
    RuleRegistry.discover_rules()
    RuleRegistry.get_rules(config["rule_configs"])
    try:
        issues = natrix.lint_file(
            str(source.relative_to(ROOT)), natrix.OutputFormatter(), config["disabled_rules"]
        )
    except Exception as error:
        return [str(error)]
    return [issue.cli_format() for issue in issues if not is_forwarded(source, issue)]


def is_forwarded(source: Path, issue: Issue) -> bool:
    named = any(f"'{function}'" in issue.message for function in FORWARDED)
    return source.name == "ClearingHouse.vy" and issue.code == UNUSED_ARGUMENT and named


def main() -> int:
    # natrix calls `python` and `vyper` by name.
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    os.chdir(ROOT)
    # Mocks misbehave on purpose.
    sources = [p for p in sorted(CONTRACTS.rglob("*.vy")) if "mocks" not in p.parts]
    with ProcessPoolExecutor() as pool:
        issues = [issue for found in pool.map(lint, sources) for issue in found]
    print("\n\n".join(issues) or f"natrix: {len(sources)} Vyper files are clean")
    return bool(issues)


if __name__ == "__main__":
    sys.exit(main())
