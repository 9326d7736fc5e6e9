"""Settings of all tests."""

import pytest
from hypothesis import settings

settings.register_profile("edgewise", deadline=None, derandomize=True)
settings.load_profile("edgewise")


@pytest.fixture(scope="module")
def blank(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A table of one-turn sessions without a prompt: all service is decoding."""
    file = tmp_path_factory.mktemp("table") / "blank.csv"
    file.write_text("prompt_tokens\n0\n")
    return f"workload.path={file}"
