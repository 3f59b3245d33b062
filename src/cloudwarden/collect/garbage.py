"""A garbage collector that looks less often while much is read.

Answers are parsed into hundreds of thousands of small objects that live until they are stored;
at its usual pace the collector goes through all of them again and again, and finds nothing. That
is a seventh of what a collection costs.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

#: New objects after which the youngest are looked through; Python's own number is 700.
_YOUNG = 20_000


@contextmanager
def rarely_collected() -> Iterator[None]:
    """Within the block: leave alone what exists, and look through what is new less often."""
    thresholds = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_YOUNG, *thresholds[1:])
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()
