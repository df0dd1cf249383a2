"""What staff look accounts up by, and what hangs on one."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Q

from lamplighter.billing.models import Agreement, Bill
from lamplighter.customers import queries as customers
from lamplighter.customers.domain import Sight
from lamplighter.kernel import Period
from lamplighter.metering.queries.meters import (
    InstalledMeter,
    meters_at_points,
    usage_points_with_meter,
)
from lamplighter.tariffs.queries.versions import names_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """A usage point that an account pays for, or has paid for."""

    agreement_id: UUID
    usage_point_id: UUID
    usage_point: str
    """Its reference: the number the industry knows it by."""
    address: str
    """Personal."""
    commodity: str
    time_zone: str
    tariff: str
    """Its code."""
    tariff_name: str
    starts_on: date
    ends_on: date | None
    """Exclusive; None: it goes on."""
    billed_until: date | None
    meters: tuple[InstalledMeter, ...]
    """Those that are there now."""


def properties_of(account_id: UUID, *, at: datetime) -> tuple[Property, ...]:
    """
    Tell what an account pays for, the earliest first.

    :param at: which meters count as being there
    """
    return properties_of_accounts([account_id], at=at).get(account_id, ())


def properties_of_accounts(
    account_ids: Collection[UUID], *, at: datetime
) -> dict[UUID, tuple[Property, ...]]:
    """Tell what each of these accounts pays for; see `properties_of`."""
    rows = (
        Agreement.objects.filter(account_id__in=account_ids)
        .order_by("starts_on", "usage_point__reference", "id")
        .values_list(
            "id", "account_id", "usage_point_id", "tariff_id", "tariff__code", "starts_on",
            "ends_on", "billed_until",
        )
    )  # fmt: skip
    points = customers.usage_points_of_ids({row[2] for row in rows})
    names = names_of({row[3] for row in rows})
    meters = meters_at_points(points, period=Period(at, at + timedelta(microseconds=1)))
    found: dict[UUID, list[Property]] = defaultdict(list)
    for agreement_id, account_id, point_id, tariff_id, code, starts_on, ends_on, until in rows:
        found[account_id].append(
            Property(
                agreement_id=agreement_id,
                usage_point_id=point_id,
                usage_point=points[point_id].reference,
                address=points[point_id].address,
                commodity=points[point_id].commodity,
                time_zone=points[point_id].time_zone,
                tariff=code,
                tariff_name=names.get(tariff_id, code),
                starts_on=starts_on,
                ends_on=ends_on,
                billed_until=until,
                meters=meters.get(point_id, ()),
            )
        )
    return {account_id: tuple(some) for account_id, some in found.items()}


def search_accounts(
    text: str = "", *, sight: Sight, after: str = "", limit: int = 50
) -> tuple[customers.Account, ...]:
    """
    Find accounts by what staff have before them, or a customer among their own.

    A number that is known (of an account, a bill, a usage point or a meter) finds just its
    accounts; anything else is looked for in numbers, names and addresses, by words
    (`find_accounts`).

    :param after: the number of the last account of the page before
    :return: at most `limit` of them, by number
    """
    text = text.strip()
    if not text:
        return customers.find_accounts(sight=sight, after=after, limit=limit)
    known = _with_number(text)
    if known:
        found = _by_number(known, sight)
        return tuple(found[number] for number in sorted(found) if number > after)[:limit]
    named = customers.find_accounts(text, sight=sight, after=after, limit=limit)
    found = _by_number(_at_places(text, sight, after=after, limit=limit), sight) | {
        account.number: account for account in named
    }
    return tuple(found[number] for number in sorted(found)[:limit])


def _with_number(text: str) -> set[UUID]:
    """The accounts that this number, of whatever it is, leads to."""
    account = customers.accounts_of_numbers([text]).get(text)
    if account is not None:
        return {account.id}
    billed = Bill.objects.filter(number=text).values_list("account_id", flat=True)
    points = usage_points_with_meter(text)
    paying = Agreement.objects.filter(
        Q(usage_point__reference=text) | Q(usage_point_id__in=points)
    ).values_list("account_id", flat=True)
    return {*billed, *paying}


def _at_places(text: str, sight: Sight, *, after: str, limit: int) -> list[UUID]:
    places = Q(usage_point__reference__istartswith=text) | Q(
        usage_point__service_location_id__in=customers.place_ids_with_words(text)
    )
    paying = Agreement.objects.filter(places, account__number__gt=after)
    seen = customers.account_ids_in_sight(sight)
    if seen is not None:
        paying = paying.filter(account_id__in=seen)
    ordered = paying.order_by("account__number").values_list("account_id", "account__number")
    return [account_id for account_id, _ in ordered.distinct()[:limit]]


def _by_number(account_ids: Collection[UUID], sight: Sight) -> dict[str, customers.Account]:
    found = customers.accounts_of_ids(account_ids, sight=sight).values()
    return {account.number: account for account in found}
