"""An inventory of clouds with history, a graph that answers Cypher, and checks as data."""

__version__ = "0.1.0"
