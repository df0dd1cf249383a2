"""A meter comes into the store room."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction

from lamplighter.kernel import Place, Refusal
from lamplighter.metering.domain.blocks import FLOWS
from lamplighter.metering.domain.registers import MOST_DIGITS, RegisterPlan
from lamplighter.metering.models import COMMODITIES, Meter, Register
from lamplighter.platform import audit


class BadMeter(Refusal):
    """This cannot be a meter."""


class MeterAlreadyKnown(Refusal):
    """There is a meter of this make and serial number already."""

    status = 409


@transaction.atomic
def add_meter(
    *,
    serial: str,
    make: str,
    commodity: str,
    registers: Sequence[RegisterPlan],
    by: str,
    at: datetime,
) -> UUID:
    """
    Enter a meter with all that it counts. Its registers stay as they are entered.

    :raises BadMeter: if a name is empty or too long, a register cannot count as described, or two
        registers have one channel
    :raises MeterAlreadyKnown: if make and serial number are another meter's
    """
    check_meter(serial=serial, make=make, commodity=commodity, registers=registers)
    meter = _created(serial, make, commodity)
    Register.objects.bulk_create(
        Register(
            meter=meter,
            channel=plan.channel,
            flow=plan.flow,
            unit=plan.unit,
            dials=plan.dials.dials,
            decimals=plan.dials.decimals,
            multiplier=plan.dials.multiplier,
        )
        for plan in registers
    )
    audit.record(
        actor=by,
        action="metering.add_meter",
        subject=f"meter:{meter.id}",
        detail={"make": make, "serial": serial, "channels": [plan.channel for plan in registers]},
        at=at,
    )
    return meter.id


def check_meter(
    *,
    serial: str,
    make: str,
    commodity: str,
    registers: Sequence[RegisterPlan],
    row: int | None = None,
) -> None:
    """:raises BadMeter: naming the field that cannot be, and the row where there are many"""
    for field, text in {"serial": serial, "make": make}.items():
        if not 0 < len(text) <= 64 or not text.isprintable():
            raise BadMeter(
                f"The {field} is 1 to 64 characters.", places=(Place(row=row, field=field),)
            )
    if commodity not in COMMODITIES:
        raise BadMeter(
            f"{commodity!r} is not metered.",
            remedy=f"Use one of {', '.join(COMMODITIES)}.",
            places=(Place(row=row, field="commodity"),),
        )
    channels = [plan.channel for plan in registers]
    for number, plan in enumerate(registers):
        wrong = _wrong_with(plan, twice=channels.count(plan.channel) > 1)
        if wrong:
            raise BadMeter(wrong, places=(Place(row=row, field=f"registers[{number}]"),))


def _wrong_with(plan: RegisterPlan, *, twice: bool) -> str:
    if not 0 < len(plan.channel) <= 64 or not plan.channel.isprintable():
        return "A channel's name is 1 to 64 characters."
    if twice:
        return f"Two registers have the channel {plan.channel}."
    if plan.flow not in FLOWS:
        return f"{plan.flow!r} is not a direction: it is one of {', '.join(FLOWS)}."
    if not 0 < len(plan.unit) <= 16:
        return "A unit is 1 to 16 characters."
    dials = plan.dials
    if dials.dials < 1 or dials.decimals < 0 or dials.dials + dials.decimals > MOST_DIGITS:
        return f"A register has 1 to {MOST_DIGITS} digits, those behind the point counted."
    if not _is_multiplier(dials.multiplier):
        return "A multiplier is above 0, below 1,000,000,000, with up to 6 decimals."
    return ""


def _is_multiplier(value: Decimal) -> bool:
    return value.is_finite() and 0 < value < 10**9 and value == round(value, 6)


def _created(serial: str, make: str, commodity: str) -> Meter:
    try:
        with transaction.atomic():
            return Meter.objects.create(serial=serial, make=make, commodity=commodity)
    except IntegrityError:
        # Only the unique name is left to object, also when two add it at the same time.
        raise MeterAlreadyKnown(
            f"{make} {serial} is another meter.", places=(Place(field="serial"),)
        ) from None
