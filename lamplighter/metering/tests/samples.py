"""Small meter files of every format, written here, whose sums are easy to do by hand."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from lamplighter.metering.adapters.dsmr import crc16

ATOM = "http://www.w3.org/2005/Atom"
ESPI = "http://naesb.org/espi"


def nem12(
    days: Sequence[Sequence[object]] = ((1,) * 48, (2,) * 48),
    *,
    nmi: str = "4103000001",
    suffix: str = "E1",
    unit: str = "kWh",
    minutes: int = 30,
    quality: str = "A",
    first: date = date(2024, 7, 1),
    after_days: str = "",
) -> str:
    """A NEM12 file of one data stream."""
    lines = [
        "100,NEM12,202407031200,MDP1,RETAILER",
        f"200,{nmi},{suffix},{suffix},{suffix},N1,METER1,{unit},{minutes},20241001",
    ]
    for n, values in enumerate(days):
        day = (first + timedelta(days=n)).strftime("%Y%m%d")
        lines.append(f"300,{day},{','.join(map(str, values))},{quality},,,20240703120000,")
    return "\r\n".join([*lines, *after_days.splitlines(), "900", ""])


def nem13(quantity: object = "412.5", *, direction: str = "E", unit: str = "kWh") -> str:
    """A NEM13 file of two quarters, the second estimated."""
    said = f"250,4103000002,11,1,11,11,METER2,{direction}"
    first = f"{said},1000,20240101000000,A,,,1412.5,20240401000000,A,,,{quantity},{unit},20240701"
    second = f"{said},1412.5,20240401000000,A,,,1500,20240701000000,E61,,,87.5,{unit},20241001"
    made = ",20240402120000,"
    return "\r\n".join(
        [
            "100,NEM13,202407031200,MDP1,RETAILER",
            first + made,
            second + made,
            "550,N,,A,",
            "900",
            "",
        ]
    )


def csv_file(rows: int = 96, *, header: str = "start,kwh", value: str = "0.25") -> str:
    """15-minute usage from midnight UTC on 1 July 2024."""
    begin = datetime(2024, 7, 1, tzinfo=UTC)
    lines = [f"{(begin + timedelta(minutes=15 * n)).isoformat()},{value}" for n in range(rows)]
    return "\n".join([header, *lines, ""])


def green_button(
    readings: Sequence[str] = (),
    *,
    reading_type: str = "<powerOfTenMultiplier>0</powerOfTenMultiplier><uom>72</uom>"
    "<flowDirection>1</flowDirection><currency>840</currency><intervalLength>3600</intervalLength>",
    before: str = "",
    last: bool = False,
) -> str:
    """
    A feed of one usage point and one block.

    :param last: whether the reading type comes after what it describes
    """
    readings = readings or [reading(n, 100 + n) for n in range(24)]
    point, meter = "RetailCustomer/1/UsagePoint/7", "RetailCustomer/1/UsagePoint/7/MeterReading/3"
    how = entry(
        "ReadingType/5", "ReadingType", f"<ReadingType xmlns='{ESPI}'>{reading_type}</ReadingType>"
    )
    block = entry(
        f"{meter}/IntervalBlock/1",
        f"{meter}/IntervalBlock",
        f"<IntervalBlock xmlns='{ESPI}'><interval><duration>86400</duration>"
        f"<start>1719792000</start></interval>\n{''.join(readings)}</IntervalBlock>",
    )
    parts = [
        entry(
            point,
            "RetailCustomer/1/UsagePoint",
            f"<UsagePoint xmlns='{ESPI}'/>",
            f"{point}/MeterReading",
        ),
        entry(meter, f"{point}/MeterReading", f"<MeterReading xmlns='{ESPI}'/>", "ReadingType/5"),
        *((block, how) if last else (how, block)),
    ]
    return f"<?xml version='1.0'?>\n{before}<feed xmlns='{ATOM}'>\n{''.join(parts)}</feed>\n"


def entry(own: str, up: str, content: str, related: str = "") -> str:
    links = f"<link rel='self' href='{own}'/><link rel='up' href='{up}'/>"
    links += f"<link rel='related' href='{related}'/>" if related else ""
    return f"<entry>{links}<content>{content}</content></entry>\n"


def reading(hour: int, value: object, *, cost: object = 5, quality: object = 0) -> str:
    """An hour of 1 July 2024, UTC."""
    start = 1719792000 + 3600 * hour
    return (
        f"<IntervalReading><cost>{cost}</cost><ReadingQuality><quality>{quality}</quality>"
        f"</ReadingQuality><timePeriod><duration>3600</duration><start>{start}</start></timePeriod>"
        f"<value>{value}</value></IntervalReading>\n"
    )


def telegram(
    *objects: str, crc: str | None = None, header: str = "/XMX5LGBBFG1009325446", version: int = 50
) -> bytes:
    """A P1 telegram; without objects, of a home with solar panels and a gas meter."""
    lines = objects or (
        "0-0:1.0.0(240701120000S)",
        "0-0:96.1.1(4530303034303031353934373534343134)",
        "1-0:1.8.1(004321.123*kWh)",
        "1-0:1.8.2(001234.500*kWh)",
        "1-0:2.8.1(000100.000*kWh)",
        "1-0:1.7.0(00.424*kW)",
        "0-0:96.7.21(00004)",
        "0-1:24.1.0(003)",
        "0-1:96.1.0(4730303339303031363532303530323136)",
        "0-1:24.2.1(240701115500S)(00511.250*m3)",
    )
    said = [f"1-3:0.2.8({version})"] if version else []
    text = "\r\n".join([header, "", *said, *lines, "!"]).encode()
    check = "" if not version else f"{crc16(text):04X}" if crc is None else crc
    return text + check.encode() + b"\r\n"


def mbus_frame(records: str = "0C 13 78 56 34 12 04 05 10 27 00 00", *, header: str = "") -> str:
    """A frame of variable structure: 12345.678 m3 and 1,000,000 Wh."""
    said = header or "78 56 34 12 24 40 01 07 55 00 00 00"
    body = bytes.fromhex(f"08 01 72 {said} {records}")
    framed = bytes([0x68, len(body), len(body), 0x68, *body, sum(body) & 0xFF, 0x16])
    return framed.hex(" ").upper() + "\n"
