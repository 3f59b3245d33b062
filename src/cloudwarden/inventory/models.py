"""The tables. Importing this needs Django configured (`core.database`).

Rows of assets, tags, versions and readings are written by `writing.py` alone, in bulk.
"""

# Only django-stubs' plugin could infer what fields hold; it would import settings that do not
# exist before run time.
# ruff: noqa: D106
# mypy: disable-error-code="var-annotated"

from __future__ import annotations

from django.db import models

from cloudwarden.inventory.fields import MomentField
from cloudwarden.schema.records import Verdict

VERDICT_LENGTH = max(len(verdict) for verdict in Verdict)


class Account(models.Model):
    """An account's settings, and how its credentials fared."""

    id = models.TextField(primary_key=True)
    provider = models.TextField(default="aws")
    name = models.TextField(default="")
    role_arn = models.TextField(default="")
    external_id = models.TextField(default="")
    via_role_arn = models.TextField(default="")
    profile = models.TextField(default="")
    session_name = models.TextField(default="cloudwarden")
    regions = models.JSONField(default=list)
    enabled = models.BooleanField(default=True)
    configured = models.BooleanField(default=False)
    working = models.BooleanField(null=True)
    last_used = MomentField(null=True)
    last_success = MomentField(null=True)
    last_error = models.TextField(null=True)
    last_error_at = MomentField(null=True)


class Run(models.Model):
    """One collection."""

    started_at = MomentField()
    finished_at = MomentField(null=True)
    state = models.CharField(max_length=16, default="running")
    verdict = models.CharField(max_length=VERDICT_LENGTH, null=True)
    api_calls = models.BigIntegerField(default=0)
    parameters = models.TextField(default="{}")


class Scope(models.Model):
    """A unit of reading, and the last that was learnt about it.

    Every asset of the scope was seen by `complete_run` at `complete_at`, if it is no younger:
    so an unchanged asset needs no write to be seen again.
    """

    provider = models.TextField()
    account = models.TextField()
    region = models.TextField()
    type = models.TextField()
    latest_run = models.ForeignKey(Run, models.PROTECT, null=True, related_name="+", db_index=False)
    latest_at = MomentField(null=True)
    complete_run = models.ForeignKey(
        Run, models.PROTECT, null=True, related_name="+", db_index=False
    )
    complete_at = MomentField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("account", "region", "type", "provider"), name="scope_once"
            ),
        )


class Reading(models.Model):
    """What a run learnt about a scope. `stored_at` orders the readings of one scope in time."""

    run_id: int
    run = models.ForeignKey(Run, models.PROTECT, related_name="readings", db_index=False)
    scope = models.ForeignKey(Scope, models.PROTECT, related_name="readings")
    verdict = models.CharField(max_length=VERDICT_LENGTH)
    listed = models.BooleanField()
    reason = models.TextField()
    operations = models.TextField()
    failures = models.TextField()
    seen = models.BigIntegerField()
    new = models.BigIntegerField()
    changed = models.BigIntegerField()
    gone = models.BigIntegerField()
    started_at = MomentField(null=True)
    finished_at = MomentField(null=True)
    stored_at = MomentField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("run", "scope"), name="reading_once"),)


class Asset(models.Model):
    """An asset as last seen. `identity` is the provider's id; `hash` is that of the state.

    It is `incomplete` where operations failed for it.

    `last_seen` and `seen_run` may be behind those of the scope's last complete reading.
    Runs have no constraint: they were checked with the reading that brought the asset, and a
    check for each of 100,000 rows costs PostgreSQL seconds.
    """

    scope = models.ForeignKey(Scope, models.PROTECT, related_name="assets")
    label = models.TextField()
    identity = models.TextField()
    arn = models.TextField(null=True)
    account = models.TextField()
    region = models.TextField()
    name = models.TextField(null=True)
    hash = models.CharField(max_length=32)
    incomplete = models.BooleanField()
    first_seen = MomentField()
    since = MomentField()
    opened_run = models.ForeignKey(
        Run, models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )
    last_seen = MomentField()
    seen_run = models.ForeignKey(
        Run, models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )
    document = models.TextField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("identity", "label", "scope"), name="asset_once"),
        )
        indexes = (
            models.Index(fields=("label", "identity", "scope"), name="asset_by_label"),
            models.Index(fields=("account", "label", "identity"), name="asset_by_account"),
            models.Index(fields=("region", "label", "identity"), name="asset_by_region"),
            models.Index(fields=("arn",), name="asset_by_arn"),
            models.Index(fields=("name",), name="asset_by_name"),
            models.Index(fields=("since",), name="asset_by_since"),
            models.Index(
                fields=("label",), condition=models.Q(incomplete=True), name="asset_incomplete"
            ),
        )


class AssetTag(models.Model):
    """A tag of a current asset, to find assets by it; `value` may be cut (`bulk.TAG_LENGTH`)."""

    asset = models.ForeignKey(Asset, models.DO_NOTHING, related_name="+", db_constraint=False)
    key = models.TextField()
    value = models.TextField()

    class Meta:
        indexes = (models.Index(fields=("key", "value", "asset"), name="tag_by_key"),)


class AssetVersion(models.Model):
    """An asset as it was from `valid_from` until just before `valid_to`."""

    scope = models.ForeignKey(Scope, models.PROTECT, related_name="versions", db_index=False)
    label = models.TextField()
    identity = models.TextField()
    arn = models.TextField(null=True)
    account = models.TextField()
    region = models.TextField()
    name = models.TextField(null=True)
    hash = models.CharField(max_length=32)
    first_seen = MomentField()
    valid_from = MomentField()
    valid_to = MomentField()
    opened_run = models.ForeignKey(
        Run, models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )
    closed_run = models.ForeignKey(
        Run, models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )
    last_seen = MomentField()
    seen_run = models.ForeignKey(
        Run, models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )
    ended = models.CharField(max_length=8)
    document = models.TextField()

    class Meta:
        indexes = (
            models.Index(fields=("identity", "label", "scope"), name="version_by_identity"),
            models.Index(fields=("arn",), name="version_by_arn"),
            models.Index(fields=("valid_to",), name="version_by_end"),
        )
