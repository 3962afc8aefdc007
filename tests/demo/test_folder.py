"""What a demonstration may replace in its folder, and what stays."""

from pathlib import Path

import pytest

from keeper.config import ConfigError
from scripts.demo.command import Manner, run
from scripts.demo.options import Asked


@pytest.mark.parametrize(
    "settings",
    [None, "[chain]\nid = 42161\n", "not TOML"],
    ids=["sources", "a keeper of another chain", "something else"],
)
def test_folder__a_keeper_folder_of_somebody_else__refused_and_untouched(
    tmp_path: Path, settings: str | None
) -> None:
    keeper, report = tmp_path / "keeper", tmp_path / "report.json"
    keeper.mkdir()
    kept = keeper / "__init__.py" if settings is None else keeper / "keeper.toml"
    kept.write_text(settings or "")
    report.write_text("earlier")
    with pytest.raises(ConfigError, match="is not of an earlier demonstration: choose another --folder"):
        run(Asked(), Manner(tmp_path, pace=0, plain=True, keep=False))
    assert (kept.read_text(), report.read_text()) == (settings or "", "earlier")
