"""What a bill is looked at for before it is issued: what is odd waits for a person."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from lamplighter.billing.domain.rules import Rules
from lamplighter.billing.domain.segments import Segment


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A reason to hold a bill."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What an agreement was billed before."""

    daily: Decimal
    """Mean usage a day: of the same period a year ago, or else of the last one."""
    of: str
    """Which of the two: `a year ago`, `before`."""


NO_CHECKS: tuple[Check, ...] = ()


def checks_of(
    segments: Sequence[Segment],
    *,
    total_minor: int,
    past: Mapping[UUID, Past],
    estimated_before: Mapping[UUID, int],
    rules: Rules,
) -> tuple[Check, ...]:
    """
    All that is odd about a bill.

    :param past: by agreement; one without is not compared
    :param estimated_before: how many bills in a row were estimated, by agreement
    """
    found = list(_of_amount(segments, total_minor, rules))
    for agreement_id, of_agreement in _by_agreement(segments).items():
        known = past.get(agreement_id)
        if known is not None:
            found += _against(known, of_agreement, rules)
        found += _of_readings(of_agreement, estimated_before.get(agreement_id, 0), rules)
    return tuple(found)


def _by_agreement(segments: Sequence[Segment]) -> dict[UUID, list[Segment]]:
    result: dict[UUID, list[Segment]] = {}
    for segment in segments:
        result.setdefault(segment.span.term.agreement_id, []).append(segment)
    return result


def _of_amount(segments: Sequence[Segment], total_minor: int, rules: Rules) -> Iterator[Check]:
    if rules.limit_minor and abs(total_minor) > rules.limit_minor:
        yield Check(
            code="above-limit",
            detail=f"It comes to {total_minor} minor units, and {rules.limit_minor} is the limit.",
        )
    feeds_in = any(
        usage["flow"] == "export" and usage["quantity"] != "0"
        for segment in segments
        for usage in segment.document["usage"]
    )
    if rules.hold_negative and total_minor < 0 and not feeds_in:
        yield Check(code="negative", detail="It pays the customer, and nothing was fed in.")


def _against(past: Past, segments: Sequence[Segment], rules: Rules) -> Iterator[Check]:
    days = sum(segment.span.period.days for segment in segments)
    used = sum((segment.usage for segment in segments), Decimal(0))
    point = segments[0].document["usage_point"]
    if not used:
        if rules.hold_zero and past.daily:
            yield Check(code="zero-usage", detail=f"Nothing was used at {point}.")
        return
    daily = used / days
    if max(daily, past.daily) < rules.least_usage:
        return
    if daily > past.daily * rules.high:
        yield _compared("high-usage", point, daily, past)
    elif daily < past.daily * rules.low:
        yield _compared("low-usage", point, daily, past)


def _compared(code: str, point: str, daily: Decimal, past: Past) -> Check:
    return Check(code=code, detail=f"{daily:.1f} a day at {point}, and {past.daily:.1f} {past.of}.")


def _of_readings(
    segments: Sequence[Segment], estimated_before: int, rules: Rules
) -> Iterator[Check]:
    missing = sum(segment.missing[0] for segment in segments)
    wanted = sum(segment.missing[1] for segment in segments)
    point = segments[0].document["usage_point"]
    if wanted and missing > wanted * rules.missing_share:
        detail = f"{missing} of {wanted} readings of {point} are missing."
        yield Check(code="missing-readings", detail=detail)
    if any(segment.estimated for segment in segments):
        in_a_row = estimated_before + 1
        if in_a_row > rules.estimates_in_a_row:
            detail = f"{point} would be estimated {in_a_row} times in a row."
            yield Check(code="estimated-again", detail=detail)
