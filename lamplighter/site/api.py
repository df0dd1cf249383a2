"""The API, assembled from what each context answers."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from ninja.security import APIKeyCookie, HttpBasicAuth

from lamplighter.billing import api as billing
from lamplighter.customers import api as customers
from lamplighter.identity.api import Staff
from lamplighter.metering import api as metering
from lamplighter.platform.rest import Api


class Session(APIKeyCookie):
    """The session of a browser; what changes something needs its CSRF token as well."""

    param_name = settings.SESSION_COOKIE_NAME

    def __call__(self, request: HttpRequest) -> Staff | None:
        # Who came in by a password sends no cookie that somebody else could make use of.
        return super().__call__(request) if _staff(request, by_session=True) else None

    def authenticate(self, request: HttpRequest, key: str | None) -> Staff | None:  # noqa: ARG002
        return _staff(request, by_session=True)


class Basic(HttpBasicAuth):
    """Provisional: e-mail address and password, from the same machine only."""

    def __call__(self, request: HttpRequest) -> Staff | None:
        return _staff(request, by_session=False)

    def authenticate(self, *_: Any) -> None:
        """Never asked: `site.access` has looked at the password already."""


def _staff(request: HttpRequest, *, by_session: bool) -> Staff | None:
    staff: Staff | None = getattr(request, "staff", None)
    return staff if staff is not None and staff.by_session is by_session else None


api = Api(
    title="Lamplighter",
    version="0.1",
    description="Accounts, what they use, and their bills.",
    docs_url=None,
    auth=[Session(), Basic()],
)
api.add_router("/accounts", billing.accounts)
api.add_router("/accounts", customers.router)
api.add_router("/bills", billing.bills)
api.add_router("/usage-data", metering.router)
