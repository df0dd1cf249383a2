"""Who may see an account."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from lamplighter.customers.models import AccountUser
from lamplighter.platform import audit


@transaction.atomic
def link_user(*, account_id: UUID, user_id: UUID, by: str, at: datetime) -> None:
    """Let a user see an account, from now on; nothing changes if they may."""
    _, made = AccountUser.objects.get_or_create(
        account_id=account_id, user_id=user_id, until=None, defaults={"since": at}
    )
    if made:
        audit.record(
            actor=by,
            action="customers.link_user",
            subject=f"account:{account_id}",
            detail={"user": str(user_id)},
            at=at,
        )
