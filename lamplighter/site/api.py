"""The API, assembled from what each context answers."""

from lamplighter.billing import api as billing
from lamplighter.customers import api as customers
from lamplighter.identity import api as identity
from lamplighter.platform.rest import SCHEMES, Api

api = Api(
    title="Lamplighter",
    version="0.1",
    description="Accounts, what they use, and their bills.",
    docs_url=None,
    openapi_extra={"components": {"securitySchemes": SCHEMES}},
)
api.add_router("/accounts", billing.accounts)
api.add_router("/accounts", customers.account_users)
api.add_router("/accounts", customers.accounts)
api.add_router("/bills", billing.bills)
api.add_router("", identity.registering)
api.add_router("", identity.logging_in)
api.add_router("", identity.account)
api.add_router("", identity.greeting)
api.add_router("/mfa", identity.second_factors)
api.add_router("/usage-data", billing.usage)
api.add_router("/users/properties", billing.user_properties)
api.add_router("/agreements", billing.agreements)
api.add_router("/users/accounts", customers.account_codes)
api.add_router("/service-locations", customers.service_locations)
api.add_router("/usage-points", customers.usage_points)
api.check_declared()
