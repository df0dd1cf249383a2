"""Bills as the API tells them."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Final
from uuid import UUID

from ninja import Schema
from pydantic import BeforeValidator, Field

from lamplighter.billing.domain.bills import BillKind, IssuedBill, Source
from lamplighter.billing.domain.documents import plain_number
from lamplighter.billing.queries.bills import BillState, Standing, state_of
from lamplighter.platform.schemas import DecimalText, In, Line, MoneyOut, money_of
from lamplighter.platform.sparse import Sparse


def _text(value: Any) -> Any:
    return plain_number(value) if isinstance(value, Decimal) else value


Exact = Annotated[DecimalText, BeforeValidator(_text)]
"""A decimal as the bill's document spells it."""


class BillSummaryOut(Schema):
    """A bill in short."""

    number: str
    account: str
    kind: BillKind
    state: BillState
    first_day: date
    after_last: date = Field(description="Exclusive.")
    total: MoneyOut = Field(description="Of its own days, without what was open before.")
    issued_on: date
    due_on: date
    estimated: bool


BILLS: Final = Sparse(BillSummaryOut, always=("number",))


def summary_of(row: tuple[Any, ...]) -> dict[str, Any]:
    """What `BillSummaryOut` says, of a row of `bill_lists.COLUMNS`: there may be many of them."""
    number, account, kind, first_day, after_last, minor, currency, issued_on, due_on = row[:9]
    estimated, cancelled_by, settled_on = row[9:]
    return {
        "number": number,
        "account": account,
        "kind": kind,
        "state": state_of(kind, cancelled_by, settled_on).value,
        "first_day": first_day,
        "after_last": after_last,
        "total": money_of(minor, currency),
        "issued_on": issued_on,
        "due_on": due_on,
        "estimated": estimated,
    }


class LineOut(Schema):
    """`quantity` x `rate` is the amount, rounded once."""

    component: str
    kind: str
    quantity: Exact
    unit: str
    rate: Exact = Field(description="In major units of the currency.")
    amount_minor: int
    reason: str


class FlowOut(Schema):
    """What passed the usage point in one direction."""

    flow: str
    quantity: Exact
    unit: str


class ReadingUsedOut(Schema):
    """Two readings of a register, and what passed it between them."""

    meter: str
    channel: str
    unit: str
    from_at: datetime
    to_at: datetime
    from_shown: Exact
    to_shown: Exact
    used: Exact
    quality: str


class BasisOut(Schema):
    """What usage is known by."""

    source: Source
    counts: Annotated[dict[str, int], BeforeValidator(dict)] = Field(
        description="Intervals or days, by their quality."
    )
    readings: list[ReadingUsedOut]
    method: str = Field(description="How what is missing was estimated; empty if nothing was.")
    estimated: bool


class SegmentOut(Schema):
    """One usage point under one version of a tariff."""

    usage_point: str
    commodity: str
    tariff: str
    tariff_name: str
    version_id: UUID
    first_day: date
    after_last: date
    usage: list[FlowOut]
    basis: BasisOut
    lines: list[LineOut]
    total_minor: int


class CorrectionOut(Schema):
    """Days that an earlier bill has charged, and of which something else is known by now."""

    bill: str
    usage_point: str
    first_day: date
    after_last: date
    usage_before: FlowOut
    usage_after: FlowOut
    before_minor: int
    after_minor: int
    waived_minor: int
    amount_minor: int
    reason: str


class AddresseeOut(Schema):
    """Who the bill was sent to. Personal."""

    name: str
    address: list[str]
    language: str


class BillOut(Schema):
    """A bill, whole."""

    number: str
    kind: BillKind
    state: BillState
    settled_on: date | None
    cancels: str | None
    cancelled_by: str | None
    replaces: str | None
    replaced_by: str | None
    account: str
    addressee: AddresseeOut
    first_day: date
    after_last: date
    issued_on: date
    due_on: date
    total: MoneyOut
    open_before: MoneyOut
    due: MoneyOut
    estimated: bool
    segments: list[SegmentOut]
    corrections: list[CorrectionOut]
    adjustments: list[LineOut]
    messages: list[str]
    sha256: str = Field(description="Of what the bill charges, in canonical JSON.")


class EffectOut(Schema):
    """A part of the difference between two bills."""

    name: str
    amount: MoneyOut
    detail: str


class ExplanationOut(Schema):
    """How one bill became the next one: `before` and the effects add up to `after`."""

    bill: str
    previous: str | None
    before: MoneyOut
    effects: list[EffectOut]
    after: MoneyOut


class ReasonIn(In):
    """Why somebody does something, for those who will ask later."""

    reason: Line = Field(min_length=1)


class CancellationOut(Schema):
    """The bill that takes another one back."""

    number: str


class RebillOut(Schema):
    """The bill that takes another one back, and the one in its place."""

    cancellation: str
    number: str


def bill_out(told: IssuedBill, standing: Standing) -> dict[str, Any]:
    """What `BillOut` is made of."""
    content = told.content
    return {
        "number": told.number,
        "kind": content.kind,
        **{name: getattr(standing, name) for name in Standing.__dataclass_fields__},
        "account": content.account,
        "addressee": told.addressee,
        "first_day": content.first_day,
        "after_last": content.after_last,
        "issued_on": told.issued_on,
        "due_on": told.due_on,
        "total": MoneyOut.of(content.total),
        "open_before": MoneyOut.of(told.open_before),
        "due": MoneyOut.of(told.due),
        "estimated": content.estimated,
        "segments": content.segments,
        "corrections": content.corrections,
        "adjustments": content.adjustments,
        "messages": content.messages,
        "sha256": told.sha256,
    }
