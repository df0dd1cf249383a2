"""Accounts."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Q, QuerySet

from lamplighter.customers import models
from lamplighter.customers.domain import EVERYTHING, Sight
from lamplighter.kernel import Place, Refusal


class AccountUnknown(Refusal):
    """There is no such account."""

    status = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who is billed. Name and address are personal."""

    id: UUID
    number: str
    holder: str
    postal_address: tuple[str, ...]
    """Lines."""
    language: str
    currency: str
    opened_on: date
    closed_on: date | None


_COLUMNS = (
    "id", "number", "holder", "postal_address", "language", "currency", "opened_on", "closed_on",
)  # fmt: skip


def account(number: str) -> Account:
    """
    Find an account by its number.

    :raises AccountUnknown: if there is none
    """
    return _one(models.Account.objects.filter(number=number), number, field="account")


def account_of_id(account_id: UUID) -> Account:
    """
    Find an account by its id.

    :raises AccountUnknown: if there is none
    """
    return _one(models.Account.objects.filter(id=account_id), str(account_id), field="account_id")


def account_in_sight(number: str, sight: Sight) -> Account:
    """
    Find an account that somebody may see.

    :raises AccountUnknown: if there is none of this number, as far as they can see
    """
    return _one(seen(sight).filter(number=number), number, field="account")


def check_in_sight(account_id: UUID, sight: Sight) -> None:
    """:raises AccountUnknown: if somebody may not see it, or it is not there"""
    if not sight.everything and not seen(sight).filter(id=account_id).exists():
        raise AccountUnknown(places=(Place(field="account_id"),))


def check_known(account_id: UUID) -> None:
    """:raises AccountUnknown: if there is no account of this id"""
    if not models.Account.objects.filter(id=account_id).exists():
        raise AccountUnknown(places=(Place(field="account_id"),))


def account_ids_in_sight(sight: Sight) -> "QuerySet[models.Account, UUID] | None":
    """The ids of the accounts that somebody may see, to filter by; None: there is no limit."""
    return None if sight.everything else seen(sight).values_list("id", flat=True)


def seen(sight: Sight) -> "QuerySet[models.Account]":
    """The accounts that somebody may see."""
    if sight.everything:
        return models.Account.objects.all()
    if sight.user_id is None:
        return models.Account.objects.none()
    return models.Account.objects.filter(users__user_id=sight.user_id, users__until=None)


def accounts_of_ids(
    account_ids: Collection[UUID], *, sight: Sight = EVERYTHING
) -> dict[UUID, Account]:
    """Find accounts by id, as many of them as there are in sight."""
    found = seen(sight).filter(id__in=account_ids).values_list(*_COLUMNS)
    return {row[0]: _facts(row) for row in found}


def accounts_of_numbers(numbers: Collection[str]) -> dict[str, Account]:
    """Find accounts by number, as many of them as there are."""
    found = models.Account.objects.filter(number__in=numbers).values_list(*_COLUMNS)
    return {row[1]: _facts(row) for row in found}


def find_accounts(
    text: str = "", *, sight: Sight, after: str = "", limit: int = 50
) -> tuple[Account, ...]:
    """
    Find accounts by what a person would type: a number, or a part of the name or the address.

    :param sight: whose accounts are looked through
    :param after: the number of the last account of the page before
    :return: at most `limit` of them, by number
    """
    wanted = (
        Q(number__istartswith=text) | Q(holder__icontains=text) | Q(postal_address__icontains=text)
    )
    found = seen(sight).filter(wanted, number__gt=after).order_by("number")
    return tuple(map(_facts, found.values_list(*_COLUMNS)[:limit]))


def _one(found: "QuerySet[models.Account]", asked: str, *, field: str) -> Account:
    row = found.values_list(*_COLUMNS).first()
    if row is None:
        raise AccountUnknown(f"{asked!r} is not an account.", places=(Place(field=field),))
    return _facts(row)


def _facts(row: tuple[object, ...]) -> Account:
    facts = dict(zip(_COLUMNS, row, strict=True))
    lines = tuple(str(facts.pop("postal_address")).split("\n"))
    return Account(postal_address=lines, **facts)  # type: ignore[arg-type] # by name
