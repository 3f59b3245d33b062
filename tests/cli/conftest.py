from __future__ import annotations

from tests.support.commands import run
from tests.support.proxy import proxy

__all__ = ["proxy", "run"]
