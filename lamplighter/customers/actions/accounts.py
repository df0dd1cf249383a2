"""Accounts are opened and closed."""

import re
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction

from lamplighter.customers.events import AccountClosed, AccountOpened
from lamplighter.customers.models import Account
from lamplighter.customers.queries import AccountUnknown
from lamplighter.kernel import Currency, Place, Refusal
from lamplighter.platform import audit, outbox

_NUMBER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9./-]{0,31}")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


class AccountMalformed(Refusal):
    """This cannot be an account."""


class AccountAlreadyKnown(Refusal):
    """There is an account of this number already."""

    status = 409


class AccountAlreadyClosed(Refusal):
    """This account is closed."""

    status = 409


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """An account as it is opened."""

    number: str
    holder: str
    """A name, as it stands on letters."""
    postal_address: tuple[str, ...]
    """Lines."""
    currency: str
    opened_on: date
    language: str = "en"
    """A BCP 47 tag."""


@transaction.atomic
def open_account(new: NewAccount, *, by: str, at: datetime) -> UUID:
    """
    Open an account.

    :raises AccountMalformed: naming the field that cannot be
    :raises UnknownCurrency: if it is not one of ISO 4217
    :raises AccountAlreadyKnown: if the number is another account's
    """
    check_new(new)
    account = _created(new)
    outbox.publish(AccountOpened(account_id=account.id, number=new.number), at=at)
    # Who somebody is and where they live is not for a trail that is never erased.
    audit.record(
        actor=by,
        action="customers.open_account",
        subject=f"account:{account.id}",
        detail={"number": new.number, "currency": new.currency},
        at=at,
    )
    return account.id


@transaction.atomic
def close_account(*, account_id: UUID, closed_on: date, by: str, at: datetime) -> None:
    """
    Close an account. Its bills, and what is owed, stay.

    :raises AccountUnknown: if there is none of this id
    :raises AccountAlreadyClosed: if it is
    :raises AccountMalformed: if it would be closed before it was opened
    """
    account = Account.objects.select_for_update().filter(id=account_id).first()
    if account is None:
        raise AccountUnknown(places=(Place(field="account_id"),))
    if account.closed_on is not None:
        raise AccountAlreadyClosed(f"{account.number} was closed on {account.closed_on}.")
    if closed_on < account.opened_on:
        raise _malformed("closed_on", f"The account was opened on {account.opened_on}.")
    account.closed_on = closed_on
    account.save(update_fields=["closed_on"])
    outbox.publish(AccountClosed(account_id=account.id, closed_on=closed_on), at=at)
    audit.record(
        actor=by,
        action="customers.close_account",
        subject=f"account:{account.id}",
        detail={"closed_on": closed_on.isoformat()},
        at=at,
    )


def check_new(new: NewAccount, *, source: str | None = None, row: int | None = None) -> None:
    """:raises AccountMalformed: naming the field that cannot be"""
    place = {"source": source, "row": row}
    Currency(new.currency)
    if not _NUMBER.fullmatch(new.number):
        raise _malformed("number", "A number is 1 to 32 letters, digits, and . / -.", **place)
    if not 0 < len(new.holder.strip()) <= 200 or not new.holder.isprintable():
        raise _malformed("holder", "A name is one line of 1 to 200 characters.", **place)
    address = "\n".join(new.postal_address)
    if not 0 < len(address) <= 500 or not all(line.isprintable() for line in new.postal_address):
        raise _malformed("postal_address", "An address is lines of 1 to 500 characters.", **place)
    if not _LANGUAGE.fullmatch(new.language) or len(new.language) > 35:
        raise _malformed("language", f"{new.language!r} is not a language tag.", **place)


def columns_of(new: NewAccount) -> dict[str, object]:
    columns = {each.name: getattr(new, each.name) for each in fields(new)}
    return columns | {
        "holder": new.holder.strip(),
        "postal_address": "\n".join(new.postal_address),
    }


def _malformed(field: str, detail: str, **place: object) -> AccountMalformed:
    return AccountMalformed(detail, places=(Place(field=field, **place),))  # type: ignore[arg-type]


def _created(new: NewAccount) -> Account:
    try:
        with transaction.atomic():
            return Account.objects.create(**columns_of(new))
    except IntegrityError:
        # Only the unique number is left to object, also when two ask at the same time.
        raise AccountAlreadyKnown(
            f"{new.number} is another account's number.", places=(Place(field="number"),)
        ) from None
