"""Accounts as the user saved them, and the health of their credentials.

Importing this needs Django configured (`core.database`).
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from cloudwarden.core.errors import UsageError
from cloudwarden.inventory.document import clean
from cloudwarden.inventory.models import Account, Scope
from cloudwarden.inventory.records import AccountRecord
from cloudwarden.providers.base import AccountSettings
from cloudwarden.schema.records import Failure


def save_account(alias: str, account: AccountSettings) -> None:
    """Add an account or change its settings; its health stays."""
    settings = {**asdict(account), "regions": list(account.regions), "configured": True}
    account_id = settings.pop("id")
    Account.objects.using(alias).update_or_create(id=account_id, defaults=settings)


def remove_account(alias: str, account_id: str) -> None:
    """Forget an account's settings and health. Raises `UsageError` if it was not saved."""
    removed, _ = Account.objects.using(alias).filter(id=account_id, configured=True).delete()
    if not removed:
        raise UsageError(
            f"no account {account_id} was added; `cloudwarden accounts list` shows those that were"
        )


def list_accounts(alias: str) -> list[AccountRecord]:
    """Every account that was saved or connected to, by id."""
    return [_record(account) for account in Account.objects.using(alias).order_by("id")]


def record_connection(
    alias: str, account_id: str, name: str, failure: Failure | None, now: datetime
) -> None:
    """Note how connecting went. A name that the user gave wins over the one learnt."""
    account, _ = Account.objects.using(alias).get_or_create(id=account_id)
    if name and not (account.configured and account.name):
        account.name = clean(name)
    account.last_used = now
    account.working = failure is None
    if failure is None:
        account.last_success = now
    else:
        account.last_error = clean(f"{failure.code}: {failure.message}")
        account.last_error_at = now
    account.save(using=alias)


def names_of_accounts(alias: str) -> dict[str, str]:
    """The name, or an empty text, of every account that is saved, was connected to, or read."""
    names = dict.fromkeys(Scope.objects.using(alias).values_list("account", flat=True), "")
    names |= dict(Account.objects.using(alias).values_list("id", "name"))
    return dict(sorted(names.items()))


def _record(account: Account) -> AccountRecord:
    return AccountRecord(
        settings=AccountSettings(
            id=account.id,
            name=account.name,
            provider=account.provider,
            role_arn=account.role_arn,
            external_id=account.external_id,
            via_role_arn=account.via_role_arn,
            profile=account.profile,
            session_name=account.session_name,
            regions=tuple(account.regions),
            enabled=account.enabled,
        ),
        configured=account.configured,
        working=account.working,
        last_used=account.last_used,
        last_success=account.last_success,
        last_error=account.last_error,
        last_error_at=account.last_error_at,
    )
