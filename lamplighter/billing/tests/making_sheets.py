"""Utilities, people, segments and sheets, made up."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from lamplighter.billing.domain.bills import (
    Addressee,
    Basis,
    BillContent,
    BillKind,
    BillLine,
    BillSegment,
    FlowUsage,
    IssuedBill,
    Source,
)
from lamplighter.billing.domain.sheets import EarlierBill, Paper, PeriodUsage, Sheet
from lamplighter.billing.domain.utilities import Utility
from lamplighter.kernel import Currency, Money

LOGO = b"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 56">
<path d="M20 4h16l6 40H14z" fill="#0b5c6b"/><path d="M24 12h8l1 9H23z" fill="#ffd166"/>
<path d="M38 14 76 4v24zM4 48q14-8 28 0t28 0 28 0 28 0v6H4z" fill="#0b5c6b" opacity=".85"/></svg>"""
"""A picture of nothing that exists."""

HARBOUR = Utility(
    name="Harbour Light & Power",
    address=("14 Quay Street", "Port Ellery PE1 4HL"),
    phone="0800 555 0142",
    email="hello@harbourlight.example",
    web="harbourlight.example",
    tax_id="EL 402 118 977",
    logo=LOGO,
    payment_url="https://harbourlight.example/pay/{bill}",
    payment_text="Direct debit customers need not do anything.",
)
STADTWERKE = Utility(
    name="Stadtwerke Lindenau",
    address=("Kanalstraße 8", "04177 Lindenau"),
    phone="0341 555 01 77",
    email="service@stadtwerke-lindenau.example",
    web="stadtwerke-lindenau.example",
    tax_id="DE000000000",
    accent="#7a1f3d",
    bank="Sparkasse Lindenau",
    iban="DE89370400440532013000",
    bic="COBADEFFXXX",
)
VIDYUT = Utility(
    name="सूर्य विद्युत निगम",
    address=("शक्ति भवन, सिविल लाइंस", "जयपुर 302006"),
    phone="1800 555 0199",
    web="suryavidyut.example",
    tax_id="08AAAAA0000A1Z5",
    accent="#c4501b",
    upi_id="suryavidyut@bank",
)
NOUR = Utility(
    name="شركة نور للكهرباء",
    address=("شارع البحر ١٢", "الإسكندرية"),
    phone="03 555 0188",
    web="nour.example",
    accent="#1f5f3f",
    payment_url="https://nour.example/pay/{bill}",
)
MORGAN = Addressee(
    name="Ada Morgan",
    address=("Flat 3", "27 Lantern Row", "Port Ellery PE2 7QT"),
    language="en-GB",
    places=(("2100042", "27 Lantern Row, Flat 3"),),
)
FEBRUARY, MARCH = date(2026, 2, 1), date(2026, 3, 1)
YEAR = (402, 371, 348, 322, 298, 284, 301, 297, 310, 344, 379, 418, 412)


def line(
    component: str, kind: str, quantity: str, unit: str, rate: str, cents: int, reason: str = ""
) -> BillLine:
    return BillLine(
        component=component,
        kind=kind,
        quantity=Decimal(quantity),
        unit=unit,
        rate=Decimal(rate),
        amount_minor=cents,
        reason=reason,
    )


def segment(*lines: BillLine, used: str = "412", unit: str = "kWh", **more: Any) -> BillSegment:
    told: dict[str, Any] = {
        "agreement_id": UUID(int=1),
        "usage_point": "2100042",
        "commodity": "electricity",
        "tariff": "HOME",
        "tariff_name": "Home Fixed",
        "version_id": UUID(int=2),
        "first_day": FEBRUARY,
        "after_last": MARCH,
        "months": Fraction(1),
        "usage": (FlowUsage(flow="import", quantity=Decimal(used), unit=unit),),
        "measured": (),
        "basis": Basis(source=Source.INTERVALS, counts=(("measured", 1344),)),
        "lines": lines,
    }
    return BillSegment(**(told | more))


def months(
    values: Sequence[int | str] = YEAR, *, unit: str = "kWh", estimated: Sequence[int] = ()
) -> tuple[PeriodUsage, ...]:
    """Calendar months up to and with February 2026; the estimated ones by index."""
    firsts = [date(y, m, 1) for y in (2025, 2026) for m in range(1, 13)]
    end = firsts.index(MARCH)
    return tuple(
        PeriodUsage(
            first_day=firsts[end - len(values) + n],
            after_last=firsts[end - len(values) + n + 1],
            quantity=Decimal(value),
            unit=unit,
            estimated=n in estimated,
        )
        for n, value in enumerate(values)
    )


def sheet(
    *segments: BillSegment,
    currency: str = "EUR",
    open_before: int = 0,
    addressee: Addressee = MORGAN,
    utility: Utility = HARBOUR,
    kind: BillKind = BillKind.REGULAR,
    number: str = "2026-000184",
    cancelled_by: str | None = None,
    paper: Paper = Paper.A4,
    usage: tuple[PeriodUsage, ...] = (),
    previous: EarlierBill | None = None,
    **content: Any,
) -> Sheet:
    money = Currency(currency)
    told: dict[str, Any] = {"account": "50 0312", "first_day": FEBRUARY, "after_last": MARCH}
    bill = IssuedBill(
        id=UUID(int=3),
        number=number,
        account_id=UUID(int=4),
        content=BillContent(kind=kind, currency=money, segments=segments, **(told | content)),
        addressee=addressee,
        issued_at=datetime(2026, 3, 3, 9, 30, tzinfo=UTC),
        issued_on=date(2026, 3, 3),
        due_on=date(2026, 3, 17),
        open_before=Money(open_before, money),
        known_at=datetime(2026, 3, 3, 9, tzinfo=UTC),
        sha256="",
        cancelled_by=cancelled_by,
    )
    return Sheet(bill=bill, utility=utility, paper=paper, usage=usage, previous=previous)


def before(cents: int, currency: str = "EUR") -> EarlierBill:
    return EarlierBill(number="2026-000097", due=Money(cents, Currency(currency)))
