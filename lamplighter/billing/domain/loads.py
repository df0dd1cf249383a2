"""A load to be priced: the blocks of one usage point over some billing periods."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta, tzinfo
from functools import cached_property
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc

from lamplighter.billing.domain.measuring import Numbers, numbers_in, request_for, usage_of
from lamplighter.billing.domain.periods import BillingPeriod, calendar_months
from lamplighter.kernel import Refusal
from lamplighter.metering.domain.blocks import Quality
from lamplighter.metering.domain.determinants import determinants
from lamplighter.metering.domain.scaling import in_billed_units
from lamplighter.tariffs.domain.measures import Measure, Usage


class EmptyLoad(Refusal):
    """There is no usage to price."""


class SeveralUsagePoints(Refusal):
    """A quote is for one usage point, and these are readings of several."""


class FlowNotMeasured(Refusal):
    """The tariff bills something that this load was not measured for."""


class PricedLoad(Protocol):
    """What a quote is made of: usage of one usage point, period by period."""

    @property
    def zone(self) -> tzinfo:
        """In whose days it counts."""

    @property
    def periods(self) -> tuple[BillingPeriod, ...]: ...

    @property
    def units(self) -> Mapping[str, str]:
        """The unit of each flow there is."""

    @property
    def missing(self) -> int:
        """How many intervals have no known value."""

    def usages(self, measures: Sequence[Measure]) -> list[Usage]:
        """
        What the measures come to, in each period.

        :raises Refusal: if the load does not tell what a measure asks for
        """


@dataclass
class Load:
    """
    Blocks of one usage point, and what was already measured of them.

    Many tariffs ask for the same sums: each is taken once.
    """

    blocks: pa.Table
    zone: tzinfo
    periods: tuple[BillingPeriod, ...]
    _measured: dict[Measure, list[Numbers]] = field(default_factory=dict)

    def usages(self, measures: Sequence[Measure]) -> list[Usage]:
        """:raises FlowNotMeasured: if a measure is of a flow that the load has no channel for"""
        for measure in measures:
            if measure not in self._measured:
                check_flow(measure, self.units)
                request = request_for([measure], self.periods, self.zone)
                self._measured[measure] = numbers_in(determinants(self.blocks, request), 0, measure)
        return [
            usage_of(period, {measure: self._measured[measure][n] for measure in measures})
            for n, period in enumerate(self.periods)
        ]

    @cached_property
    def units(self) -> dict[str, str]:
        return units_of(self.blocks)

    @property
    def missing(self) -> int:
        quality = pc.list_flatten(self.blocks.column("quality"))
        return int(pc.sum(pc.equal(quality, int(Quality.MISSING))).as_py() or 0)


def check_flow(measure: Measure, units: Mapping[str, str]) -> None:
    """:raises FlowNotMeasured: if there is no channel of the flow"""
    # A meter without an export channel exports nothing; reactive energy has to be measured.
    if measure.flow not in units and measure.flow != "export":
        raise FlowNotMeasured(
            f"It bills {measure.flow}, and the load has only {', '.join(units)}.",
            remedy="Give a load with that channel.",
        )


def units_of(rows: pa.Table) -> dict[str, str]:
    """The unit of each flow."""
    pairs = rows.select(["flow", "unit"]).group_by(["flow", "unit"]).aggregate([]).to_pylist()
    return {pair["flow"]: pair["unit"] for pair in pairs}


def check_one_usage_point(rows: pa.Table) -> None:
    """
    :raises EmptyLoad: if there are no rows
    :raises SeveralUsagePoints: if there are several usage points
    """
    points = pc.unique(rows.column("usage_point")).to_pylist()
    if not points:
        raise EmptyLoad(remedy="See what is in the file: lamplighter readings inspect.")
    if len(points) > 1:
        shown = ", ".join(points[:3]) + (" ..." if len(points) > 3 else "")
        raise SeveralUsagePoints(
            f"There are {len(points)}: {shown}.", remedy="Say which: --usage-point NAME."
        )


def load_of(blocks: pa.Table, zone: tzinfo) -> Load:
    """
    The load of one usage point, over the calendar months that its data touches.

    :raises EmptyLoad: if there are no blocks
    :raises SeveralUsagePoints: if there are several usage points
    """
    check_one_usage_point(blocks)
    table = in_billed_units(blocks.combine_chunks())
    days = pc.min_max(table.column("local_day")).as_py()
    first: date = days["min"]
    return Load(table, zone, calendar_months(first, days["max"] + timedelta(1)))
