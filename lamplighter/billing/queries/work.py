"""What is being billed, and what waits for a person."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum

from lamplighter.billing.models import (
    BilledAccount,
    BillingException,
    BillRun,
    HeldBill,
    PendingCorrection,
)
from lamplighter.customers import queries as customers
from lamplighter.kernel import Currency, Money, Place, Refusal
from lamplighter.platform.paging import Asked, Page, order_of, page_of

MOST_AT_ONCE: Final = 200
"""Of one list."""


class HeldBillUnknown(Refusal):
    """There is no held bill of this id."""

    status = 404


class RunUnknown(Refusal):
    """There is no such bill run."""

    status = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class RunProgress:
    """How far a bill run has come. Counts are of accounts."""

    id: UUID
    cycle: str
    cycle_name: str
    first_day: date
    after_last: date
    issued_on: date
    started_at: datetime
    finished_at: datetime | None
    parts: int
    parts_done: int
    accounts: int
    """Of those that were looked at so far."""
    issued: int
    held: int
    parked: int
    """That could not be billed."""

    @property
    def share_done(self) -> Decimal:
        """Of its parts: 0 to 1."""
        return Decimal(self.parts_done) / self.parts if self.parts else Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingBill:
    """A bill that a check has stopped."""

    id: UUID
    account: str
    """Its number."""
    holder: str
    """Personal."""
    total: Money
    checks: tuple[tuple[str, str], ...]
    """Why: code and detail."""
    held_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenException:
    """An account that could not be billed."""

    id: UUID
    account: str
    holder: str
    """Personal."""
    first_day: date
    after_last: date
    code: str
    detail: str
    remedy: str
    raised_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCorrection:
    """Days that were billed and of which something else is known by now."""

    id: UUID
    account: str
    usage_point: str
    first_day: date
    to_be_billed: bool
    """Otherwise it is still to be worked out."""
    noticed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How much waits for a person."""

    held: int
    exceptions: int
    corrections: int


def counts() -> Counts:
    """How much waits in all."""
    return Counts(
        held=HeldBill.objects.filter(state=HeldBill.State.WAITING).count(),
        exceptions=BillingException.objects.filter(resolved_at=None).count(),
        corrections=_open_corrections().count(),
    )


def runs(*, limit: int = 20) -> tuple[RunProgress, ...]:
    """The bill runs that were started last."""
    return _progress(BillRun.objects.order_by("-started_at", "-id")[: _at_most(limit)])


def runs_page(*, cycle: str | None = None, asked: Asked) -> tuple[list[RunProgress], str | None]:
    """
    A page of bill runs, those that were started last first, and the next page's cursor.

    :param cycle: only those of this one, by its code
    """
    found = BillRun.objects.all() if cycle is None else BillRun.objects.filter(cycle__code=cycle)
    page = page_of(found, ("id",), order=("-started_at", "-id"), asked=asked)
    ids = [row[0] for row in page.rows]
    told = {one.id: one for one in _progress(BillRun.objects.filter(id__in=ids))}
    return [told[run_id] for run_id in ids], page.next


def unfinished_runs() -> list[UUID]:
    """The bill runs that are not over, those that were started first first."""
    found = BillRun.objects.filter(finished_at=None).order_by("started_at", "id")
    return list(found.values_list("id", flat=True))


HELD: Final = ("id", "account__number", "total_minor", "currency", "checks", "state", "held_at")
EXCEPTIONS: Final = (
    "id", "account__number", "run_id", "first_day", "after_last", "code", "detail", "remedy",
    "raised_at", "resolved_at",
)  # fmt: skip
CORRECTIONS: Final = (
    "id", "agreement__account__number", "agreement__usage_point__reference", "first_day", "state",
    "noticed_at",
)  # fmt: skip

SORTS: Final = {
    HELD: {"held_at": "held_at", "account": "account__number", "total": "total_minor"},
    EXCEPTIONS: {"raised_at": "raised_at", "account": "account__number", "code": "code"},
    CORRECTIONS: {
        "noticed_at": "noticed_at",
        "account": "agreement__account__number",
        "first_day": "first_day",
    },
}
"""What each list may be sorted by."""


def held_page(*, state: str, account: str | None = None, asked: Asked) -> Page:
    """A page of bills that were held, the longest ago first if nobody asks otherwise."""
    found = HeldBill.objects.filter(state=state)
    if account is not None:
        found = found.filter(account__number=account)
    order = order_of(asked.sort or "held_at", SORTS[HELD], tie="id")
    return page_of(found, HELD, order=order, asked=asked)


def exceptions_page(*, is_open: bool, account: str | None = None, asked: Asked) -> Page:
    """A page of accounts that could not be billed, the first first if nobody asks otherwise."""
    found = BillingException.objects.filter(resolved_at__isnull=is_open)
    if account is not None:
        found = found.filter(account__number=account)
    order = order_of(asked.sort or "raised_at", SORTS[EXCEPTIONS], tie="id")
    return page_of(found, EXCEPTIONS, order=order, asked=asked)


def corrections_page(*, account: str | None = None, asked: Asked) -> Page:
    """A page of corrections that are on no bill yet: rows of `CORRECTIONS`."""
    found = _open_corrections()
    if account is not None:
        found = found.filter(agreement__account__number=account)
    order = order_of(asked.sort or "noticed_at", SORTS[CORRECTIONS], tie="id")
    return page_of(found, CORRECTIONS, order=order, asked=asked)


def _progress(runs: "QuerySet[BillRun]") -> tuple[RunProgress, ...]:
    found = runs.annotate(
        parts_in_all=Count("parts"),
        parts_done=Count("parts", filter=Q(parts__done=True)),
        accounts=Sum("parts__accounts", default=0),
        issued=Sum("parts__issued", default=0),
        held=Sum("parts__held", default=0),
        parked=Sum("parts__parked", default=0),
    )
    columns = (
        "id", "cycle__code", "cycle__name", "first_day", "after_last", "issued_on", "started_at",
        "finished_at", "parts_in_all", "parts_done", "accounts", "issued", "held", "parked",
    )  # fmt: skip
    fields = ("id", "cycle", "cycle_name", *columns[3:8], "parts", *columns[9:])
    rows = found.values_list(*columns)
    return tuple(RunProgress(**dict(zip(fields, row, strict=True))) for row in rows)


def run(run_id: UUID) -> RunProgress:
    """
    How far one bill run has come.

    :raises RunUnknown: if there is none of this id
    """
    found = _progress(BillRun.objects.filter(id=run_id))
    if not found:
        raise RunUnknown(places=(Place(field="run_id"),))
    return found[0]


def accounts_in(cycle: str) -> int:
    """How many accounts are billed in a cycle."""
    return BilledAccount.objects.filter(cycle__code=cycle).count()


def held_bills(*, limit: int = 50) -> tuple[WaitingBill, ...]:
    """The bills that wait, the longest waiting first."""
    found = HeldBill.objects.filter(state=HeldBill.State.WAITING).order_by("held_at", "id")
    return _waiting(found.values_list(*_WAITING)[: _at_most(limit)])


def held_bill(held_id: UUID) -> WaitingBill:
    """
    One bill that waits.

    :raises HeldBillUnknown: if there is none of this id, or it does not wait any more
    """
    found = HeldBill.objects.filter(state=HeldBill.State.WAITING, id=held_id)
    waiting = _waiting(found.values_list(*_WAITING))
    if not waiting:
        raise HeldBillUnknown(
            "It does not wait, or not any more.", places=(Place(field="held_id"),)
        )
    return waiting[0]


def open_exceptions(*, limit: int = 50) -> tuple[OpenException, ...]:
    """The accounts that could not be billed, the first that failed first."""
    columns = (
        "account_id", "id", "account__number", "first_day", "after_last", "code", "detail",
        "remedy", "raised_at",
    )  # fmt: skip
    fields = ("id", "account", *columns[3:])
    found = BillingException.objects.filter(resolved_at=None).order_by("raised_at", "id")
    rows = list(found.values_list(*columns)[: _at_most(limit)])
    holders = customers.holders_of({row[0] for row in rows})
    return tuple(
        OpenException(holder=holders[row[0]], **dict(zip(fields, row[1:], strict=True)))
        for row in rows
    )


def open_corrections(*, limit: int = 50) -> tuple[OpenCorrection, ...]:
    """The corrections that are on no bill yet, the first that was noticed first."""
    columns = (
        "id", "agreement__account__number", "agreement__usage_point__reference", "first_day",
        "state", "noticed_at",
    )  # fmt: skip
    found = _open_corrections().order_by("noticed_at", "id").values_list(*columns)
    return tuple(
        OpenCorrection(
            id=id_,
            account=account,
            usage_point=usage_point,
            first_day=first_day,
            to_be_billed=state == PendingCorrection.State.TO_BILL,
            noticed_at=noticed_at,
        )
        for id_, account, usage_point, first_day, state, noticed_at in found[: _at_most(limit)]
    )


def _open_corrections() -> "QuerySet[PendingCorrection]":
    states = PendingCorrection.State
    return PendingCorrection.objects.filter(state__in=[states.TO_CHECK, states.TO_BILL])


_WAITING: Final = (
    "id", "account_id", "account__number", "total_minor", "currency", "checks", "held_at",
)  # fmt: skip


def _waiting(found: Iterable[tuple[Any, ...]]) -> tuple[WaitingBill, ...]:
    rows = list(found)
    holders = customers.holders_of({row[1] for row in rows})
    return tuple(
        WaitingBill(
            id=held_id,
            account=account,
            holder=holders[account_id],
            total=Money(total_minor, Currency(currency)),
            checks=tuple((check["code"], check["detail"]) for check in checks),
            held_at=held_at,
        )
        for held_id, account_id, account, total_minor, currency, checks, held_at in rows
    )


def _at_most(limit: int) -> int:
    return max(1, min(limit, MOST_AT_ONCE))
