"""Sheets of many kinds, made up: `SAMPLES["flat"]()`."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from lamplighter.billing.domain.bills import (
    Addressee,
    Basis,
    BillKind,
    BillSegment,
    Correction,
    FlowUsage,
    ReadingUsed,
    Source,
)
from lamplighter.billing.domain.sheets import Paper, Sheet
from lamplighter.billing.domain.utilities import Utility
from lamplighter.billing.tests.making_sheets import (
    FEBRUARY,
    HARBOUR,
    MORGAN,
    NOUR,
    STADTWERKE,
    VIDYUT,
    YEAR,
    before,
    line,
    months,
    segment,
    sheet,
)

FLAT_LINES = (
    line("Energy", "energy", "412", "kWh", "0.2534", 10440, "all hours"),
    line("Standing charge", "fixed", "28", "day", "0.45", 1260),
    line("Value added tax", "tax", "117.00", "EUR", "0.05", 585, "of all of the above"),
)


def flat() -> Sheet:
    return sheet(segment(*FLAT_LINES), usage=months(), previous=before(11874))


def time_of_use() -> Sheet:
    lines = (
        line("Energie", "energy", "212.4", "kWh", "0.1984", 4214, "Nacht"),
        line("Energie", "energy", "131.15", "kWh", "0.2871", 3765, "Tag"),
        line("Energie", "energy", "68.75", "kWh", "0.4120", 2833, "Spitze"),
        line("Netznutzung", "rider", "412.3", "kWh", "0.0932", 3843),
        line("Grundpreis", "fixed", "1", "month", "11.90", 1190),
        line("Umsatzsteuer", "tax", "158.45", "EUR", "0.19", 3011, "of all of the above"),
    )
    addressee = Addressee(
        name="Familie Çelik-Wörner",
        address=("Uferweg 12", "04177 Lindenau"),
        language="de-DE",
        places=(("2100042", "Uferweg 12"),),
    )
    return sheet(
        segment(*lines, used="412.3", tariff_name="Strom Flex"),
        addressee=addressee,
        utility=STADTWERKE,
        usage=months(estimated=(4,)),
        previous=before(18210),
        open_before=1210,
        messages=("Ab 1. April gilt für die Nacht ein Preis von 18,9 Cent je Kilowattstunde.",),
    )


def solar_credit() -> Sheet:
    lines = (
        line("Energy", "energy", "180", "kWh", "0.19", 3420, "all hours, tier 1"),
        line("Energy", "energy", "42", "kWh", "0.27", 1134, "all hours, tier 2"),
        line("Solar credit", "export", "684", "kWh", "-0.115", -7866, "fed in, all hours"),
        line("Customer charge", "fixed", "1", "month", "9.5", 950),
    )
    return sheet(
        segment(*lines, used="222", tariff_name="Solar Partner"),
        currency="USD",
        open_before=-1804,
        paper=Paper.LETTER,
        addressee=replace(MORGAN, language="en-US"),
        usage=months((310, 290, 240, 180, 120, 90, 80, 95, 130, 190, 260, 305, 222)),
        previous=before(-1804, "USD"),
    )


def _hall(number: int) -> BillSegment:
    kwh = 41_250 + 1875 * number
    lines = [
        line(
            "Energy",
            "energy",
            f"{kwh * 3 // 10}",
            "kWh",
            "0.0891",
            kwh * 3 // 10 * 9,
            "off-peak",
        ),
        line("Energy", "energy", f"{kwh // 2}", "kWh", "0.1214", kwh // 2 * 12, "shoulder"),
        line("Energy", "energy", f"{kwh // 5}", "kWh", "0.1862", kwh // 5 * 19, "peak"),
        line("Demand", "demand", "212.4", "kW", "9.25", 196470, "highest demand, peak"),
        line("Demand", "demand", "231.75", "kW", "3.10", 71843, "highest demand, off-peak"),
        line("Reactive energy", "reactive", "1210", "kvarh", "0.012", 1452, "0.5 free"),
        line("Service charge", "fixed", "1", "month", "184", 18400),
        line("Renewables rider", "rider", f"{kwh}", "kWh", "0.0065", kwh * 65 // 100),
    ]
    return segment(
        *lines,
        used=str(kwh),
        usage_point=f"21000{number:02}",
        tariff_name="Large General Service, secondary voltage",
    )


def plant() -> Sheet:
    """Six meters of one customer, each with demand by band, over several pages."""

    addressee = Addressee(
        name="Ellery Fish Canning Cooperative, Accounts Payable",
        address=("Building C", "2 Breakwater Industrial Park", "Port Ellery PE9 1AA"),
        language="en-GB",
        places=tuple((f"21000{n:02}", f"Breakwater Park, hall {n + 1}") for n in range(6)),
    )
    return sheet(
        *(_hall(number) for number in range(6)),
        addressee=addressee,
        usage=months([value * 780 for value in YEAR]),
        previous=before(10_412_077),
        messages=("Your load factor of 41 % would earn the high load factor rate from 55 %.",),
    )


def gas() -> Sheet:
    reading = ReadingUsed(
        meter="G4-118 220",
        channel="1",
        unit="m³",
        from_at=datetime(2026, 2, 1, tzinfo=UTC),
        to_at=datetime(2026, 3, 1, tzinfo=UTC),
        from_shown=Decimal("8412.31"),
        to_shown=Decimal("8571.88"),
        used=Decimal("159.57"),
        quality="measured",
    )
    lines = (
        line("Gas", "energy", "1789.4", "kWh", "0.0841", 15049, "all hours"),
        line("Grundpreis", "fixed", "28", "day", "0.31", 868),
    )
    addressee = Addressee(name="Jo Ewald", address=("Am Wehr 3", "04177 Lindenau"), language="de")
    basis = Basis(source=Source.REGISTERS, readings=(reading,))
    return sheet(
        segment(*lines, used="159.57", unit="m³", commodity="gas", basis=basis, tariff_name="Gas"),
        addressee=addressee,
        utility=STADTWERKE,
        usage=months((1690, 1402, 820, 410, 160, 90, 70, 75, 210, 640, 1120, 1588, 1789)),
    )


def water() -> Sheet:
    lines = (
        line("Agua potable", "energy", "10", "m³", "0.61", 610, "all hours, tier 1"),
        line("Agua potable", "energy", "4.2", "m³", "1.12", 470, "all hours, tier 2"),
        line("Saneamiento", "rider", "14.2", "m³", "0.48", 682),
    )
    addressee = Addressee(name="Inés Quiroga", address=("Calle del Faro 9",), language="es-ES")
    return sheet(
        segment(*lines, used="14.2", unit="m³", commodity="water", tariff_name="Doméstico"),
        addressee=addressee,
        usage=months((12, 13, "12.5", 14, 15, 18, 21, 22, 17, 14, 13, 12, "14.2"), unit="m³"),
    )


def estimated() -> Sheet:
    used = FlowUsage(flow="import", quantity=Decimal(318), unit="kWh")
    correction = Correction(
        bill="2026-000097",
        usage_point="2100042",
        first_day=date(2026, 1, 1),
        after_last=FEBRUARY,
        usage_before=FlowUsage(flow="import", quantity=Decimal(451), unit="kWh"),
        usage_after=used,
        before_minor=11428,
        after_minor=8058,
        waived_minor=-200,
        reason="the meter was read on 4 February",
    )
    basis = Basis(
        source=Source.REGISTERS,
        counts=(("missing", 12), ("measured", 16)),
        method="as much a day as in February 2025",
    )
    return sheet(
        segment(*FLAT_LINES, basis=basis),
        usage=months(estimated=(10, 11, 12)),
        corrections=(correction,),
        previous=before(11874),
        messages=(
            "We could not reach your meter. Send us a photograph and we bill what it shows.",
        ),
    )


def cancellation() -> Sheet:
    lines = tuple(
        replace(each, quantity=-each.quantity, amount_minor=-each.amount_minor)
        for each in FLAT_LINES
    )
    return sheet(
        segment(*lines, used="-412"),
        kind=BillKind.CANCELLATION,
        refers_to="2026-000184",
        number="2026-000201",
    )


def rebill() -> Sheet:
    return replace(
        sheet(
            segment(*FLAT_LINES),
            kind=BillKind.REBILL,
            refers_to="2026-000184",
            number="2026-000202",
            usage=months(),
        ),
        payment_text="The amount of the bill taken back has been set off already.",
    )


def final() -> Sheet:
    return sheet(
        segment(*FLAT_LINES, after_last=date(2026, 2, 20)),
        kind=BillKind.FINAL,
        after_last=date(2026, 2, 20),
        open_before=-12285,
        usage=months(),
    )


def adjustment() -> Sheet:
    lines = (
        line("Goodwill for the outage of 9 February", "adjustment", "1", "", "-25", -2500),
        line("Meter test at your request", "adjustment", "1", "", "60", 6000, "meter was right"),
    )
    return sheet(kind=BillKind.ADJUSTMENT, adjustments=lines, refers_to="2026-000097")


def arabic() -> Sheet:
    lines = (
        line("شريحة الطاقة", "energy", "200", "kWh", "0.95", 19000, "all hours, tier 1"),
        line("شريحة الطاقة", "energy", "212", "kWh", "1.55", 32860, "all hours, tier 2"),
        line("رسم خدمة العملاء", "fixed", "1", "month", "25", 2500),
    )
    addressee = Addressee(
        name="ليلى منصور",
        address=("شقة ٣، شارع الفنار ٢٧", "الإسكندرية"),
        language="ar-EG",
        places=(("2100042", "شارع الفنار ٢٧"),),
    )
    return sheet(
        segment(*lines, tariff_name="منزلي"),
        currency="EGP",
        addressee=addressee,
        utility=NOUR,
        usage=months(estimated=(3,)),
        previous=before(48200, "EGP"),
        messages=("تتغير أسعار الشرائح في ١ أبريل.",),
    )


def hindi() -> Sheet:
    lines = (
        line("ऊर्जा शुल्क", "energy", "268", "kWh", "6.5", 174200, "रात"),
        line("ऊर्जा शुल्क", "energy", "144", "kWh", "8.25", 118800, "दिन"),
        line("स्थायी शुल्क", "fixed", "1", "month", "300", 30000),
        line("विद्युत कर", "tax", "3230.00", "INR", "0.04", 12920, "of all of the above"),
    )
    addressee = Addressee(
        name="श्रीमती क्षमा त्रिपाठी",
        address=("12, ज्योति नगर", "जयपुर 302005"),
        language="hi-IN",
        places=(("2100042", "12, ज्योति नगर"),),
    )
    return sheet(
        segment(*lines, tariff_name="घरेलू"),
        currency="INR",
        addressee=addressee,
        utility=VIDYUT,
        open_before=12345678,
        usage=months(),
        messages=("अपना मीटर हर महीने की पहली तारीख को पढ़ें।",),
    )


def yen() -> Sheet:
    lines = (
        line("Energy", "energy", "412", "kWh", "31.4", 12937, "all hours"),
        line("Basic charge", "fixed", "40", "A", "31.18", 1247),
    )
    return sheet(segment(*lines), currency="JPY", usage=months())


def bare() -> Sheet:
    """No logo, no history, no code, no lines, no address, and nothing to pay."""
    nobody = Addressee(name="Occupier", address=(), language="xx-unknown")
    return sheet(addressee=nobody, utility=Utility(name="Utility"))


def huge() -> Sheet:
    """Sixty lines, endless names, and an amount that no bill should have."""
    lines = [
        line(f"Component {number} " + "of many words " * (number % 4), "rider", "1e6", "kWh",
             "123.4567", 12_345_670_000, "because " * (number % 5))
        for number in range(60)
    ]  # fmt: skip
    addressee = Addressee(
        name="The Most Honourable Bartholomew-Aloysius Featherstonehaugh-Cholmondeley the Younger",
        address=("c/o " + "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch" * 2,) * 6,
        language="en",
    )
    return sheet(
        segment(*lines, tariff_name="Tariff " * 20),
        addressee=addressee,
        usage=months([value * 10**9 for value in YEAR]),
    )


HOSTILE = '#let x = 1 $y$ *b* _i_ `r` @ref <label> \\ / // [c] {d} = h - l "q" ~ #panic("!")'


def hostile() -> Sheet:
    """Text that means something to Typst, wherever there is text."""
    return sheet(
        segment(
            line(HOSTILE, "energy", "1", "kWh", "1", 100, HOSTILE),
            tariff_name=HOSTILE,
            basis=Basis(source=Source.NOTHING, method=HOSTILE),
        ),
        addressee=Addressee(name=HOSTILE, address=(HOSTILE,), language="en"),
        utility=replace(HARBOUR, name=HOSTILE, logo=None, payment_text=HOSTILE),
        messages=(HOSTILE,),
        number=HOSTILE,
    )


SAMPLES: dict[str, Callable[[], Sheet]] = {
    each.__name__: each
    for each in (
        flat, time_of_use, solar_credit, plant, gas, water, estimated, cancellation, rebill,
        final, adjustment, arabic, hindi, yen, bare, huge, hostile,
    )
}  # fmt: skip
