"""Everything that is wrong with an input, said at once."""

from dataclasses import dataclass, field
from pathlib import Path


class BadInput(Exception):
    """`problems`: one line each, with file and line where there is one."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass
class Mistakes:
    """Collected while reading goes on."""

    problems: list[str] = field(default_factory=list)

    def add(self, path: Path, line: int, text: str) -> None:
        """`line` from 1; 0: of the whole file."""
        self.problems.append(f"{path}:{line}: {text}" if line else f"{path}: {text}")

    def check(self) -> None:
        if self.problems:
            raise BadInput(self.problems)
