from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.support.bolt import Bolt, bolt_server
from tests.support.neo4j_store import Neo4jStore


@pytest.fixture
def bolt() -> Iterator[Bolt]:
    with bolt_server(Neo4jStore()) as server:
        yield server
