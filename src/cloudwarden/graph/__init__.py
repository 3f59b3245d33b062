"""The estate as a graph: sealed generations, and Cypher over them."""
