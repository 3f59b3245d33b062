"""What exposure reads and what it adds: labels, properties and relations."""

from __future__ import annotations

LABELS: frozenset[str] = frozenset()
