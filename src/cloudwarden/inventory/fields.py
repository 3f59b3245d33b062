"""Model fields of ours."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models

from cloudwarden.inventory.moments import to_moment, to_number

if TYPE_CHECKING:
    _BigInteger = models.BigIntegerField[Any, Any]
else:
    _BigInteger = models.BigIntegerField


class MomentField(_BigInteger):
    """An aware `datetime`, held as `moments.py` says."""

    def from_db_value(self, value: int | None, *_: Any) -> datetime | None:
        """From the column."""
        return None if value is None else to_moment(value)

    def get_prep_value(self, value: Any) -> Any:
        """Into the column."""
        return to_number(value) if isinstance(value, datetime) else value
