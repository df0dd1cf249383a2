"""
What a tariff says: rate schedules and their components, as values.

Rates are exact decimals in major units of the schedule's currency. A schedule is complete: whatever
it bills is a component, and nothing outside it (no clock, no database) is needed to price usage.
"""

from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from typing import Final

from lamplighter.kernel import Currency
from lamplighter.tariffs.domain.clock import ALWAYS, Clock

FLOWS: Final = ("import", "export", "reactive-import", "reactive-export", "apparent", "other")
"""What a meter tells apart: which way, and what kind of energy."""

ENERGY_UNITS: Final = ("kWh", "kvarh", "kVAh", "m3", "ft3", "ccf", "gal", "therm", "MJ", "GJ")
"""What usage is counted in. Gas that is billed by its energy comes in kWh."""

DEMAND_UNITS: Final = ("kW", "kVA", "kvar", "hp")

CREDIT: Final = "Credit"
"""The name of the bill lines that spend or pay out what export has earned."""


class Per(StrEnum):
    """What a charge is counted by."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    PERIOD = "period"
    """Once a bill, however long its period."""


class TierUnit(StrEnum):
    """What a tier's upper bound is counted in."""

    PLAIN = "kWh"
    """The component's own unit, per month."""
    DAILY = "kWh daily"
    """Times the days of the period."""
    PER_KW = "kWh/kW"
    """Hours' use: times the billing demand."""
    PER_KW_DAILY = "kWh/kW daily"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """A block of usage and its price. `upper` is cumulative; the last tier has none."""

    rate: Decimal
    upper: Decimal | None = None
    unit: TierUnit = TierUnit.PLAIN
    within_hours: Decimal | None = None
    """The tier lies inside a block of this much hours' use (kWh per kW of billing demand)."""
    adjustment: Decimal = Decimal(0)
    """Added to the rate: a rider that the record keeps apart."""
    sell: Decimal | None = None
    """What energy that flows back is paid, if it is paid for at all."""

    @property
    def price(self) -> Decimal:
        return self.rate + self.adjustment


class Order(StrEnum):
    """How tiers are climbed where several bands share them."""

    PRO_RATA = "pro-rata"
    """Each band has its share of every tier."""
    CLOCK = "clock"
    """Each interval falls into the tier that the usage before it has reached; pro rata in a month
    whose hours' use is counted by a ratchet, since intervals are sorted before it is known."""
    EACH_BAND = "each-band"
    """Each band climbs tiers of its own."""


class FixedTimes(StrEnum):
    """What a fixed charge is multiplied by, besides time."""

    ONE = "one"
    CONNECTED_KW = "connected-kw"
    FURTHER_METERS = "further-meters"
    """Every meter but the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedCharge:
    """So much a day, a month, a year or a bill; also per connected kW or per meter."""

    name: str
    amount: Decimal
    per: Per
    times: FixedTimes = FixedTimes.ONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratchet:
    """Billing demand never falls below a share of earlier peaks."""

    share: Decimal
    months_back: int
    counted: tuple[bool, ...] = (True,) * 12
    """Which calendar months' peaks are looked back at, January first."""
    further_into_last_year: int = 0
    """So many months more are looked back at if they are of the calendar year before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnergyCharge:
    """Usage times rate: flat, in tiers, by season and time of use, or all of these."""

    name: str
    bands: tuple[tuple[Tier, ...], ...]
    """The tiers of each band of the clock."""
    clock: Clock = ALWAYS
    flow: str = "import"
    channel: str | None = None
    """Only this channel of the meter, such as a controlled load; None: all of the flow."""
    unit: str = "kWh"
    order: Order = Order.PRO_RATA
    hours_use_ratchet: Ratchet | None = None
    """Holds up the billing demand that tiers of hours' use are counted by."""
    prorated: bool = True
    """Whether tier bounds shrink and grow with a period that is not a whole month."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandCharge:
    """
    The highest demand times rate, in one piece or by band.

    Of the flow `apparent` demand is measured in kVA, of `reactive-import` in kvar, else in kW.
    """

    name: str
    bands: tuple[tuple[Tier, ...], ...]
    clock: Clock = ALWAYS
    flow: str = "import"
    by_band: bool = False
    """Each band's own peak is billed; otherwise the period's one peak, at the rates of its days."""
    unit: str = "kW"
    daily: bool = False
    """Rates are per kW and day."""
    window_minutes: int | None = None
    """Demand is the mean over this long; None: over the meter's own interval."""
    rolling: bool = False
    """Windows may start at any interval, not only at multiples of their length."""
    ratchet: Ratchet | None = None
    coincident: bool = False
    """Only demand at the moments of the system's own peak counts (see `system_peaks`)."""
    least: Decimal | None = None
    """Billed at least, in the charge's unit, whatever was measured (a contracted demand)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactiveCharge:
    """Reactive energy beyond what is free, at a rate per kvarh."""

    name: str
    rate: Decimal
    free_share: Decimal = Decimal(0)
    """Free up to this share of the active energy (0.5: up to a power factor of about 0.894)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerFactorCharge:
    """A surcharge on other components for each hundredth that the mean power factor falls short."""

    name: str
    target: Decimal
    percent_per_hundredth: Decimal
    on: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MinimumCharge:
    """The bill comes to at least this much."""

    name: str
    amount: Decimal
    per: Per
    on: tuple[str, ...] | None = None
    """The components that count towards it; None: all that stand before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rider:
    """So much per unit on top, from a day on and until a day, whatever the schedule's own dates."""

    name: str
    rate: Decimal
    start: date | None = None
    end: date | None = None
    """Exclusive."""
    flow: str = "import"
    unit: str = "kWh"


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthlyRider:
    """So much per unit on top, by calendar month (fuel adjustments)."""

    name: str
    rates: tuple[Decimal, ...]
    """Of January to December."""
    unit: str = "kWh"


@dataclass(frozen=True, slots=True, kw_only=True)
class Percentage:
    """A surcharge, discount or tax in percent of other components."""

    name: str
    percent: Decimal
    """Negative for a discount."""
    on: tuple[str, ...] | None = None
    """Component names; None: every component that stands before this one (a compound tax)."""
    tax: bool = False


class ExportRule(StrEnum):
    """What becomes of energy that flows back."""

    NET_METERING = "net-metering"
    """Set off against import, band by band; a surplus is carried over in kWh."""
    NET_METERING_CREDIT = "net-metering-credit"
    """Set off likewise; a surplus is valued at the sell rate and carried over in money."""
    NET_BILLING = "net-billing"
    """Credited at the sell rate, on the same bill."""
    NET_BILLING_CREDIT = "net-billing-credit"
    """Credited at the sell rate, from the next bill on."""
    BUY_ALL_SELL_ALL = "buy-all-sell-all"
    """All load is bought and all generation is sold."""


class Handover(StrEnum):
    """Where the surplus of a band goes when the next period has other bands, or other hours."""

    BAND = "band"
    """It stays in its band; when that no longer occurs, it goes to the band that now has the hour
    at which the old one began."""
    HOURS = "hours"
    """SAM's convention: to the band that now has the hour from 0, 5, 11 or 17 o'clock of a working
    day, whichever of them the old band had first; else nowhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """The terms for energy that flows back."""

    rule: ExportRule | None = None
    """None: what flows back is neither set off nor paid."""
    handover: Handover = Handover.BAND
    year_end_rate: Decimal | None = None
    """Paid per kWh of surplus that is left when the year is settled; None: it stays carried."""


Component = (
    FixedCharge
    | EnergyCharge
    | DemandCharge
    | ReactiveCharge
    | PowerFactorCharge
    | MinimumCharge
    | Rider
    | MonthlyRider
    | Percentage
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounding:
    """How a line is rounded to the minor unit. Once, at its end."""

    mode: str = ROUND_HALF_EVEN
    lines: bool = True
    """False: not at all, to compare with models that do not round."""


class LatePolicy(StrEnum):
    """What comes of readings that arrive, or change, after their days were billed."""

    NEXT_BILL = "next-bill"
    """The difference is on the next bill."""
    REBILL = "rebill"
    """The bill is cancelled and made anew; on the next bill where that cannot be."""
    IGNORE = "ignore"
    """Nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """The terms for late readings."""

    policy: LatePolicy = LatePolicy.NEXT_BILL
    below: Decimal = Decimal(0)
    """A difference of less than this, in major units, is let go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RateSchedule:
    """One version of a tariff."""

    code: str
    name: str
    currency: Currency
    components: tuple[Component, ...]
    starts_on: date | None = None
    ends_on: date | None = None
    """Exclusive."""
    time_zone: str | None = None
    """None: that of the place which is billed."""
    rounding: Rounding = Rounding()
    export: Export = Export()
    late: Late = Late()
    settles_in: int = 12
    """The calendar month at whose end carried surplus and the yearly minimum are settled."""
    notes: tuple[str, ...] = ()
    """What the source says and this schedule does not bill, in words."""

    def under(self, rule: ExportRule) -> "RateSchedule":
        """This schedule with another rule for export."""
        return replace(self, export=replace(self.export, rule=rule))
