"""How a generation is made from the inventory's documents. Knows nothing of where it is kept."""

from cloudwarden.graph.build.builder import Built, build_into
from cloudwarden.graph.build.documents import AssetDocument
from cloudwarden.graph.build.vocabulary import GraphRules, schema_hash
from cloudwarden.graph.build.work import Limits

__all__ = ["AssetDocument", "Built", "GraphRules", "Limits", "build_into", "schema_hash"]
