"""What spans come to: measured and priced together where they are alike, else one by one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from functools import cached_property
from typing import Any
from uuid import UUID

import pyarrow as pa
import structlog
from django.db import DatabaseError

from lamplighter.billing.domain.bills import Basis, Source
from lamplighter.billing.domain.carrying import carried_of, carried_text, hands_on
from lamplighter.billing.domain.measuring import (
    Numbers,
    columns_in,
    numbers_in,
    request_for,
    usage_of,
)
from lamplighter.billing.domain.quotes import check_time_zone, check_units, rounded
from lamplighter.billing.domain.segments import (
    Measured,
    Segment,
    heading,
    segment_of,
    segments_in,
)
from lamplighter.billing.domain.spans import Span
from lamplighter.billing.models import BilledSpan
from lamplighter.billing.queries.drafting.book import Book
from lamplighter.billing.queries.drafting.readings import Readings
from lamplighter.billing.queries.drafting.singly import measured_singly
from lamplighter.billing.queries.drafting.wanted import Broken
from lamplighter.kernel import Refusal, time_zone_named
from lamplighter.metering.domain.blocks import Quality
from lamplighter.metering.domain.determinants import determinants
from lamplighter.tariffs.domain.columnar import NotColumnar, price_columns
from lamplighter.tariffs.domain.measures import Measure, measures_of
from lamplighter.tariffs.domain.pricing import Carried, price
from lamplighter.tariffs.domain.schedule import RateSchedule
from lamplighter.tariffs.queries.versions import schedule_of

log = structlog.get_logger(__name__)

Outcome = Segment | Refusal
Place = tuple[UUID, UUID]
"""An account and a usage point: who moves in does not take over what was carried before."""


@dataclass
class Pricing:
    """The spans of one batch. What is carried goes from one span of a place to the next."""

    book: Book
    readings: Readings
    as_of: datetime
    """Go by readings as they were known then."""
    _carried: dict[Place, tuple[date, Carried]] = field(default_factory=dict)

    def outcomes(self, spans: Sequence[Span]) -> list[Outcome]:
        """The segment of each span, or why there is none; in their order."""
        kinds: dict[tuple[Any, ...], list[int]] = {}
        for n, span in enumerate(spans):
            zone = self.book.points[span.term.usage_point_id].time_zone
            kind = span.first_day, span.after_last, span.version.id, zone
            kinds.setdefault(kind, []).append(n)
        found: dict[int, Outcome] = {}
        # Earlier days first: later ones may go by what they hand on.
        for _, places in sorted(kinds.items(), key=lambda item: item[0][0]):
            found.update(zip(places, self._alike([spans[n] for n in places]), strict=True))
        return [found[n] for n in range(len(spans))]

    def _alike(self, spans: Sequence[Span]) -> Sequence[Outcome]:
        """Spans under one version, of the same days and time zone."""
        try:
            return _Group.of(self, spans).outcomes()
        except Refusal as no:
            return [no] * len(spans)
        except (DatabaseError, OSError):
            raise
        except Exception:
            if len(spans) > 1:
                # One of them has broken it, and is not to stop the others.
                return [outcome for span in spans for outcome in self._alike([span])]
            agreement = str(spans[0].term.agreement_id)
            log.exception("a bill broke", agreement=agreement)
            return [Broken(remedy=f"Report it; the log says more of agreement {agreement}.")]

    def carried(self, span: Span, schedule: RateSchedule) -> Carried:
        """What the span before has handed on."""
        if not hands_on(schedule):
            return Carried()
        until, carried = self._carried.get(_place(span), (None, Carried()))
        if until == span.first_day:
            return carried
        before = BilledSpan.objects.filter(
            agreement__usage_point=span.term.usage_point_id,
            agreement__account=span.term.account_id,
            after_last=span.first_day,
        ).first()
        return carried_of("" if before is None else before.carried)

    def carry(self, span: Span, carried: Carried) -> None:
        self._carried[_place(span)] = span.after_last, carried


def _place(span: Span) -> Place:
    return span.term.account_id, span.term.usage_point_id


@dataclass(frozen=True)
class _Group:
    """Spans under one version, of the same days and time zone."""

    pricing: Pricing
    spans: Sequence[Span]
    schedule: RateSchedule
    measures: tuple[Measure, ...]
    zone: tzinfo
    readings: Readings

    @classmethod
    def of(cls, pricing: Pricing, spans: Sequence[Span]) -> "_Group":
        """:raises Refusal: if nobody can be billed by this version"""
        first = spans[0]
        zone_name = pricing.book.points[first.term.usage_point_id].time_zone
        schedule = rounded(schedule_of(first.version))  # type: ignore[arg-type] # a Version it is
        check_time_zone(schedule, zone_name)
        zone = time_zone_named(zone_name)
        assert zone is not None, zone_name  # noqa: S101 - no place has another
        points = {span.term.usage_point_id for span in spans}
        readings = pricing.readings.part(points, (first.first_day, first.after_last))
        return cls(pricing, spans, schedule, measures_of(schedule), zone, readings)

    def outcomes(self) -> list[Outcome]:
        if not self.measures:
            return [self._priced(span, {}, _UNMETERED) for span in self.spans]
        outcomes: dict[UUID, Outcome] = {}
        # What is billed besides import and export may be measured at some points and not at others.
        usual = all(measure.flow in ("import", "export") for measure in self.measures)
        if usual and len(self.readings.codes):
            table = self._determinants()
            whole = self._whole(table)
            together = [span for span in self.spans if span.term.agreement_id in whole]
            outcomes = self._together(table, whole, together)
        for span in self.spans:
            if span.term.agreement_id not in outcomes:
                outcomes[span.term.agreement_id] = self._singly(span)
        return [outcomes[span.term.agreement_id] for span in self.spans]

    def _determinants(self) -> pa.Table:
        request = request_for(self.measures, [self.spans[0].period], self.zone)
        return determinants(self.readings.blocks, request)

    def _whole(self, table: pa.Table) -> dict[UUID, tuple[int, Measured]]:
        """Of each agreement without a gap: its row, and what is known of its readings."""
        units = self.readings.units()
        if any(len(several) > 1 for several in units.values()):
            return {}
        of_flow = {flow: next(iter(one)) for flow, one in units.items()}
        names = table.column("usage_point").to_pylist()
        row_of = {name: row for row, name in enumerate(names)}
        counts = dict(zip(self.readings.names, self.readings.qualities().tolist(), strict=True))
        days = table.column("days").to_numpy()
        even = self.readings.even(self.spans[0].period.days)
        uneven = {
            name for name, is_even in zip(self.readings.names, even, strict=True) if not is_even
        }
        bases: dict[tuple[int, ...], Measured] = {}
        result = {}
        for span in self.spans:
            name = str(span.term.usage_point_id)
            row = row_of.get(name)
            if row is None or days[row] < span.period.days:
                continue
            if name in uneven or counts[name][Quality.MISSING]:
                continue
            key = tuple(counts[name])
            if key not in bases:
                bases[key] = Measured(units=of_flow, basis=_basis(key), missing=(0, sum(key)))
            result[span.term.agreement_id] = row, bases[key]
        return result

    def _together(
        self,
        table: pa.Table,
        whole: Mapping[UUID, tuple[int, Measured]],
        spans: Sequence[Span],
    ) -> dict[UUID, Outcome]:
        if not spans:
            return {}
        known = [whole[span.term.agreement_id] for span in spans]
        check_units(self.schedule, known[0][1].units)
        rows = table.take(pa.array([row for row, _ in known]))
        rows = rows.replace_schema_metadata(table.schema.metadata)
        measured = [one for _, one in known]
        try:
            usage = columns_in(rows, self.measures, [spans[0].period])
            bills = price_columns(self.schedule, usage)
        except NotColumnar:
            return self._one_by_one(rows, measured, spans)
        segments = segments_in(
            spans,
            [self._heading(span) for span in spans],
            bills=bills,
            usage=usage,
            measures=self.measures,
            measured=measured,
        )
        return {segment.span.term.agreement_id: segment for segment in segments}

    def _one_by_one(
        self, rows: pa.Table, measured: Sequence[Measured], spans: Sequence[Span]
    ) -> dict[UUID, Outcome]:
        numbers = [numbers_in(rows, n, measure) for n, measure in enumerate(self.measures)]
        result: dict[UUID, Outcome] = {}
        for row, (span, known) in enumerate(zip(spans, measured, strict=True)):
            of_span = {m: numbers[n][row] for n, m in enumerate(self.measures)}
            result[span.term.agreement_id] = self._priced(span, of_span, known)
        return result

    def _singly(self, span: Span) -> Outcome:
        """A span with gaps, with registers, or with readings that are like no other's."""
        try:
            load, measured = measured_singly(
                span, self.readings, self.zone, as_of=self.pricing.as_of
            )
            check_units(self.schedule, load.units)
            (usage,) = load.usages(self.measures)
        except Refusal as no:
            return no
        measures: dict[Any, Numbers] = dict(usage.energy)
        measures |= dict(usage.peaks) | dict(usage.climbed)
        numbers = {measure: measures[measure] for measure in self.measures}
        return self._priced(span, numbers, measured)

    def _priced(
        self, span: Span, numbers: Mapping[Measure, Numbers], measured: Measured
    ) -> Outcome:
        carried = self.pricing.carried(span, self.schedule)
        try:
            bill, hands_on_to = price(
                self.schedule,
                usage_of(span.period, numbers),
                carried=carried,
                facts=span.term.facts,
            )
        except Refusal as no:
            return no
        self.pricing.carry(span, hands_on_to)
        return segment_of(
            span,
            self._heading(span),
            bill=bill,
            numbers=numbers,
            measured=measured,
            carried=carried_text(hands_on_to, self.schedule),
        )

    @cached_property
    def _same(self) -> dict[str, Any]:
        return heading(self.spans[0])

    def _heading(self, span: Span) -> dict[str, Any]:
        point = self.pricing.book.points[span.term.usage_point_id]
        return self._same | {
            "agreement_id": str(span.term.agreement_id),
            "usage_point": point.reference,
            "commodity": point.commodity,
        }


_UNMETERED = Measured(units={}, basis=Basis(source=Source.NOTHING))


def _basis(counts: Sequence[int]) -> Basis:
    return Basis(
        source=Source.INTERVALS,
        counts=tuple((q.name.lower(), int(counts[q])) for q in Quality if counts[q]),
    )
