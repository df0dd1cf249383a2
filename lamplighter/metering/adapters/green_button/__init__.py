"""
Green Button: energy usage information in ESPI's XML, as an Atom feed or bare.

The file is read twice: once for what it describes (`feed`), and once for its readings (`blocks`),
because a feed may say only at its end in which unit its readings are.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from lamplighter.metering.adapters.green_button.blocks import usage_in
from lamplighter.metering.adapters.green_button.codes import CURRENCIES, UNITS
from lamplighter.metering.adapters.green_button.feed import Feed, Joined, Summary, read_feed
from lamplighter.metering.adapters.safe_xml import refuse_unsafe
from lamplighter.metering.domain.decimals import NUMBER, decimal_of, exact
from lamplighter.metering.domain.readings import Notes, Reading, UsageSummary
from lamplighter.metering.domain.refusals import Faults
from lamplighter.metering.ports.reading_formats import Opened, Source, Surroundings

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_HUNDRED_THOUSANDTHS: Final = -5
_OURS: Final = re.compile(
    rb"naesb\.org/espi|<(?:[\w.-]+:)?(?:feed|entry|UsagePoint|IntervalBlock)\b"
)


class GreenButton:
    """ESPI XML."""

    name = "green-button"
    title = "Green Button (ESPI XML)"
    passes = 2

    def recognises(self, head: bytes, file_name: str) -> bool:  # noqa: ARG002
        begins = head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<")
        return begins and _OURS.search(head) is not None

    def opened(self, source: Source, surroundings: Surroundings) -> Opened:
        refuse_unsafe(source)
        faults = Faults(source.name)
        feed = read_feed(source, faults, surroundings.notes)
        return Opened(
            readings=_readings(source, feed, faults, surroundings.notes), time_zone=feed.zone
        )


def _readings(source: Source, feed: Feed, faults: Faults, notes: Notes) -> Iterator[Reading]:
    joined = Joined(feed, faults)
    yield from usage_in(source, feed, joined, faults, notes)
    faults.check()
    for summary in feed.summaries:
        yield _usage_summary(summary, joined, notes)


def _usage_summary(summary: Summary, joined: Joined, notes: Notes) -> UsageSummary:
    fields = summary.fields
    consumption = "overallConsumptionLastPeriod."
    start = _whole(fields.get("billingPeriod.start", ""))
    kind = "UsageSummary" if "/UsageSummary" in summary.links.up else "ElectricPowerUsageSummary"
    currency = _whole(fields.get("currency", "")) or 0
    amounts = {
        name: _amount(fields.get(name, ""), _HUNDRED_THOUSANDTHS, name, notes)
        for name in ("billLastPeriod", "billToDate", "costAdditionalLastPeriod")
    }
    power = _whole(fields.get(f"{consumption}powerOfTenMultiplier", "")) or 0
    return UsageSummary(
        usage_point=joined.usage_point_of(summary.links, kind),
        start=None if start is None else _EPOCH + timedelta(seconds=start),
        duration_s=_whole(fields.get("billingPeriod.duration", "")) or 0,
        consumption=_amount(fields.get(f"{consumption}value", ""), power, consumption, notes),
        unit=UNITS.get(_whole(fields.get(f"{consumption}uom", "")) or 0, ""),
        bill=amounts["billLastPeriod"],
        bill_to_date=amounts["billToDate"],
        additional_cost=amounts["costAdditionalLastPeriod"],
        currency=CURRENCIES.get(currency, str(currency or "")),
    )


def _whole(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[+-]?[0-9]{1,11}", text, re.ASCII) else None


def _amount(text: str, power: int, name: str, notes: Notes) -> Decimal | None:
    if not text:
        return None
    if not NUMBER.fullmatch(text) or len(text) > 18 or abs(power) > 15:
        notes.add(f"A usage summary has no number in {name.rstrip('.')}.")
        return None
    digits, places = exact(text)
    return decimal_of(digits, power - places)


FORMAT: Final = GreenButton()
