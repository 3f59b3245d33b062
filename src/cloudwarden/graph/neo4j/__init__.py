"""Neo4j, optional: publishing sealed generations to a server, and queries as it is to be asked."""
