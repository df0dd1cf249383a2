"""What customers answers over HTTP."""

from lamplighter.customers.api.account_users import codes as account_codes
from lamplighter.customers.api.account_users import router as account_users
from lamplighter.customers.api.accounts import router as accounts
from lamplighter.customers.api.places import locations as service_locations
from lamplighter.customers.api.places import points as usage_points

__all__ = [
    "account_codes",
    "account_users",
    "accounts",
    "service_locations",
    "usage_points",
]
