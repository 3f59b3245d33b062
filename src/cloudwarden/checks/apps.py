"""The Django app that owns the findings' tables."""

from __future__ import annotations

from django.apps import AppConfig


class ChecksConfig(AppConfig):
    """Named so that its tables are `checks_…` whatever package path it is installed under."""

    name = "cloudwarden.checks"
    label = "checks"
    default_auto_field = "django.db.models.BigAutoField"
