"""What can be done in customers."""

from lamplighter.customers.actions.account_users import link_user
from lamplighter.customers.actions.accounts import (
    AccountAlreadyKnown,
    close_account,
    open_account,
)
from lamplighter.customers.actions.forgetting import forget_holder, forget_places
from lamplighter.customers.actions.new_accounts import AccountMalformed, NewAccount
from lamplighter.customers.actions.places import (
    AddressMalformed,
    CommodityUnknown,
    ReferenceMalformed,
    ServiceLocationUnknown,
    TimeZoneUnknown,
    UsagePointAlreadyKnown,
    add_service_location,
    add_usage_point,
)
from lamplighter.customers.actions.taking_over import NewPlace, take_over_accounts, take_over_places

__all__ = [
    "AccountAlreadyKnown",
    "AccountMalformed",
    "AddressMalformed",
    "CommodityUnknown",
    "NewAccount",
    "NewPlace",
    "ReferenceMalformed",
    "ServiceLocationUnknown",
    "TimeZoneUnknown",
    "UsagePointAlreadyKnown",
    "add_service_location",
    "add_usage_point",
    "close_account",
    "forget_holder",
    "forget_places",
    "link_user",
    "open_account",
    "take_over_accounts",
    "take_over_places",
]
