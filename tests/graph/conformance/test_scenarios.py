"""Every scenario in `scenarios/` comes out as it says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from tests.support.cypher.scenarios import Scenario, exactly, graphs, scenarios, written

from cloudwarden.graph.cypher.errors import CypherError
from cloudwarden.graph.graph import Graph

FOLDER = Path(__file__).parent / "scenarios"
SCENARIOS = scenarios(FOLDER)


@pytest.fixture(scope="module")
def worlds() -> Iterator[Mapping[str, Graph]]:
    made = dict(graphs(FOLDER))
    yield made
    for graph in made.values():
        graph.close()


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: f"{s.place}: {s.name}")
def test_a_scenario_comes_out_as_it_says(scenario: Scenario, worlds: Mapping[str, Graph]) -> None:
    graph = worlds[scenario.graph]
    if scenario.error is not None:
        expect_error(scenario, graph)
        return
    result = graph.query(scenario.query, scenario.parameters)
    rows = [[written(value) for value in row.values()] for row in result]
    assert scenario.rows is not None
    ordered = scenario.ordered
    assert exactly(rows, ordered=ordered) == exactly(scenario.rows, ordered=ordered)
    if scenario.columns is not None:
        assert list(result.columns) == scenario.columns


def expect_error(scenario: Scenario, graph: Graph) -> None:
    wanted = dict(scenario.error or {})
    with pytest.raises(CypherError) as caught:
        graph.query(scenario.query, scenario.parameters).rows()
    error = caught.value
    assert "please report" not in str(error)
    assert wanted.pop("says", "").casefold() in error.reason.casefold()
    assert wanted.pop("hint", "").casefold() in error.hint.casefold()
    found = {"line": error.line, "column": error.column}
    assert {key: found[key] for key in wanted} == wanted
    if wanted:
        text, caret = error.caret.split("\n")
        assert text.strip() == scenario.query.split("\n")[error.line - 1].strip()
        assert caret.index("^") == error.column + 1


def test_there_are_scenarios_for_every_feature() -> None:
    assert len(SCENARIOS) >= 350
    assert len({(s.place, s.name) for s in SCENARIOS}) == len(SCENARIOS)
