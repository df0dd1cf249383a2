"""The API, assembled from what each context answers."""

from lamplighter.billing import api as billing
from lamplighter.customers import api as customers
from lamplighter.identity.api import privacy
from lamplighter.metering import api as metering
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
api.add_router("/usage-data", metering.router)
api.add_router("", privacy.router)
api.check_declared()
