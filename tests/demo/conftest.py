"""A small venue with a past, one for every file of tests."""

from collections.abc import Iterator

import pytest

from tests.demo.wrecked import Wrecked, wrecked_venue


@pytest.fixture(scope="module")
def wrecked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wrecked]:
    with wrecked_venue(tmp_path_factory.mktemp("wrecked")) as venue:
        yield venue
