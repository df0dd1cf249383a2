"""Users are disabled and enabled; what they are logged in by ends."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from lamplighter.identity.actions import sessions
from lamplighter.identity.actions.members import NotForOneself, check_not_last
from lamplighter.identity.domain.permissions import Role
from lamplighter.identity.models import Organisation, User
from lamplighter.identity.queries.directory import UserUnknown, roles_of
from lamplighter.kernel import Caller, Refusal
from lamplighter.platform import audit


class UserErased(Refusal):
    """This user was erased."""

    status = 409


@transaction.atomic
def disable_user(user_id: UUID, *, by: Caller, at: datetime) -> None:
    """
    Let somebody in no more; all their sessions and apps end at once.

    :raises UserUnknown: if there is none
    :raises NotForOneself: if it is the caller
    :raises LastAdministrator: if nobody else would be left who could give a role
    """
    if user_id == by.user_id:
        raise NotForOneself("Nobody disables themselves.")
    roles = [(where, Role(role)) for where, role in roles_of(user_id)]
    # In the order of their ids, as whoever takes roles away.
    places = sorted({where for where, _ in roles})
    list(Organisation.objects.select_for_update().filter(id__in=places).order_by("id"))
    user = _locked(user_id)
    if user.is_active:
        check_not_last(user_id, roles=roles)
    user.is_active = False
    user.save(update_fields=["is_active"])
    sessions.end_all(user_id, reason="disabled", at=at)
    _record(user_id, "disable_user", by=by.actor, at=at)


@transaction.atomic
def enable_user(user_id: UUID, *, by: Caller, at: datetime) -> None:
    """
    Let somebody in again.

    :raises UserUnknown: if there is none
    :raises UserErased: if nothing is known of them any more
    """
    user = _locked(user_id)
    if user.erased_at is not None:
        raise UserErased
    user.is_active = True
    user.save(update_fields=["is_active"])
    _record(user_id, "enable_user", by=by.actor, at=at)


@transaction.atomic
def end_sessions_of(user_id: UUID, *, by: Caller, at: datetime) -> int:
    """
    Log somebody out everywhere, of apps that act for them, too. Returns how many sessions ended.

    :raises UserUnknown: if there is none
    """
    _locked(user_id)
    return sessions.end_sessions(user_id=user_id, reason="ended_by_staff", by=by.actor, at=at)


def _locked(user_id: UUID) -> User:
    user = User.objects.select_for_update().filter(id=user_id).first()
    if user is None:
        raise UserUnknown
    return user


def _record(user_id: UUID, did: str, *, by: str, at: datetime) -> None:
    audit.record(actor=by, action=f"identity.{did}", subject=f"user:{user_id}", detail={}, at=at)
