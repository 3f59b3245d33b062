LABELS = frozenset()
