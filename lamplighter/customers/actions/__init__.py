"""What can be done in customers."""

from lamplighter.customers.actions.account_users import (
    AccountAlreadyLinked,
    AccountCodeInvalid,
    AccountUserUnknown,
    NobodyOfThisEmail,
    link_user,
    make_account_code,
    redeem_account_code,
    unlink_user,
)
from lamplighter.customers.actions.accounts import (
    AccountAlreadyClosed,
    AccountAlreadyKnown,
    AccountMalformed,
    NewAccount,
    close_account,
    open_account,
)
from lamplighter.customers.actions.places import (
    AddressMalformed,
    CommodityUnknown,
    ReferenceMalformed,
    TimeZoneUnknown,
    UsagePointAlreadyKnown,
    add_service_location,
    add_usage_point,
)
from lamplighter.customers.actions.taking_over import NewPlace, take_over_accounts, take_over_places
from lamplighter.customers.actions.user_properties import (
    DescribedProperty,
    DuplicateProperty,
    UserPropertyMalformed,
    add_user_property,
    change_user_property,
    remove_user_property,
)
from lamplighter.customers.queries import ServiceLocationUnknown

__all__ = [
    "AccountAlreadyClosed",
    "AccountAlreadyKnown",
    "AccountAlreadyLinked",
    "AccountCodeInvalid",
    "AccountMalformed",
    "AccountUserUnknown",
    "AddressMalformed",
    "CommodityUnknown",
    "DescribedProperty",
    "DuplicateProperty",
    "NewAccount",
    "NewPlace",
    "NobodyOfThisEmail",
    "ReferenceMalformed",
    "ServiceLocationUnknown",
    "TimeZoneUnknown",
    "UsagePointAlreadyKnown",
    "UserPropertyMalformed",
    "add_service_location",
    "add_usage_point",
    "add_user_property",
    "change_user_property",
    "close_account",
    "link_user",
    "make_account_code",
    "open_account",
    "redeem_account_code",
    "remove_user_property",
    "take_over_accounts",
    "take_over_places",
    "unlink_user",
]
