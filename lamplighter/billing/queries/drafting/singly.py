"""Loads of usage points that are like no other's: with gaps, or read from registers."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo

import pyarrow as pa
import pyarrow.compute as pc

from lamplighter.billing.domain.bills import Basis, ReadingUsed, Source
from lamplighter.billing.domain.loads import Load, PricedLoad
from lamplighter.billing.domain.period_loads import load_of_days
from lamplighter.billing.domain.segments import Measured
from lamplighter.billing.domain.spans import Span
from lamplighter.billing.queries.drafting.readings import Readings
from lamplighter.billing.queries.drafting.wanted import NoMeter, NoReadings
from lamplighter.kernel import Period
from lamplighter.metering.domain.blocks import Quality
from lamplighter.metering.domain.estimating import REFERENCE_DAYS, without_gaps
from lamplighter.metering.domain.readings import PERIODS
from lamplighter.metering.queries.meters import meters_at
from lamplighter.metering.queries.register_days import RegisterDays, register_days


def measured_singly(
    span: Span, readings: Readings, zone: tzinfo, *, as_of: datetime
) -> tuple[PricedLoad, Measured]:
    """
    The load of one span, with what is missing estimated.

    :param readings: those of its days
    :raises NoReadings: if there is nothing to go by
    :raises NoMeter: if there is not even a meter
    """
    days = span.first_day, span.after_last
    own = readings.part([span.term.usage_point_id], days)
    found = _from_intervals(span, own, zone, as_of)
    if found is None:
        found = _from_registers(span, zone, as_of)
    if found is None:
        raise _reason(span, zone)
    return found


def _reason(span: Span, zone: tzinfo) -> NoReadings | NoMeter:
    period = Period.of_days(span.first_day, span.after_last, zone)  # type: ignore[arg-type]
    if meters_at(usage_point_id=span.term.usage_point_id, period=period):
        return NoReadings(remedy="Read the meter, or estimate its use and enter that.")
    return NoMeter(remedy="Install a meter, or put the usage point on an unmetered tariff.")


def _from_intervals(
    span: Span, own: Readings, zone: tzinfo, as_of: datetime
) -> tuple[PricedLoad, Measured] | None:
    if _is_whole(span, own):
        load = Load(own.blocks, zone, (span.period,))
        return load, _of_intervals(load, own.blocks, filled=0)
    before = span.first_day - timedelta(REFERENCE_DAYS)
    known = Readings.read([span.term.usage_point_id], (before, span.after_last), as_of=as_of)
    if not len(known.codes):
        return None
    estimated = without_gaps(
        known.blocks, first_day=span.first_day, after_last=span.after_last, zone=zone
    )
    if estimated is None:
        return None
    load = Load(estimated.blocks, zone, (span.period,))
    return load, _of_intervals(load, estimated.blocks, filled=estimated.filled)


def _is_whole(span: Span, own: Readings) -> bool:
    """Whether each channel has a value for every interval of every day."""
    if not len(own.codes) or own.qualities()[:, Quality.MISSING].any():
        return False
    channels = own.blocks.column("channel").cast(pa.string()).value_counts().to_pylist()
    return all(channel["counts"] == span.period.days for channel in channels)


def _of_intervals(load: Load, blocks: pa.Table, *, filled: int) -> Measured:
    quality = pc.list_flatten(blocks.column("quality")).combine_chunks()
    counts = {one["values"]: one["counts"] for one in quality.value_counts().to_pylist()}
    total = sum(counts.values())
    # What billing itself has estimated was missing: others' estimates are told apart from it.
    told = [(q.name.lower(), counts.get(int(q), 0)) for q in Quality if q is not Quality.MISSING]
    if filled:
        told = [
            ("missing", filled),
            *((name, n - filled if name == "estimated" else n) for name, n in told),
        ]
    method = "gaps up to two hours bridged, longer ones as on like days before" if filled else ""
    basis = Basis(
        source=Source.INTERVALS, counts=tuple((name, n) for name, n in told if n), method=method
    )
    return Measured(units=load.units, basis=basis, missing=(filled, total))


def _from_registers(
    span: Span, zone: tzinfo, as_of: datetime
) -> tuple[PricedLoad, Measured] | None:
    channels = register_days(
        usage_point_id=span.term.usage_point_id,
        days=(span.first_day, span.after_last),
        zone=zone,
        as_of=as_of,
    )
    channels = tuple(one for one in channels if one.days)
    if not channels:
        return None
    load = load_of_days(_rows(channels, zone), zone, span.period)
    days = [day for channel in channels for day in channel.days]
    measured = sum(day.measured for day in days)
    estimated = len(days) - measured
    wanted = len(channels) * span.period.days
    before_first = wanted - len(days)
    counts = [("actual", measured), ("missing", estimated + before_first)]
    methods = [
        "as on average over the year before the last reading" if estimated else "",
        "nothing before the first reading" if before_first else "",
    ]
    basis = Basis(
        source=Source.REGISTERS,
        counts=tuple((name, n) for name, n in counts if n),
        readings=tuple(_readings(channels, zone)),
        method="; ".join(method for method in methods if method),
    )
    # A register that is read now and then is estimated as a matter of course. Missing is only what
    # no reading reaches back to.
    return load, Measured(units=load.units, basis=basis, missing=(before_first, wanted))


def _readings(channels: tuple[RegisterDays, ...], zone: tzinfo) -> list[ReadingUsed]:
    return [
        ReadingUsed(
            meter=one.meter,
            channel=one.channel,
            unit=one.unit,
            from_at=one.period.start.astimezone(zone),
            to_at=one.period.end.astimezone(zone),
            from_shown=one.from_shown,
            to_shown=one.to_shown,
            used=one.used,
            quality=one.quality.name.lower(),
        )
        for channel in channels
        for one in channel.between
    ]


def _rows(channels: tuple[RegisterDays, ...], zone: tzinfo) -> pa.Table:
    rows = []
    for channel in channels:
        for day in channel.days:
            exponent = min(int(day.used.as_tuple().exponent), 0)
            rows.append(
                {
                    "usage_point": "",
                    "channel": channel.channel,
                    "flow": channel.flow,
                    "unit": channel.unit,
                    "start": _midnight(day.day, zone),
                    "end": _midnight(day.day + timedelta(1), zone),
                    "value": int(day.used.scaleb(-exponent)),
                    "exponent": exponent,
                    "quality": int(Quality.ACTUAL if day.measured else Quality.ESTIMATED),
                }
            )
    return pa.Table.from_pylist(rows, PERIODS)


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time.min, zone).astimezone(UTC)
