"""Tables of findings: one row for each (check, asset) that ever failed, and what happened to it."""

# Only django-stubs' plugin could infer what fields hold; it would import settings that do not
# exist before run time.
# mypy: disable-error-code="var-annotated"

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Finding(models.Model):
    """A failing check on one asset, over time; `id` stays the same when it is reopened."""

    id = models.CharField(primary_key=True, max_length=32)
    check_id = models.CharField(max_length=200)
    severity = models.CharField(max_length=20)
    label = models.CharField(max_length=200)
    asset = models.TextField()
    name = models.TextField(null=True)
    account = models.CharField(max_length=200)
    region = models.CharField(max_length=100)
    state = models.CharField(max_length=20)
    why = models.TextField()
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()
    judged_at = models.DateTimeField()
    fixed_at = models.DateTimeField(null=True)
    reopened_at = models.DateTimeField(null=True)
    unknown_since = models.DateTimeField(null=True)
    unknown_why = models.TextField(default="")
    run = models.BigIntegerField(null=True)

    class Meta:
        """Indexes serve the list by state and the comparison by check."""

        app_label = "checks"
        indexes: ClassVar = [
            models.Index(fields=["state", "severity"], name="finding_state"),
            models.Index(fields=["check_id", "account"], name="finding_check"),
        ]


class FindingEvent(models.Model):
    """One change of a finding's state, with the reason told then."""

    finding = models.ForeignKey(Finding, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField()
    state = models.CharField(max_length=20)
    why = models.TextField()
    run = models.BigIntegerField(null=True)

    class Meta:
        """Events are read oldest first."""

        app_label = "checks"
        ordering: ClassVar = ["at", "id"]
