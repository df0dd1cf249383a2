"""Making a bill again: from the same readings, agreements and rates come the same bytes."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Final
from uuid import UUID

from lamplighter.billing.domain.bills import BillSegment
from lamplighter.billing.domain.documents import canonical_text, content_of
from lamplighter.billing.domain.periods import BillingPeriod
from lamplighter.billing.domain.segments import Segment
from lamplighter.billing.domain.spans import Span
from lamplighter.billing.models import Bill
from lamplighter.billing.queries.bills import BillNotFound
from lamplighter.billing.queries.drafting.book import Book
from lamplighter.billing.queries.drafting.pricing import Pricing
from lamplighter.billing.queries.drafting.readings import Readings
from lamplighter.kernel import Place, Refusal
from lamplighter.tariffs.queries.versions import version_of_id

_NOTHING: Final = object()
"""In the place of what one of two documents does not have."""


class NothingToVerify(Refusal):
    """This bill charges no usage: a cancellation or an adjustment is not made from readings."""

    status = 409


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether a bill is what its inputs make."""

    number: str
    sha256: str
    """As it was issued."""
    sha256_again: str
    """Of the content as it is made now; empty if it cannot be made."""
    difference: str
    """The first one, in words; empty: every byte is the same."""

    @property
    def same(self) -> bool:
        return not self.difference


def verify(number: str) -> Verdict:
    """
    Make an issued bill's content again and compare.

    Readings are those that were known when it was made; agreements and tariff versions are those
    that it names; corrections, adjustments and messages are taken from the bill itself.

    :raises BillNotFound: if there is none of this number
    :raises NothingToVerify: if it charges no usage
    """
    bill = Bill.objects.filter(number=number).first()
    if bill is None:
        raise BillNotFound(f"{number!r} is not a bill.", places=(Place(field="number"),))
    stored = json.loads(bill.document)
    if not stored.get("segments"):
        raise NothingToVerify(f"{number} is a {bill.kind}.", places=(Place(field="number"),))
    made = _made_again(bill, content_of(stored).segments)
    refused = next((one for one in made if isinstance(one, Refusal)), None)
    if refused is not None:
        return _verdict(bill, "", f"It cannot be made: {refused.detail or refused.code}")
    segments = [one.document for one in made if isinstance(one, Segment)]
    again = canonical_text(stored | {"segments": segments})
    sha256 = hashlib.sha256(again.encode()).hexdigest()
    return _verdict(bill, sha256, _difference(bill, stored, again, sha256))


def _made_again(bill: Bill, segments: Sequence[BillSegment]) -> Sequence[Segment | Refusal]:
    book = Book.of([bill.account_id], lock=False)
    terms = {term.agreement_id: term for term in book.terms[bill.account_id]}
    spans = [
        Span(
            term=terms[segment.agreement_id],
            version=version_of_id(segment.version_id),
            period=BillingPeriod(
                segment.first_day, segment.after_last, segment.months, segment.share
            ),
        )
        for segment in segments
    ]
    days = min(span.first_day for span in spans), max(span.after_last for span in spans)
    points: set[UUID] = {span.term.usage_point_id for span in spans}
    readings = Readings.read(points, days, as_of=bill.known_at)
    return Pricing(book, readings, bill.known_at).outcomes(spans)


def _difference(bill: Bill, stored: dict[str, Any], again: str, sha256: str) -> str:
    digest = hashlib.sha256(bill.document.encode()).hexdigest()
    if digest != bill.sha256:
        return f"The stored content has the SHA-256 {digest}: it is not what was issued."
    if sha256 == bill.sha256:
        return ""
    found = next(_differences(stored, json.loads(again)), None)
    return found or "The same values are spelt differently."


def _differences(old: Any, new: Any, place: str = "") -> Iterator[str]:
    """Where two documents differ, and how, in the order of the first."""
    if isinstance(old, dict) and isinstance(new, dict):
        for name in dict.fromkeys([*old, *new]):
            under = f"{place}.{name}" if place else name
            yield from _differences(old.get(name, _NOTHING), new.get(name, _NOTHING), under)
    elif isinstance(old, list) and isinstance(new, list):
        for n, (one, other) in enumerate(zip_longest(old, new, fillvalue=_NOTHING)):
            yield from _differences(one, other, f"{place}[{n}]")
    elif old != new:
        yield f"{place} is {_told(old)} on the bill, and {_told(new)} made again."


def _told(value: Any) -> str:
    return "missing" if value is _NOTHING else json.dumps(value, ensure_ascii=False)


def _verdict(bill: Bill, sha256_again: str, difference: str) -> Verdict:
    return Verdict(
        number=bill.number, sha256=bill.sha256, sha256_again=sha256_again, difference=difference
    )
