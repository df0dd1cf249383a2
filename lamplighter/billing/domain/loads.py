"""A load to be priced: the blocks of one usage point over some billing periods."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta, tzinfo

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
    """There is no interval data to price."""


class SeveralUsagePoints(Refusal):
    """A quote is for one usage point, and these are readings of several."""


class FlowNotMeasured(Refusal):
    """The tariff bills something that this load was not measured for."""


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
        """
        What the measures come to, in each period.

        :raises FlowNotMeasured: if a measure is of a flow that the load has no channel for
        """
        for measure in measures:
            if measure not in self._measured:
                self._check_flow(measure)
                request = request_for([measure], self.periods, self.zone)
                self._measured[measure] = numbers_in(determinants(self.blocks, request), 0, measure)
        return [
            usage_of(period, {measure: self._measured[measure][n] for measure in measures})
            for n, period in enumerate(self.periods)
        ]

    @property
    def missing(self) -> int:
        """How many intervals have no known value."""
        quality = pc.list_flatten(self.blocks.column("quality"))
        return int(pc.sum(pc.equal(quality, int(Quality.MISSING))).as_py() or 0)

    def _check_flow(self, measure: Measure) -> None:
        # A meter without an export channel exports nothing; reactive energy has to be measured.
        flows = pc.unique(self.blocks.column("flow")).to_pylist()
        if measure.flow not in flows and measure.flow != "export":
            raise FlowNotMeasured(
                f"It bills {measure.flow}, and the load has only {', '.join(flows)}.",
                remedy="Give a load with that channel.",
            )


def load_of(blocks: pa.Table, zone: tzinfo) -> Load:
    """
    The load of one usage point, over the calendar months that its data touches.

    :raises EmptyLoad: if there are no blocks
    :raises SeveralUsagePoints: if there are several usage points
    :raises UnitNotBillable: if it is not counted in a unit that tariffs bill
    """
    if not len(blocks):
        raise EmptyLoad(remedy="Give a file with intervals of an hour or shorter.")
    table = in_billed_units(blocks.combine_chunks())
    points = pc.unique(table.column("usage_point")).to_pylist()
    if len(points) > 1:
        shown = ", ".join(points[:3]) + (" ..." if len(points) > 3 else "")
        raise SeveralUsagePoints(
            f"There are {len(points)}: {shown}.", remedy="Say which: --usage-point NAME."
        )
    days = pc.min_max(table.column("local_day")).as_py()
    first: date = days["min"]
    return Load(table, zone, calendar_months(first, days["max"] + timedelta(1)))
