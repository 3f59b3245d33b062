"""A read-only Cypher front end: text to tokens, tree, bound plan, SQL. Neo4j 5's meaning."""
