"""Settings of all tests."""

from hypothesis import settings

settings.register_profile("edgewise", deadline=None, derandomize=True)
settings.load_profile("edgewise")
