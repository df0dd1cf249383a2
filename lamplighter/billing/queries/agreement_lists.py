"""Agreements: who pays for which usage point by which tariff."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from lamplighter.billing.models import Agreement
from lamplighter.kernel import Place, Refusal
from lamplighter.platform.paging import Asked, Page, order_of, page_of

COLUMNS: Final = (
    "id", "account__number", "usage_point__reference", "tariff__code", "starts_on", "ends_on",
    "billed_until", "connected_kw", "meters", "power_factor",
)  # fmt: skip
SORTS: Final = {"starts_on": "starts_on", "id": "id"}


class AgreementNotFound(Refusal):
    """There is no such agreement."""

    status = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementsWanted:
    """Which agreements somebody looks for."""

    account: str | None = None
    """Its number."""
    usage_point: str | None = None
    """Its reference."""
    tariff: str | None = None
    """Its code."""


def agreements_page(wanted: AgreementsWanted, *, asked: Asked) -> Page:
    """
    A page of agreements, the latest first if no other order is asked for.

    :return: rows of `COLUMNS`
    """
    found = Agreement.objects.all()
    if wanted.account is not None:
        found = found.filter(account__number=wanted.account)
    if wanted.usage_point is not None:
        found = found.filter(usage_point__reference=wanted.usage_point)
    if wanted.tariff is not None:
        found = found.filter(tariff__code=wanted.tariff)
    order = order_of(asked.sort or "-starts_on", SORTS, tie="-id")
    return page_of(found, COLUMNS, order=order, asked=asked)


def agreement_row(agreement_id: UUID) -> tuple[object, ...]:
    """
    One agreement, as a row of `COLUMNS`.

    :raises AgreementNotFound: if there is none of this id
    """
    row: tuple[object, ...] | None = (
        Agreement.objects.filter(id=agreement_id).values_list(*COLUMNS).first()
    )
    if row is None:
        raise AgreementNotFound(places=(Place(field="agreement_id"),))
    return row
