"""A second opinion on Cypher: an interpreter that is slow and obviously right, and a grammar.

Nothing here knows the binder or the emitter: only the parser's syntax tree is shared with them.
"""
