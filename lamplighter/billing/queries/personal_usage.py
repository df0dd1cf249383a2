"""What a household has used, told to itself."""

from datetime import date
from typing import Any
from uuid import UUID

from lamplighter.billing.models import Agreement
from lamplighter.customers import queries as customers
from lamplighter.metering.queries.intervals import days_of
from lamplighter.platform.privacy import as_json


def properties_told(account_id: UUID) -> bytes:
    """What an account pays for, and has paid for."""
    rows = _agreements(account_id)
    points = customers.usage_points_of_ids({row["usage_point_id"] for row in rows})
    return as_json([row | {"usage_point": points[row["usage_point_id"]]} for row in rows])


def usage_told(account_id: UUID) -> bytes:
    """Day by day what the intervals of its usage points come to, while it paid for them."""
    return as_json(
        {
            str(row["usage_point_id"]): list(
                days_of(
                    usage_point_id=row["usage_point_id"],
                    days=(row["starts_on"], row["ends_on"] or date.max),
                )
            )
            for row in _agreements(account_id)
        }
    )


def _agreements(account_id: UUID) -> list[dict[str, Any]]:
    columns = ("usage_point_id", "tariff__code", "starts_on", "ends_on", "billed_until")
    return list(Agreement.objects.filter(account_id=account_id).order_by("id").values(*columns))
