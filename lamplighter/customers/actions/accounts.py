"""Accounts are opened and closed."""

from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from lamplighter.customers.actions.new_accounts import NewAccount, check_new, malformed
from lamplighter.customers.actions.sealing import insert_accounts
from lamplighter.customers.events import AccountClosed, AccountOpened
from lamplighter.customers.models import Account
from lamplighter.customers.queries import AccountUnknown
from lamplighter.kernel import Place, Refusal, new_id
from lamplighter.platform import audit, outbox


class AccountAlreadyKnown(Refusal):
    """There is an account of this number already."""

    status = 409


class AccountAlreadyClosed(Refusal):
    """This account is closed."""

    status = 409


@transaction.atomic
def open_account(new: NewAccount, *, by: str, at: datetime) -> UUID:
    """
    Open an account.

    :raises AccountMalformed: naming the field that cannot be
    :raises UnknownCurrency: if it is not one of ISO 4217
    :raises AccountAlreadyKnown: if the number is another account's
    """
    check_new(new)
    account_id = _created(new)
    outbox.publish(AccountOpened(account_id=account_id, number=new.number), at=at)
    # Who somebody is and where they live is not for a trail that is never erased.
    audit.record(
        actor=by,
        action="customers.open_account",
        subject=f"account:{account_id}",
        detail={"number": new.number, "currency": new.currency},
        at=at,
    )
    return account_id


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
        raise malformed("closed_on", f"The account was opened on {account.opened_on}.")
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


def _created(new: NewAccount) -> UUID:
    account_id = new_id()
    try:
        with transaction.atomic():
            insert_accounts([(account_id, new)])
    except IntegrityError:
        # Only the unique number is left to object, also when two ask at the same time.
        raise AccountAlreadyKnown(
            f"{new.number} is another account's number.", places=(Place(field="number"),)
        ) from None
    return account_id
