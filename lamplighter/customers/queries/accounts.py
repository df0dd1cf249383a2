"""Accounts."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from lamplighter.customers import models
from lamplighter.customers.domain import EVERYTHING, Sight
from lamplighter.customers.domain.words import words_of
from lamplighter.customers.queries.opening import HOLDER, POSTAL_ADDRESS
from lamplighter.customers.queries.searching import numbers_of
from lamplighter.kernel import Place, Refusal
from lamplighter.platform import personal


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
    return {account.id: account for account in _opened(found)}


def accounts_of_numbers(numbers: Collection[str]) -> dict[str, Account]:
    """Find accounts by number, as many of them as there are."""
    found = models.Account.objects.filter(number__in=numbers).values_list(*_COLUMNS)
    return {account.number: account for account in _opened(found)}


def find_accounts(
    text: str = "", *, sight: Sight, after: str = "", limit: int = 50
) -> tuple[Account, ...]:
    """
    Find accounts by what a person would type: how a number begins, or words: of the name, or three
    letters or more that it begins with, and of the address. All of the words have to fit.

    :param sight: whose accounts are looked through
    :param after: the number of the last account of the page before
    :return: at most `limit` of them, by number
    """
    beyond = seen(sight).filter(number__gt=after).order_by("number")
    numbered = list(beyond.filter(number__istartswith=text).values_list(*_COLUMNS)[:limit])
    known = {row[1]: row for row in numbered}
    words = numbers_of(words_of(text))
    if words:
        for word in words:
            beyond = beyond.filter(id__in=_with_word(word))
        known |= {row[1]: row for row in beyond.values_list(*_COLUMNS)[:limit]}
    return tuple(_opened(known[number] for number in sorted(known)[:limit]))


def _with_word(word: int) -> "QuerySet[models.AccountWord, UUID]":
    return models.AccountWord.objects.filter(word=word).values_list("account_id", flat=True)


def accounts_of_user(user_id: UUID) -> tuple[Account, ...]:
    """The accounts that a user may see, by number."""
    found = seen(Sight(user_id=user_id)).order_by("number").distinct()
    return tuple(_opened(found.values_list(*_COLUMNS)))


def accounts_held_by(user_id: UUID) -> tuple[Account, ...]:
    """Those of them that nobody else may see: they are about this user alone."""
    mine = accounts_of_user(user_id)
    others = models.AccountUser.objects.filter(
        account_id__in=[account.id for account in mine], until=None
    ).exclude(user_id=user_id)
    shared = set(others.values_list("account_id", flat=True))
    return tuple(account for account in mine if account.id not in shared)


def holders_of(account_ids: Collection[UUID]) -> dict[UUID, str]:
    """The holders of accounts, as many as there are."""
    found = models.Account.objects.filter(id__in=account_ids).values_list("id", "holder")
    keys = personal.keyring(account_ids)
    return {row: keys.open(sealed, column=HOLDER, row=row) for row, sealed in found}


def _one(found: "QuerySet[models.Account]", asked: str, *, field: str) -> Account:
    account = next(iter(_opened(found.values_list(*_COLUMNS)[:1])), None)
    if account is None:
        raise AccountUnknown(f"{asked!r} is not an account.", places=(Place(field=field),))
    return account


def _opened(found: Iterable[tuple[Any, ...]]) -> list[Account]:
    rows = list(found)
    keys = personal.keyring([row[0] for row in rows])
    return [
        Account(
            id=key,
            number=number,
            holder=keys.open(holder, column=HOLDER, row=key),
            postal_address=tuple(keys.open(address, column=POSTAL_ADDRESS, row=key).split("\n")),
            language=language,
            currency=currency,
            opened_on=opened_on,
            closed_on=closed_on,
        )
        for key, number, holder, address, language, currency, opened_on, closed_on in rows
    ]
