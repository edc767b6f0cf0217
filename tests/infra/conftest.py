"""The infrastructure as it is."""

from importlib.util import find_spec

import pytest

# These tests have an environment of their own (`make check` makes it and runs them there): checkov and Microsoft's
# models weigh more than everything else the tests need. Elsewhere they are not collected.
COLLECTED = find_spec("tree_sitter_bicep") is not None
collect_ignore_glob = [] if COLLECTED else ["test_*.py"]

if COLLECTED:
    from tests.infra.infrastructure import PROJECT, Infrastructure, load

    @pytest.fixture(scope="session")
    def infra() -> Infrastructure:
        return load(PROJECT)
