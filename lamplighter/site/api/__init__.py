"""The API, assembled from what each context answers."""

from lamplighter.billing import api as billing
from lamplighter.customers import api as customers
from lamplighter.history import api as history
from lamplighter.identity import api as identity
from lamplighter.identity.api import privacy
from lamplighter.identity.domain.permissions import FOUR_EYES
from lamplighter.metering import api as metering
from lamplighter.platform.rest import SCHEMES, Api
from lamplighter.site.api.audit import router as audit
from lamplighter.site.api.deliveries import router as deliveries
from lamplighter.tariffs import api as tariffs

api = Api(
    title="Lamplighter",
    version="0.1",
    description="Accounts, what they use, and their bills.",
    docs_url=None,
    openapi_extra={"components": {"securitySchemes": SCHEMES}},
)
for _path, _routers in {
    "": (
        identity.registering, identity.logging_in, identity.account, identity.account_settings,
        identity.greeting, identity.permissions, privacy.router,
    ),
    "/accounts": (
        billing.accounts, billing.single_bills, customers.account_users, customers.accounts,
    ),
    "/agreements": (billing.agreements,),
    "/api-keys": (identity.api_keys,),
    "/approvals": (identity.approvals,),
    "/audit": (audit,),
    "/bill-runs": (billing.runs,),
    "/billing-cycles": (billing.cycles,),
    "/billing-exceptions": (billing.exceptions,),
    "/bills": (billing.bills,),
    "/clients": (identity.clients,),
    "/corrections": (billing.corrections,),
    "/deliveries": (deliveries,),
    "/held-bills": (billing.held,),
    "/imports": (metering.imports,),
    "/meters": (metering.meters,),
    "/mfa": (identity.second_factors,),
    "/organisations": (identity.organisations, identity.members),
    "/reports": (history.reports,),
    "/service-locations": (customers.service_locations,),
    "/tariffs/versions": (tariffs.versions,),
    "/tariffs": (tariffs.tariffs,),
    "/usage-data": (billing.usage,),
    "/usage-points": (customers.usage_points,),
    "/users/accounts": (customers.account_codes,),
    "/users/properties": (billing.user_properties,),
    "/users": (identity.users,),
}.items():  # fmt: skip
    for _one in _routers:
        api.add_router(_path, _one)
api.check_declared(four_eyes=FOUR_EYES)
