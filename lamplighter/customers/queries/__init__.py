"""Reads of customers."""

from lamplighter.customers.queries.accounts import (
    Account,
    AccountUnknown,
    account,
    account_ids_in_sight,
    account_in_sight,
    account_of_id,
    accounts_of_ids,
    accounts_of_numbers,
    check_in_sight,
    find_accounts,
)
from lamplighter.customers.queries.places import (
    ADD_IT,
    UsagePoint,
    UsagePointUnknown,
    service_locations_page,
    usage_point,
    usage_point_of_id,
    usage_points,
    usage_points_of,
    usage_points_of_ids,
    usage_points_page,
)

__all__ = [
    "ADD_IT",
    "Account",
    "AccountUnknown",
    "UsagePoint",
    "UsagePointUnknown",
    "account",
    "account_ids_in_sight",
    "account_in_sight",
    "account_of_id",
    "accounts_of_ids",
    "accounts_of_numbers",
    "check_in_sight",
    "find_accounts",
    "service_locations_page",
    "usage_point",
    "usage_point_of_id",
    "usage_points",
    "usage_points_of",
    "usage_points_of_ids",
    "usage_points_page",
]
