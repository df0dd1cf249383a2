"""Where somebody lived who is erased."""

from uuid import UUID

from lamplighter.billing.models import Agreement
from lamplighter.customers import actions as customers
from lamplighter.customers import queries
from lamplighter.platform import personal


def forget_households(user_id: UUID) -> None:
    """
    Make unreadable the addresses of places for which a user alone has paid, in the transaction that
    erases them. Where others have paid too it is a place that they know, and it stays.
    """
    held = [account.id for account in queries.accounts_held_by(user_id)]
    places = "usage_point__service_location_id"
    mine = set(Agreement.objects.filter(account_id__in=held).values_list(places, flat=True))
    others = Agreement.objects.filter(**{f"{places}__in": mine}).exclude(account_id__in=held)
    known = {
        place
        for place, account in others.values_list(places, "account_id").distinct()
        if not personal.are_forgotten({account})
    }
    customers.forget_places(mine - known)
