"""
What a bill says.

A bill has segments: one for each usage point and each tariff version in force. A segment has lines,
and each line says what was billed, at which rate, and why. Amounts are whole minor units; rates and
quantities are exact decimals. Nothing here names a person: who the bill is sent to is kept apart.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from uuid import UUID

from lamplighter.kernel import Currency, Money


class BillKind(StrEnum):
    """Why there is this bill."""

    REGULAR = "regular"
    """The cycle's own, from a bill run."""
    OFF_CYCLE = "off-cycle"
    """Made for one account, outside of its cycle's run."""
    FINAL = "final"
    """The last one: the customer has moved out."""
    CANCELLATION = "cancellation"
    """Takes back another bill, all of it."""
    REBILL = "rebill"
    """Takes the place of a bill that was cancelled."""
    ADJUSTMENT = "adjustment"
    """A charge or a credit that no usage stands behind."""


class Source(StrEnum):
    """Where usage is known from."""

    INTERVALS = "intervals"
    REGISTERS = "registers"
    NOTHING = "nothing"
    """Nobody has measured it: all of it is estimated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BillLine:
    """One line: `quantity` x `rate` is the amount, rounded once."""

    component: str
    kind: str
    """What sort of charge: one of `tariffs.domain.pricing.Kind`, or `adjustment`."""
    quantity: Decimal
    unit: str
    """Empty where the quantity is 1 and the rate the amount."""
    rate: Decimal
    """In major units."""
    amount_minor: int
    reason: str = ""
    """Band, tier, share of a month, ratchet: how quantity and rate came about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingUsed:
    """Two readings of a register, and what passed it between them."""

    meter: str
    channel: str
    unit: str
    from_at: datetime
    to_at: datetime
    from_shown: Decimal
    to_shown: Decimal
    used: Decimal
    """Multiplier included."""
    quality: str
    """Of the less trustworthy one: a name of `metering.domain.blocks.Quality`, in lower case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What usage is known by, and how well."""

    source: Source
    counts: tuple[tuple[str, int], ...] = ()
    """
    How many intervals (of a day and channel of registers: days) have each quality, by its name.
    `missing` ones were estimated by billing itself.
    """
    readings: tuple[ReadingUsed, ...] = ()
    """Of registers, in order of time."""
    method: str = ""
    """How what is missing was estimated, in words; empty if nothing was."""

    @property
    def estimated(self) -> bool:
        """Whether any of it is not measured."""
        return bool(self.method) or any(
            count for quality, count in self.counts if quality in ("missing", "estimated")
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowUsage:
    """What passed the usage point in one direction."""

    flow: str
    quantity: Decimal
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BillSegment:
    """One usage point under one tariff version, from a day on and until a day (exclusive)."""

    agreement_id: UUID
    usage_point: str
    """Its reference: the number the industry knows it by."""
    commodity: str
    tariff: str
    tariff_name: str
    version_id: UUID
    first_day: date
    after_last: date
    months: Fraction
    """How many billing months the days count for."""
    usage: tuple[FlowUsage, ...]
    measured: tuple[tuple[Decimal, ...], ...]
    """The numbers that were priced, in the order of `measures_of` the tariff version."""
    basis: Basis
    lines: tuple[BillLine, ...]
    share: Fraction = Fraction(1)
    """Of what is billed as one: less than 1 where the tariff's version changed within."""

    @property
    def days(self) -> int:
        return (self.after_last - self.first_day).days

    @property
    def total_minor(self) -> int:
        return sum(line.amount_minor for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """Days that an earlier bill has charged, and of which something else is known by now."""

    bill: str
    """The number of the bill that has charged them."""
    usage_point: str
    first_day: date
    after_last: date
    usage_before: FlowUsage
    usage_after: FlowUsage
    before_minor: int
    """All that was charged for these days so far, earlier corrections included."""
    after_minor: int
    waived_minor: int = 0
    """Of the difference, what is too long ago to be charged."""
    reason: str = ""
    estimated: bool = False
    """Whether what is known now is still estimated in part."""

    @property
    def amount_minor(self) -> int:
        return self.after_minor - self.before_minor - self.waived_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class BillContent:
    """All that a bill charges: the same inputs make the same content, to the byte."""

    kind: BillKind
    account: str
    """Its number."""
    currency: Currency
    first_day: date
    after_last: date
    segments: tuple[BillSegment, ...] = ()
    corrections: tuple[Correction, ...] = ()
    adjustments: tuple[BillLine, ...] = ()
    refers_to: str | None = None
    """The number of the bill that this one cancels, replaces or adjusts."""
    messages: tuple[str, ...] = ()

    @property
    def days(self) -> int:
        return (self.after_last - self.first_day).days

    @property
    def total_minor(self) -> int:
        return (
            sum(segment.total_minor for segment in self.segments)
            + sum(correction.amount_minor for correction in self.corrections)
            + sum(line.amount_minor for line in self.adjustments)
        )

    @property
    def total(self) -> Money:
        return Money(self.total_minor, self.currency)

    @property
    def estimated(self) -> bool:
        return any(segment.basis.estimated for segment in self.segments)


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """Who a bill is sent to, as it was known when it was issued. Personal."""

    name: str
    address: tuple[str, ...]
    """Lines."""
    language: str
    """A BCP 47 tag, such as `en` or `ar-EG`."""
    places: tuple[tuple[str, str], ...] = ()
    """The address of each usage point, by its reference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedBill:
    """A bill that has a number and is owed. It never changes."""

    id: UUID
    number: str
    account_id: UUID
    content: BillContent
    addressee: Addressee
    issued_at: datetime
    issued_on: date
    """Local to the utility."""
    due_on: date
    open_before: Money
    """What of earlier bills was open when this one was issued; negative: a credit."""
    known_at: datetime
    """Readings are those that were known then."""
    sha256: str
    """Of the content in canonical JSON."""
    cancelled_by: str | None = None
    """The number of the bill that takes this one back."""

    @property
    def due(self) -> Money:
        """What is to be paid with this bill; negative: what is left of a credit."""
        return self.open_before + self.content.total
