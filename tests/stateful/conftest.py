"""One deployment for the state machines of a file."""

import pytest
from ape import Project

from tests.helpers.chain.ape_chain import ApeChain


@pytest.fixture(scope="module")
def chain(project: Project) -> ApeChain:
    return ApeChain(project)
