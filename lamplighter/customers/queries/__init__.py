"""Reads of customers."""

from lamplighter.customers.queries.accounts import (
    Account,
    AccountUnknown,
    account,
    account_ids_in_sight,
    account_in_sight,
    account_of_id,
    accounts_held_by,
    accounts_of_ids,
    accounts_of_numbers,
    accounts_of_user,
    check_in_sight,
    find_accounts,
    holders_of,
)
from lamplighter.customers.queries.places import (
    UsagePoint,
    UsagePointUnknown,
    usage_point,
    usage_point_of_id,
    usage_points,
    usage_points_of,
    usage_points_of_ids,
)
from lamplighter.customers.queries.searching import place_ids_with_words

__all__ = [
    "Account",
    "AccountUnknown",
    "UsagePoint",
    "UsagePointUnknown",
    "account",
    "account_ids_in_sight",
    "account_in_sight",
    "account_of_id",
    "accounts_held_by",
    "accounts_of_ids",
    "accounts_of_numbers",
    "accounts_of_user",
    "check_in_sight",
    "find_accounts",
    "holders_of",
    "place_ids_with_words",
    "usage_point",
    "usage_point_of_id",
    "usage_points",
    "usage_points_of",
    "usage_points_of_ids",
]
