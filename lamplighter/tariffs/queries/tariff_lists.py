"""Lists of tariffs."""

from dataclasses import dataclass

from django.db.models import Q

from lamplighter.platform.paging import Asked, order_of, page_of
from lamplighter.tariffs.models import Tariff, TariffVersion
from lamplighter.tariffs.queries.versions import Version, versions_of_tariffs


@dataclass(frozen=True, slots=True, kw_only=True)
class TariffsWanted:
    """Which tariffs somebody looks for."""

    search: str = ""
    """A part of the code or of a name."""
    state: str | None = None
    """Of one of its versions."""
    currency: str | None = None


def tariffs_page(
    wanted: TariffsWanted, *, asked: Asked
) -> tuple[list[tuple[str, tuple[Version, ...]]], str | None]:
    """A page of tariffs, by code, each with all its versions; and the next page's cursor."""
    versions = TariffVersion.objects.all()
    if wanted.state is not None:
        versions = versions.filter(state=wanted.state)
    if wanted.currency is not None:
        versions = versions.filter(currency=wanted.currency)
    found = Tariff.objects.filter(id__in=versions.values("tariff_id"))
    if wanted.search:
        named = TariffVersion.objects.filter(name__icontains=wanted.search).values("tariff_id")
        found = found.filter(Q(code__icontains=wanted.search) | Q(id__in=named))
    order = order_of(asked.sort, {"code": "code"}, tie="code")
    page = page_of(found, ("id", "code"), order=order, asked=asked)
    told = versions_of_tariffs([row[0] for row in page.rows])
    return [(code, told.get(tariff_id, ())) for tariff_id, code in page.rows], page.next
