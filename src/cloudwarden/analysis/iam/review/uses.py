"""When something was used: three answers, and that it is not known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cloudwarden.core.clock import parse_moment
from cloudwarden.core.errors import UsageError


class Use(StrEnum):
    """When something was last used. `NOT_TRACKED` has nothing whose use AWS notes."""

    USED = "used"
    UNUSED = "not in window"
    NOT_TRACKED = "not tracked"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Moments:
    """Judges moments, written as properties hold them, as of `now`. Ages are in whole days."""

    now: datetime
    window_days: int

    def age(self, moment: str | None) -> int | None:
        """Days since a moment; None for what is none (`N/A`, `no_information`)."""
        found = self._read(moment)
        return None if found is None else max(0, (self.now - found).days)

    def use(self, last_used: str | None) -> Use:
        """Whether a last use is in the window. Without one, it is not.

        A use after `now` says nothing of before: what is known is newer than what was asked for.
        """
        if not last_used:
            return Use.UNUSED
        found = self._read(last_used)
        if found is None or found > self.now:
            return Use.UNKNOWN
        return Use.USED if (self.now - found).days <= self.window_days else Use.UNUSED

    def _read(self, moment: str | None) -> datetime | None:
        if not moment:
            return None
        try:
            return parse_moment(moment)
        except UsageError:
            return None
