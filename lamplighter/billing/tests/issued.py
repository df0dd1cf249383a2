"""A household with bills, for tests of what is told about them."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from django.apps import apps

from lamplighter.billing.domain.bills import (
    Addressee,
    Basis,
    BillContent,
    BillKind,
    BillLine,
    BillSegment,
    Correction,
    FlowUsage,
    ReadingUsed,
    Source,
)
from lamplighter.billing.domain.documents import document_of
from lamplighter.billing.models import Agreement, Bill, Settlement
from lamplighter.billing.queries.addressees import seal_addressee
from lamplighter.customers import actions as customers
from lamplighter.kernel import Currency, new_id
from lamplighter.platform import personal
from lamplighter.platform.canonical_json import canonical
from lamplighter.tariffs import actions as tariffs
from lamplighter.tariffs.domain.schedule import EnergyCharge, RateSchedule, Tier

EUR = Currency("EUR")
OPENED = datetime(2024, 1, 1, tzinfo=UTC)
RATE = Decimal("0.25")


@dataclass(frozen=True, slots=True, kw_only=True)
class Household:
    """Somebody who pays for electricity in one place."""

    account_id: UUID
    number: str
    holder: str
    usage_point_id: UUID
    usage_point: str
    agreement_id: UUID
    version_id: UUID


def move_in(
    number: str = "A-1",
    *,
    holder: str = "Mary Ward",
    address: str = "1 High Street",
    usage_point: str = "UP1",
    currency: str = "EUR",
) -> Household:
    """Open an account, and let it pay for a usage point by the tariff HOME."""
    new = customers.NewAccount(
        number=number,
        holder=holder,
        postal_address=(address, "Springfield"),
        currency=currency,
        opened_on=OPENED.date(),
    )
    account_id = customers.open_account(new, by="test", at=OPENED)
    point = _place(address, usage_point)
    version = _home_tariff()
    agreement = Agreement.objects.create(
        account_id=account_id,
        usage_point_id=point,
        tariff_id=version.tariff_id,
        starts_on=OPENED.date(),
    )
    return Household(
        account_id=account_id,
        number=number,
        holder=holder,
        usage_point_id=point,
        usage_point=usage_point,
        agreement_id=agreement.id,
        version_id=version.id,
    )


def _place(address: str, reference: str) -> UUID:
    location = customers.add_service_location(
        address=address, time_zone="UTC", by="test", at=OPENED
    )
    return customers.add_usage_point(
        service_location_id=location,
        reference=reference,
        commodity="electricity",
        by="test",
        at=OPENED,
    )


def month(of: Household, first_day: date, kwh: str | int, **more: Any) -> BillContent:
    """A month of a household, at 0.25 EUR a kWh."""
    after_last = (first_day.replace(day=1) + timedelta(32)).replace(day=1)
    quantity = Decimal(kwh)
    line = BillLine(
        component="Energy",
        kind="energy",
        quantity=quantity,
        unit="kWh",
        rate=RATE,
        amount_minor=int(quantity * RATE * 100),
        reason="peak 17:00-20:00 on workdays",
    )
    segment = BillSegment(
        agreement_id=of.agreement_id,
        usage_point=of.usage_point,
        commodity="electricity",
        tariff="HOME",
        tariff_name="At home",
        version_id=of.version_id,
        first_day=first_day,
        after_last=after_last,
        months=Fraction(1),
        usage=(FlowUsage(flow="import", quantity=quantity, unit="kWh"),),
        measured=((quantity,),),
        basis=more.pop("basis", Basis(source=Source.INTERVALS, counts=(("actual", 2976),))),
        lines=(line,),
    )
    facts: dict[str, Any] = {
        "kind": BillKind.REGULAR,
        "account": of.number,
        "currency": EUR,
        "first_day": first_day,
        "after_last": after_last,
        "segments": (segment,),
    }
    return BillContent(**(facts | more))


def issue(of: Household, content: BillContent, number: str, **more: Any) -> Bill:
    """Write a bill down as it is issued, two days after the end of its period."""
    issued_on = more.pop("issued_on", content.after_last + timedelta(2))
    issued_at = datetime.combine(issued_on, time(6), UTC)
    document = canonical(document_of(content))
    addressee = Addressee(
        name=of.holder,
        address=("1 High Street", "Springfield"),
        language="en",
        places=((of.usage_point, "1 High Street"),),
    )
    bill_id, keys = new_id(), personal.meet({of.account_id})
    text = canonical(document_of(addressee)).decode()
    return Bill.objects.create(
        id=bill_id,
        number=number,
        kind=content.kind.value,
        account_id=of.account_id,
        first_day=content.first_day,
        after_last=content.after_last,
        currency=content.currency.code,
        total_minor=content.total_minor,
        open_before_minor=more.pop("open_before_minor", 0),
        estimated=content.estimated,
        issued_at=issued_at,
        issued_on=issued_on,
        due_on=issued_on + timedelta(14),
        known_at=issued_at,
        document=document.decode(),
        sha256=hashlib.sha256(document).hexdigest(),
        addressee=seal_addressee(keys, text, account_id=of.account_id, bill_id=bill_id),
        **more,
    )


def cancel(of: Household, bill: Bill, number: str, *, on: date) -> Bill:
    """Take a bill back by another one."""
    content = BillContent(
        kind=BillKind.CANCELLATION,
        account=of.number,
        currency=EUR,
        first_day=bill.first_day,
        after_last=bill.after_last,
        adjustments=(
            BillLine(
                component=f"Cancels {bill.number}",
                kind="adjustment",
                quantity=Decimal(1),
                unit="",
                rate=Decimal(-bill.total_minor) / 100,
                amount_minor=-bill.total_minor,
            ),
        ),
        refers_to=bill.number,
    )
    return issue(of, content, number, issued_on=on, cancels=bill)


def settle(bill: Bill, *, on: date) -> None:
    """A bill is paid."""
    at = datetime.combine(on, time(9), UTC)
    Settlement.objects.create(bill=bill, settled_on=on, source="test", recorded_at=at)


def estimated_by_hand() -> Basis:
    """Usage that is known by register readings, one of them estimated."""
    start = datetime(2025, 3, 1, tzinfo=UTC)
    return Basis(
        source=Source.REGISTERS,
        counts=(("actual", 30), ("estimated", 1)),
        readings=(
            ReadingUsed(
                meter="Aster 000001",
                channel="E1",
                unit="kWh",
                from_at=start,
                to_at=start + timedelta(31),
                from_shown=Decimal(1000),
                to_shown=Decimal(1240),
                used=Decimal(240),
                quality="estimated",
            ),
        ),
        method="The same days a year ago, scaled to the last known month.",
    )


def correction_of(bill: Bill, of: Household) -> Correction:
    """Ten kWh more than were billed."""
    return Correction(
        bill=bill.number,
        usage_point=of.usage_point,
        first_day=bill.first_day,
        after_last=bill.after_last,
        usage_before=FlowUsage(flow="import", quantity=Decimal(200), unit="kWh"),
        usage_after=FlowUsage(flow="import", quantity=Decimal(210), unit="kWh"),
        before_minor=5000,
        after_minor=5250,
        reason="Readings came in late.",
    )


def _home_tariff() -> Any:
    # Only its ids are wanted, and no query of tariffs tells those of a tariff itself.
    versions = apps.get_model("tariffs", "TariffVersion").objects
    if not versions.filter(tariff__code="HOME").exists():
        energy = EnergyCharge(name="Energy", bands=((Tier(rate=RATE),),))
        rates = RateSchedule(code="HOME", name="At home", currency=EUR, components=(energy,))
        (result,) = tariffs.import_tariffs(tariffs=(rates,), by="test", at=OPENED)
        assert result.version_id
        tariffs.publish_version(version_id=result.version_id, by="test", at=OPENED)
    return versions.get(tariff__code="HOME")
