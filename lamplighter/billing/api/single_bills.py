"""Bills off cycle, and adjustments, over HTTP."""

from typing import Annotated, Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import Field

from lamplighter.billing import actions
from lamplighter.customers import queries as customers
from lamplighter.identity.domain.permissions import Action
from lamplighter.kernel import Currency, Place
from lamplighter.platform.access import needs
from lamplighter.platform.answers import Key, write_once
from lamplighter.platform.canonical_json import JSON
from lamplighter.platform.schemas import (
    Day,
    DecimalIn,
    Identifier,
    In,
    Line,
    Reason,
    makes,
)
from lamplighter.platform.web import actor

router = Router(tags=["billing"])


class SingleBillIn(In):
    """Whom to bill, and until when."""

    through: Day = Field(description="The last day that is billed; it has to be over.")


class SingleBillOut(Schema):
    """The bill, or that a check has held it."""

    number: str | None = Field(description="Null: a check has held it.")


class AdjustmentLineIn(In):
    """An amount in the account's currency; negative: in the customer's favour."""

    name: Annotated[Line, Field(min_length=1)]
    amount: DecimalIn


class AdjustmentIn(In):
    """What is charged or given beside usage."""

    lines: Annotated[list[AdjustmentLineIn], Field(min_length=1, max_length=50)]
    reason: Reason
    refers_to: Identifier | None = Field(None, description="The number of a bill.")


class AdjustmentOut(Schema):
    """The bill that has the adjustment."""

    number: str


@router.post(
    "/{identifier:number}/bills",
    auth=needs(Action.DECIDE_BILLS),
    response=makes(SingleBillOut),
    operation_id="bill_account",
)
def bill_account(
    request: HttpRequest, number: str, asked: SingleBillIn, idempotency_key: Key = None
) -> Status[dict[str, Any]]:
    """Bill one account off cycle, up to and including a day."""
    at = timezone.now()

    def act() -> dict[str, JSON]:
        made = actions.bill_account(account=number, through=asked.through, by=actor(request), at=at)
        return {"number": made}

    return Status(201, write_once(request, idempotency_key, act, at=at))


@router.post(
    "/{identifier:number}/adjustments",
    auth=needs(Action.DECIDE_BILLS),
    response=makes(AdjustmentOut),
    operation_id="adjust_account",
)
def adjust_account(
    request: HttpRequest, number: str, asked: AdjustmentIn, idempotency_key: Key = None
) -> Status[dict[str, Any]]:
    """Charge or give something beside usage, on a bill of its own."""
    at = timezone.now()

    def act() -> dict[str, JSON]:
        currency = Currency(customers.account(number).currency)
        made = actions.adjust(
            account=number,
            lines=[(one.name, _minor(one, currency)) for one in asked.lines],
            reason=asked.reason,
            refers_to=asked.refers_to,
            by=actor(request),
            at=at,
        )
        return {"number": made}

    return Status(201, write_once(request, idempotency_key, act, at=at))


def _minor(line: AdjustmentLineIn, currency: Currency) -> int:
    """:raises AdjustmentMalformed: if the amount is finer than the currency's minor unit"""
    minor = line.amount.scaleb(currency.exponent)
    if minor != minor.to_integral_value():
        raise actions.AdjustmentMalformed(
            f"{line.amount} has more decimals than {currency} has.",
            places=(Place(field="lines.amount"),),
        )
    return int(minor)
