"""Who may see an account."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from lamplighter.customers.models import AccountUser
from lamplighter.identity.queries.people import people_of


@dataclass(frozen=True, slots=True, kw_only=True)
class UserOfAccount:
    """A user who may see an account. Personal."""

    user_id: UUID
    email: str
    name: str
    since: datetime


def users_of_account(account_id: UUID) -> tuple[UserOfAccount, ...]:
    """Tell the users who may see an account, the first one first."""
    links = AccountUser.objects.filter(account_id=account_id, until=None).order_by("since", "id")
    rows = list(links.values_list("user_id", "since"))
    people = people_of([user_id for user_id, _ in rows])
    return tuple(
        UserOfAccount(
            user_id=user_id, email=people[user_id].email, name=people[user_id].name, since=since
        )
        for user_id, since in rows
    )
