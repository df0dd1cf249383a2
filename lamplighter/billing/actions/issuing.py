"""Bills get their numbers, and are owed."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import F, Q, Sum

from lamplighter.billing.domain.documents import canonical_text
from lamplighter.billing.domain.drafts import Draft
from lamplighter.billing.events import BillIssued, BillsIssued
from lamplighter.billing.models import (
    Agreement,
    Bill,
    BilledSpan,
    BillingException,
    BillSeries,
    PendingCorrection,
)
from lamplighter.billing.queries.addressees import seal_addressee
from lamplighter.kernel import new_id
from lamplighter.platform import outbox, personal
from lamplighter.platform.bulk import insert_rows
from lamplighter.tariffs import actions as tariffs

_BILL = (
    "id", "number", "kind", "account_id", "run_id", "cancels_id", "replaces_id", "first_day",
    "after_last", "currency", "total_minor", "open_before_minor", "estimated", "issued_at",
    "issued_on", "due_on", "known_at", "document", "sha256", "addressee",
)  # fmt: skip
_SPAN = (
    "agreement_id", "first_day", "after_last", "bill_id", "version_id", "usage", "total_minor",
    "estimated", "carried", "known_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """A draft that is to be issued, and what it has to do with other bills."""

    draft: Draft
    addressee: str
    """`domain.bills.Addressee` in canonical JSON."""
    cancels: UUID | None = None
    replaces: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """By what terms bills are issued together."""

    series: str
    due_days: int
    issued_on: date
    run_id: UUID | None = None


def today(at: datetime) -> date:
    """The date on which a bill is issued at an instant, by the utility's own clock."""
    return at.astimezone(ZoneInfo(settings.TIME_ZONE)).date()


def number_of(series: str, count: int) -> str:
    """How the bill of this count in a series is called."""
    return f"{series}-{count:07}"


def issue_bills(issues: Sequence[Issue], terms: Terms, *, at: datetime) -> list[str]:
    """
    Issue drafts, in the caller's transaction, in their order.

    :return: their numbers
    :raises VersionNotInState: if a tariff version that they bill by was withdrawn meanwhile
    """
    if not issues:
        return []
    for version_id in sorted({span.version_id for one in issues for span in one.draft.charged}):
        tariffs.mark_billed(version_id=version_id, at=at)
    series = BillSeries.objects.select_for_update().get(code=terms.series)
    first = series.next_number
    BillSeries.objects.filter(code=terms.series).update(next_number=first + len(issues))
    numbers = [number_of(terms.series, first + n) for n in range(len(issues))]
    opens = _open_before({one.draft.account_id for one in issues})
    ids = [new_id() for _ in issues]
    keys = personal.meet({one.draft.account_id for one in issues})
    due_on = terms.issued_on + timedelta(terms.due_days)
    rows, events = [], []
    for key, number, one in zip(ids, numbers, issues, strict=True):
        text = canonical_text(one.draft.document)
        sealed = seal_addressee(keys, one.addressee, account_id=one.draft.account_id, bill_id=key)
        rows.append(_row(key, number, one, terms, opens, text, sealed, due_on=due_on, at=at))
        events.append(_event(key, number, one, terms, due_on))
    insert_rows(Bill, _BILL, rows)
    _charge(ids, issues)
    _settle_corrections(ids, issues, at=at)
    _resolve({one.draft.account_id for one in issues}, at=at)
    outbox.publish_all([*events, BillsIssued(series=terms.series, bill_ids=tuple(ids))], at=at)
    return numbers


def _row(
    key: UUID,
    number: str,
    one: Issue,
    terms: Terms,
    opens: dict[UUID, int],
    text: str,
    addressee: bytes,
    *,
    due_on: date,
    at: datetime,
) -> tuple[object, ...]:
    draft = one.draft
    return (
        key,
        number,
        draft.kind.value,
        draft.account_id,
        terms.run_id,
        one.cancels,
        one.replaces,
        draft.first_day,
        draft.after_last,
        draft.currency,
        draft.total_minor,
        opens.get(draft.account_id, 0),
        draft.estimated,
        at,
        terms.issued_on,
        due_on,
        draft.known_at,
        text,
        hashlib.sha256(text.encode()).hexdigest(),
        addressee,
    )


def _event(key: UUID, number: str, one: Issue, terms: Terms, due_on: date) -> BillIssued:
    draft = one.draft
    return BillIssued(
        bill_id=key,
        number=number,
        kind=draft.kind.value,
        account_id=draft.account_id,
        total_minor=draft.total_minor,
        currency=draft.currency,
        first_day=draft.first_day,
        after_last=draft.after_last,
        issued_on=terms.issued_on,
        due_on=due_on,
        cancels=one.cancels,
        replaces=one.replaces,
    )


def _open_before(accounts: set[UUID]) -> dict[UUID, int]:
    """What is open of bills of these accounts so far."""
    rows = Bill.objects.filter(account__in=accounts, settlement=None).values("account_id")
    sums = rows.annotate(total=Sum("total_minor")).values_list("account_id", "total")
    return dict(sums.order_by())


def _charge(ids: Sequence[UUID], issues: Sequence[Issue]) -> None:
    """Note which days are billed, and up to when each agreement is."""
    insert_rows(
        BilledSpan,
        _SPAN,
        (
            (
                span.agreement_id,
                span.first_day,
                span.after_last,
                key,
                span.version_id,
                str(span.usage),
                span.total_minor,
                span.estimated,
                span.carried,
                one.draft.known_at,
            )
            for key, one in zip(ids, issues, strict=True)
            for span in one.draft.charged
        ),
    )
    until: dict[UUID, date] = {}
    for one in issues:
        for span in one.draft.charged:
            key = span.agreement_id
            until[key] = max(span.after_last, until.get(key, span.after_last))
    for day in sorted(set(until.values())):
        billed = [key for key, after in until.items() if after == day]
        earlier = Q(billed_until=None) | Q(billed_until__lt=day)
        Agreement.objects.filter(earlier, id__in=billed).update(billed_until=day)


def _settle_corrections(ids: Sequence[UUID], issues: Sequence[Issue], *, at: datetime) -> None:
    """Corrections that are on a bill are charged with the days that they are about."""
    for key, one in zip(ids, issues, strict=True):
        if not one.draft.corrections:
            continue
        pending = PendingCorrection.objects.filter(id__in=one.draft.corrections)
        documents = one.draft.document["corrections"]
        charged = dict(zip(one.draft.corrections, documents, strict=True))
        for row in pending:
            amount = _amount(charged[row.id])
            BilledSpan.objects.filter(agreement=row.agreement_id, first_day=row.first_day).update(
                total_minor=F("total_minor") + amount,
                usage=charged[row.id]["usage_after"]["quantity"],
                estimated=charged[row.id].get("estimated", False),
            )
        pending.update(state=PendingCorrection.State.BILLED, settled_at=at, bill=key)


def _amount(correction: dict[str, Any]) -> int:
    waived: int = correction.get("waived_minor", 0)
    return int(correction["after_minor"] - correction["before_minor"] - waived)


def _resolve(accounts: set[UUID], *, at: datetime) -> None:
    unresolved = BillingException.objects.filter(resolved_at=None)
    if unresolved.exists():
        unresolved.filter(account__in=accounts).update(resolved_at=at, resolution="billed")
