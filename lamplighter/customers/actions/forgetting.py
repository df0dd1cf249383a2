"""Who is erased is forgotten here too, in the transaction that erases them."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from lamplighter.customers.models import AccountUser, AccountWord, PlaceWord, UserProperty
from lamplighter.customers.queries import accounts_held_by
from lamplighter.platform import personal


def forget_holder(user_id: UUID, *, at: datetime) -> None:
    """
    Make unreadable whose accounts a user's were, and let nobody find them by words. Of an account
    that somebody else may see too, they only leave.
    """
    held = [account.id for account in accounts_held_by(user_id)]
    personal.forget(held)
    AccountWord.objects.filter(account_id__in=held).delete()
    AccountUser.objects.filter(user_id=user_id, until=None).update(until=at)
    UserProperty.objects.filter(user_id=user_id).delete()


def forget_places(place_ids: Collection[UUID]) -> None:
    """Make unreadable where places are at which nobody else lived."""
    personal.forget(place_ids)
    PlaceWord.objects.filter(place_id__in=place_ids).delete()
