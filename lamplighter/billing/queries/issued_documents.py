"""Bills as they are copied elsewhere: many at once, as stored, and without who they are sent to."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, F, Func, Max, Min, Sum, Value

from lamplighter.billing.models import Bill


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedDocument:
    """A bill, all but what is personal."""

    bill_id: UUID
    number: str
    kind: str
    account_id: UUID
    cycle_id: UUID | None
    """Of the run that issued it, if one did."""
    run_id: UUID | None
    cancels_id: UUID | None
    replaces_id: UUID | None
    first_day: date
    after_last: date
    issued_on: date
    due_on: date
    currency: str
    total_minor: int
    estimated: bool
    document: str
    """`domain.documents` of its content, in JSON."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class IssuedSum:
    """How many bills of a series were issued on a day in one currency, and what they come to."""

    issued_on: date
    series: str
    currency: str
    bills: int
    total_minor: int
    first_number: str
    last_number: str
    """In the order of the database. On this day and between these no bill is of another series."""


_COLUMNS: Final = (
    "id", "number", "kind", "account_id", "run__cycle_id", "run_id", "cancels_id", "replaces_id",
    "first_day", "after_last", "issued_on", "due_on", "currency", "total_minor", "estimated",
    "document",
)  # fmt: skip
SERIES: Final = Func(F("number"), Value("0123456789"), function="RTRIM")
"""Of a bill's number, which is its series, a hyphen, and digits."""
_NAMES: Final = tuple(IssuedDocument.__dataclass_fields__)


def issued_documents(bill_ids: Collection[UUID]) -> Iterator[IssuedDocument]:
    """Tell bills by their ids, in the order of their numbers; an id that is no bill's is left."""
    rows = Bill.objects.filter(id__in=bill_ids).order_by("number").values_list(*_COLUMNS)
    return (IssuedDocument(**dict(zip(_NAMES, row, strict=True))) for row in rows)


def documents_called(numbers: Collection[str]) -> dict[str, str]:
    """Tell the documents of bills by their numbers, as many as there are."""
    return dict(Bill.objects.filter(number__in=numbers).values_list("number", "document"))


def issued_sums() -> tuple[IssuedSum, ...]:
    """Count and add up all bills, by day, series and currency."""
    return sums_of(
        Bill.objects.annotate(series=SERIES)
        .values_list("issued_on", "series", "currency")
        .annotate(Count("number"), Sum("total_minor"), Min("number"), Max("number"))
        .order_by()
    )


def sums_of(rows: Iterable[tuple[Any, ...]]) -> tuple[IssuedSum, ...]:
    """Put sums in order, whose series still have their hyphens."""
    return tuple(
        sorted(
            IssuedSum(
                issued_on=day,
                series=series.rstrip("-"),
                currency=currency,
                bills=bills,
                total_minor=int(total),
                first_number=first,
                last_number=last,
            )
            for day, series, currency, bills, total, first, last in rows
        )
    )


def issued_on_day(
    day: date, numbers: tuple[str, str], *, after: str | None = None, limit: int
) -> list[tuple[str, UUID]]:
    """
    Tell number and id of a day's bills, page by page.

    :param numbers: the first one and the last one
    :param after: the last number of the page before
    """
    found = Bill.objects.filter(issued_on=day, number__range=numbers).order_by("number")
    if after is not None:
        found = found.filter(number__gt=after)
    return list(found.values_list("number", "id")[:limit])
