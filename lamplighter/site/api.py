"""The API, assembled from what each context answers."""

from lamplighter.billing import api as billing
from lamplighter.customers import api as customers
from lamplighter.platform.rest import SCHEMES, Api

api = Api(
    title="Lamplighter",
    version="0.1",
    description="Accounts, what they use, and their bills.",
    docs_url=None,
    openapi_extra={"components": {"securitySchemes": SCHEMES}},
)
api.add_router("/accounts", billing.accounts)
api.add_router("/accounts", customers.router)
api.add_router("/bills", billing.bills)
api.add_router("/usage-data", billing.usage)
api.check_declared()
