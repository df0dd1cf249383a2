"""Users may see an account: staff link them, or they send in the code of a letter."""

import secrets
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction

from lamplighter.customers.models import AccountCode, AccountUser
from lamplighter.customers.queries import check_known
from lamplighter.identity.queries.people import user_of_email
from lamplighter.kernel import Place, Refusal
from lamplighter.platform import audit, personal

_LETTERS: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""None that is mistaken for another one on paper: no 0, O, 1, I."""
_CODE_LENGTH: Final = 16
CODE_GOOD_FOR: Final = timedelta(days=30)


class AccountUserUnknown(Refusal):
    """This user cannot see this account."""

    status = 404


class AccountAlreadyLinked(Refusal):
    """This user can see this account already."""

    status = 409


class NobodyOfThisEmail(Refusal):
    """Nobody has registered with this e-mail address."""


class AccountCodeInvalid(Refusal):
    """This code is not good for this account, or not any more."""


@transaction.atomic
def link_user(*, account_id: UUID, email: str, by: str, at: datetime) -> UUID:
    """
    Let a registered user see an account, and act for it.

    :return: the id of the link
    :raises AccountUnknown: if there is no account of this id
    :raises NobodyOfThisEmail: if the address is nobody's
    :raises AccountAlreadyLinked: if they can see it already
    """
    check_known(account_id)
    user_id = user_of_email(email)
    if user_id is None:
        raise NobodyOfThisEmail(
            remedy="Let them register first, or give them a code.", places=(Place(field="email"),)
        )
    return _linked(account_id, user_id, by=by, at=at)


@transaction.atomic
def make_account_code(*, account_id: UUID, by: str, at: datetime) -> tuple[str, datetime]:
    """
    Make a code by which whoever has it links themselves to an account, once.

    :return: the code, which can never be read again, and until when it is good
    :raises AccountUnknown: if there is no account of this id
    """
    check_known(account_id)
    code = "".join(secrets.choice(_LETTERS) for _ in range(_CODE_LENGTH))
    expires_at = at + CODE_GOOD_FOR
    AccountCode.objects.create(
        account_id=account_id, index=_index(code), made_at=at, expires_at=expires_at
    )
    _record(account_id, "customers.make_account_code", {}, by=by, at=at)
    return "-".join(code[n : n + 4] for n in range(0, _CODE_LENGTH, 4)), expires_at


@transaction.atomic
def redeem_account_code(*, account: str, code: str, user_id: UUID, by: str, at: datetime) -> UUID:
    """
    Let a user see an account of which they have the code.

    :param account: its number, which stands on the same letter
    :return: the id of the link
    :raises AccountCodeInvalid: alike for an unknown account, a wrong code, one used or expired
    :raises AccountAlreadyLinked: if they can see it already
    """
    row = (
        AccountCode.objects.select_for_update()
        .filter(account__number=account, index=_index(code), used_at=None, expires_at__gt=at)
        .first()
    )
    if row is None:
        raise AccountCodeInvalid(
            remedy="Look at both once more, or ask us for a new code.",
            places=(Place(field="code"),),
        )
    row.used_at, row.used_by_id = at, user_id
    row.save(update_fields=["used_at", "used_by"])
    return _linked(row.account_id, user_id, by=by, at=at)


@transaction.atomic
def unlink_user(*, account_id: UUID, user_id: UUID, by: str, at: datetime) -> None:
    """
    Let a user no longer see an account.

    :raises AccountUserUnknown: if they cannot see it
    """
    ended = AccountUser.objects.filter(account_id=account_id, user_id=user_id, until=None).update(
        until=at
    )
    if not ended:
        raise AccountUserUnknown(places=(Place(field="user_id"),))
    _record(account_id, "customers.unlink_user", {"user": str(user_id)}, by=by, at=at)


def _linked(account_id: UUID, user_id: UUID, *, by: str, at: datetime) -> UUID:
    try:
        with transaction.atomic():
            link = AccountUser.objects.create(account_id=account_id, user_id=user_id, since=at)
    except IntegrityError:
        # Account and user are there: only the constraint of one link at a time is left to object.
        raise AccountAlreadyLinked from None
    _record(account_id, "customers.link_user", {"user": str(user_id)}, by=by, at=at)
    return link.id


def _index(code: str) -> str:
    plain = code.upper().replace("-", "").replace(" ", "")
    return personal.blind_index("account-code", plain)


def _record(
    account_id: UUID, action: str, detail: dict[str, str], *, by: str, at: datetime
) -> None:
    audit.record(actor=by, action=action, subject=f"account:{account_id}", detail=detail, at=at)
