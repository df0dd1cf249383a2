"""Bills that are not issued yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from lamplighter.billing.domain.bills import BillKind, BillLine, Correction
from lamplighter.billing.domain.documents import document_of, value_of
from lamplighter.billing.domain.segments import Segment

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Charged:
    """Days of an agreement that a bill charges."""

    agreement_id: UUID
    first_day: date
    after_last: date
    version_id: UUID
    usage: Decimal
    total_minor: int
    estimated: bool
    carried: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A bill, all but its number and its dates. It can be stored as JSON while it is held."""

    account_id: UUID
    kind: BillKind
    currency: str
    first_day: date
    after_last: date
    total_minor: int
    known_at: datetime
    document: Json
    """As `documents.document_of` has a `BillContent`."""
    charged: tuple[Charged, ...] = ()
    begins: tuple[tuple[UUID, str], ...] = ()
    """Up to when each agreement was billed before; empty: it was not."""
    corrections: tuple[UUID, ...] = ()
    """The pending corrections that it settles."""

    @property
    def estimated(self) -> bool:
        return any(span.estimated for span in self.charged)


def draft_of(
    *,
    account_id: UUID,
    account: str,
    kind: BillKind,
    currency: str,
    segments: Sequence[Segment],
    corrections: Sequence[tuple[UUID, Correction]] = (),
    adjustments: Sequence[BillLine] = (),
    refers_to: str | None = None,
    messages: Sequence[str] = (),
    days: tuple[date, date] | None = None,
    known_at: datetime,
) -> Draft:
    """
    Put a bill together.

    :param account: its number
    :param days: the bill's, where it has no segments
    """
    first_day, after_last = days or _days_of(segments)
    document = _without_empty(
        kind=kind.value,
        account=account,
        currency=currency,
        first_day=first_day.isoformat(),
        after_last=after_last.isoformat(),
        segments=[segment.document for segment in segments],
        corrections=[document_of(correction) for _, correction in corrections],
        adjustments=[document_of(line) for line in adjustments],
        refers_to=refers_to,
        messages=list(messages),
    )
    return Draft(
        account_id=account_id,
        kind=kind,
        currency=currency,
        first_day=first_day,
        after_last=after_last,
        total_minor=_total(segments, corrections, adjustments),
        known_at=known_at,
        document=document,
        charged=tuple(_charged(segment) for segment in segments),
        begins=_begins(segments),
        corrections=tuple(key for key, _ in corrections),
    )


def _without_empty(**parts: Any) -> Json:
    return {name: part for name, part in parts.items() if part}


def _total(
    segments: Sequence[Segment],
    corrections: Sequence[tuple[UUID, Correction]],
    adjustments: Sequence[BillLine],
) -> int:
    amounts = [segment.total_minor for segment in segments]
    amounts += [correction.amount_minor for _, correction in corrections]
    return sum(amounts) + sum(line.amount_minor for line in adjustments)


def _days_of(segments: Sequence[Segment]) -> tuple[date, date]:
    return (
        min(segment.span.first_day for segment in segments),
        max(segment.span.after_last for segment in segments),
    )


def _begins(segments: Sequence[Segment]) -> tuple[tuple[UUID, str], ...]:
    terms = {segment.span.term.agreement_id: segment.span.term for segment in segments}
    return tuple(
        (key, "" if term.billed_until is None else str(term.billed_until))
        for key, term in terms.items()
    )


def _charged(segment: Segment) -> Charged:
    return Charged(
        agreement_id=segment.span.term.agreement_id,
        first_day=segment.span.first_day,
        after_last=segment.span.after_last,
        version_id=segment.span.version.id,
        usage=segment.usage,
        total_minor=segment.total_minor,
        estimated=segment.estimated,
        carried=segment.carried,
    )


def draft_from(document: Json) -> Draft:
    """Undo `documents.document_of`."""
    return value_of(Draft, document)
