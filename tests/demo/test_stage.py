"""What the play makes of a keeper that does not answer."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from scripts.demo import stage
from scripts.demo.stage import Stage


class Silent:
    """Its process lives; whoever asks it gets no answer, or only after a while."""

    def __init__(self, *answers: str) -> None:
        self.running = None
        self._answers = list(answers)

    def health(self) -> tuple[int, str]:
        return (200, self._answers.pop(0)) if self._answers else (0, "")


def calm(keeper: Silent) -> bool:
    """Whether a stage with nobody in trouble is calm."""
    chain: Any = SimpleNamespace(eth=SimpleNamespace(accounts=["0x01", "0x02"]))
    venue, nobody = SimpleNamespace(w3=chain), SimpleNamespace(census=SimpleNamespace(liquidatable=()))
    made = Stage(*(cast(Any, each) for each in (venue, None, keeper, nobody, None)))
    return made.is_calm()


def test_stage__keeper_answers_later__waited_for() -> None:
    assert calm(Silent("", "", '{"unsettled": 0}'))


def test_stage__keeper_does_not_answer__said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage, "ANSWER_SECONDS", 0.1)
    with pytest.raises(TimeoutError, match=r"after 0\.1 s still not: the keeper answers"):
        calm(Silent())
