"""A worked start-up, loaded once."""

import pytest

from talentlab.runtime import repository_root
from talentlab.talent.tables import Startup, load_startup


@pytest.fixture(scope="session")
def startup() -> Startup:
    """The worked example."""
    return load_startup(repository_root() / "course" / "data" / "startup")
