"""Settings of all tests."""

import pytest
from hypothesis import settings

settings.register_profile("edgewise", deadline=None, derandomize=True)
settings.load_profile("edgewise")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Long studies run when they are asked for: `-m slow`."""
    if not config.getoption("-m"):
        for item in items:
            if item.get_closest_marker("slow"):
                item.add_marker(pytest.mark.skip(reason="a long study; run it with -m slow"))
