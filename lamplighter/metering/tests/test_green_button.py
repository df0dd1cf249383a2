from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from lamplighter.kernel import Refusal
from lamplighter.metering.adapters.green_button.local_time import RuleZone
from lamplighter.metering.domain.refusals import (
    ConflictingReadings,
    Malformed,
    NoReadings,
    NotANumber,
    RunningRegister,
    TimeZoneNeeded,
    TooManyDigits,
    Truncated,
    UnitNotStated,
    UnknownQuality,
    UnknownUnit,
    UnsafeXml,
    WrongEncoding,
    WrongTime,
)
from lamplighter.metering.queries.files import blocks_in, periods_in, usage_summaries_in
from lamplighter.metering.tests.samples import ESPI, entry, green_button, reading

Look = Callable[..., Any]
Write = Callable[..., Path]

NEW_YORK = """<LocalTimeParameters xmlns="http://naesb.org/espi"><dstEndRule>B40E2000</dstEndRule>
<dstOffset>3600</dstOffset><dstStartRule>360E2000</dstStartRule><tzOffset>-18000</tzOffset>
</LocalTimeParameters>"""


def test_a_feed_is_added_up_with_its_costs(inspected: Look) -> None:
    (found,) = inspected(green_button())
    assert (found.usage_point, found.channel, found.unit) == (
        "RetailCustomer/1/UsagePoint/7", "import", "Wh",
    )  # fmt: skip
    assert (found.count, found.total) == (24, sum(range(100, 124)))
    assert (found.cost, found.currency) == (Decimal("0.0012"), "USD")
    assert found.start == datetime(2024, 7, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("how", "unit", "total", "flow"),
    [
        ("<uom>72</uom><powerOfTenMultiplier> 3 </powerOfTenMultiplier>", "Wh", "7000", "import"),
        ("<uom>72</uom><flowDirection>19</flowDirection>", "Wh", "7", "export"),
        ("<uom>72</uom><flowDirection>4</flowDirection>", "Wh", "7", "other"),
        ("<uom>73</uom><flowDirection>1</flowDirection>", "VArh", "7", "reactive-import"),
        ("<uom>71</uom>", "VAh", "7", "apparent"),
        ("<uom>38</uom><flowDirection>1</flowDirection>", "W", "7", "other"),
        (
            "<uom>169</uom><powerOfTenMultiplier>-3</powerOfTenMultiplier>",
            "therm",
            "0.007",
            "import",
        ),
        ("<uom>42</uom>", "m3", "7", "import"),
        ("<uom>119</uom>", "ft3", "7", "import"),
        ("<uom>128</uom><powerOfTenMultiplier>3</powerOfTenMultiplier>", "gal", "7000", "import"),
    ],
)
def test_codes_and_powers_of_ten_say_what_is_measured(
    inspected: Look, how: str, unit: str, total: str, flow: str
) -> None:
    (found,) = inspected(green_button([reading(0, 7)], reading_type=how))
    assert (found.unit, found.total, found.flow) == (unit, Decimal(total), flow)


@pytest.mark.parametrize(
    "code", [(0, "actual"), (7, "manual"), (8, "estimated"), (13, "substituted")]
)
def test_the_quality_of_a_reading_is_kept(inspected: Look, code: tuple[int, str]) -> None:
    (found,) = inspected(green_button([reading(0, 7, quality=code[0])]))
    assert found.quality == {code[1]: 1}


def test_a_reading_type_may_come_after_what_it_describes(inspected: Look) -> None:
    assert inspected(green_button(last=True)) == inspected(green_button())


def test_namespaces_may_have_any_prefix(inspected: Look) -> None:
    text = green_button()
    for tag in ("IntervalBlock", "IntervalReading", "timePeriod", "start", "duration", "value"):
        text = text.replace(f"<{tag}", f"<e:{tag}").replace(f"</{tag}", f"</e:{tag}")
    text = text.replace(f"<e:IntervalBlock xmlns='{ESPI}'", f"<e:IntervalBlock xmlns:e='{ESPI}'")
    text = text.replace("<interval>", f"<interval xmlns='{ESPI}'>")
    (found,) = inspected(text)
    assert (found.count, found.total) == (24, sum(range(100, 124)))


def test_a_block_that_stands_alone_is_read(inspected: Look) -> None:
    (found,) = inspected(f"<IntervalBlock xmlns='{ESPI}'>{reading(0, 5)}</IntervalBlock>")
    assert (found.count, found.total, found.unit) == (1, 5, "")


def test_readings_without_times_follow_each_other(inspected: Look) -> None:
    bare = [f"<IntervalReading><value>{n}</value></IntervalReading>" for n in range(24)]
    (found,) = inspected(green_button(bare))
    assert (found.count, found.total) == (24, sum(range(24)))
    assert found.end - found.start == timedelta(days=1)


def test_readings_that_leave_things_out_are_kept_apart_from_those_that_do_not(
    inspected: Look,
) -> None:
    odd = reading(0, 1).replace("<cost>5</cost>", "")
    twice = reading(1, 2).replace("<cost>", "<cost>900</cost><cost>")
    (found,) = inspected(green_button([odd, twice, reading(2, "")]))
    assert (found.count, found.total, found.cost) == (3, 3, Decimal("0.00905"))
    assert found.quality == {"missing": 1, "actual": 2}


def test_a_block_larger_than_memory_should_hold_is_read_in_parts(
    inspected: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lamplighter.metering.adapters.safe_xml._PIECE_BYTES", 500)
    monkeypatch.setattr("lamplighter.metering.adapters.green_button.blocks._HARVEST_OVER", 3)
    monkeypatch.setattr("lamplighter.metering.adapters.green_button.blocks._BATCH", 7)
    assert inspected(green_button()) == inspected(green_button())
    (found,) = inspected(green_button())
    assert (found.count, found.total) == (24, sum(range(100, 124)))
    bare = [f"<IntervalReading><value>{n}</value></IntervalReading>" for n in range(24)]
    (found,) = inspected(green_button(bare))
    assert (found.count, found.total) == (24, sum(range(24)))


def two_meters(*, links: bool) -> str:
    """One usage point with what was delivered and what was received."""
    point = "RetailCustomer/1/UsagePoint/7"
    parts = [entry(point, "", f"<UsagePoint xmlns='{ESPI}'/>")]
    for number, flow in ((1, 1), (2, 19)):
        meter, how = f"{point}/MeterReading/{number}", f"ReadingType/{number}"
        code = f"<uom>72</uom><flowDirection>{flow}</flowDirection>"
        block = f"<IntervalBlock xmlns='{ESPI}'>{reading(0, number * 10)}</IntervalBlock>"
        own = f"{meter}/IntervalBlock/1" if links else f"Somewhere/{number}"
        parts += [
            entry(own, f"{meter}/IntervalBlock" if links else "", block),
            entry(meter, f"{point}/MeterReading", f"<MeterReading xmlns='{ESPI}'/>", how),
            entry(how, "ReadingType", f"<ReadingType xmlns='{ESPI}'>{code}</ReadingType>"),
        ]
    return f"<feed xmlns='http://www.w3.org/2005/Atom'>{''.join(parts)}</feed>"


def test_each_block_goes_to_its_own_meter_reading(inspected: Look) -> None:
    found = inspected(two_meters(links=True))
    assert [(one.channel, one.total) for one in found] == [("import", 10), ("export", 20)]


def test_blocks_that_could_be_of_either_meter_reading_are_refused(inspected: Look) -> None:
    with pytest.raises(Malformed) as no:
        inspected(two_meters(links=False))
    assert no.value.places[0].field == "link"


def test_the_local_time_of_the_file_makes_its_days(written: Write) -> None:
    text = green_button().replace(
        "</feed>", entry("LocalTimeParameters/1", "", NEW_YORK) + "</feed>"
    )
    days = [day for batch in blocks_in(written(text)) for day in batch["local_day"].to_pylist()]
    assert days == [date(2024, 6, 30), date(2024, 7, 1)]


def test_without_a_local_time_a_zone_is_needed_for_days(written: Write) -> None:
    with pytest.raises(TimeZoneNeeded):
        list(blocks_in(written(green_button())))


@pytest.mark.parametrize("year", [2023, 2024, 2025])
def test_the_rules_of_new_york_are_those_of_new_york(year: int) -> None:
    ours, theirs = (
        RuleZone.read("-18000", "3600", "360E2000", "B40E2000"),
        ZoneInfo("America/New_York"),
    )
    assert ours is not None
    at = datetime(year, 1, 1, tzinfo=UTC)
    for hours in range(366 * 24):
        instant = at + timedelta(hours=hours)
        one, other = instant.astimezone(ours), instant.astimezone(theirs)
        assert (one.replace(tzinfo=None), one.fold) == (other.replace(tzinfo=None), other.fold)
        assert one.utcoffset() == other.utcoffset()


@pytest.mark.parametrize(
    "said",
    [
        ("x", "0", "0", "0"),
        ("999999", "0", "0", "0"),
        ("0", "3600", "0", "0"),
        ("0", "3600", "", ""),
    ],
)
def test_local_times_that_make_no_sense_are_none(said: tuple[str, str, str, str]) -> None:
    assert RuleZone.read(*said) is None


def test_a_usage_summary_is_told_and_not_added(inspected: Look, written: Write) -> None:
    summary = (
        f"<ElectricPowerUsageSummary xmlns='{ESPI}'><billingPeriod><duration>2592000</duration>"
        "<start>1719792000</start></billingPeriod><billLastPeriod>15303000</billLastPeriod>"
        "<currency>840</currency><overallConsumptionLastPeriod><powerOfTenMultiplier>3"
        "</powerOfTenMultiplier><uom>72</uom><value>123</value></overallConsumptionLastPeriod>"
        "</ElectricPowerUsageSummary>"
    )
    own = "RetailCustomer/1/UsagePoint/7/ElectricPowerUsageSummary"
    text = green_button().replace("</feed>", entry(f"{own}/1", own, summary) + "</feed>")
    (found,) = inspected(text)
    assert found.total == sum(range(100, 124))
    (told,) = usage_summaries_in(written(text))
    assert found.usage_summaries == (told,)
    assert (told.bill, told.currency, told.consumption, told.unit) == (
        Decimal("153.03"), "USD", Decimal(123_000), "Wh",
    )  # fmt: skip
    assert told.usage_point == "RetailCustomer/1/UsagePoint/7"


def monthly(start: int, value: int, days: int = 30) -> str:
    return reading(0, value).replace("1719792000", str(start)).replace("3600", str(days * 86_400))


def test_months_are_usage_over_periods(written: Write) -> None:
    path = written(green_button([monthly(1719792000, 5), monthly(1719792000 + 30 * 86_400, 6)]))
    assert list(blocks_in(path, time_zone="UTC")) == []
    (periods,) = periods_in(path)
    assert periods["value"].to_pylist() == [5, 6]


def test_months_that_overlap_are_shown_but_not_given_out(inspected: Look, written: Write) -> None:
    text = green_button([monthly(1719792000, 5), monthly(1719792000, 6, 31)])
    (found,) = inspected(text)
    assert (found.count, found.total) == (2, 11)
    assert found.warnings == ("1 periods begin before the one before them ends",)
    with pytest.raises(Refusal):
        list(periods_in(written(text)))


def test_readings_of_a_running_register_are_shown_but_not_given_out(
    inspected: Look, written: Write
) -> None:
    text = green_button(
        reading_type="<uom>72</uom><accumulationBehaviour>9</accumulationBehaviour>"
    )
    assert inspected(text)[0].count == 24
    with pytest.raises(RunningRegister):
        list(blocks_in(written(text), time_zone="UTC"))


def test_usage_without_a_unit_is_shown_but_not_given_out(inspected: Look, written: Write) -> None:
    text = green_button(reading_type="")
    assert "24 readings have no unit" in inspected(text)[0].warnings
    with pytest.raises(UnitNotStated):
        list(blocks_in(written(text), time_zone="UTC"))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (green_button(before="<!DOCTYPE feed [<!ENTITY a 'b'>]>"), UnsafeXml),
        (green_button(before="<!DOCTYPE feed SYSTEM 'file:///etc/passwd'>"), UnsafeXml),
        (green_button([reading(0, "&a;")]), UnsafeXml),
        (green_button()[:-300], Truncated),
        (green_button()[:-300] + "</wrong>", Malformed),
        (green_button().encode("utf-16"), WrongEncoding),
        (green_button([reading(0, 1).replace("<value>", "<value><!-- é -->")]).encode("latin-1"),
         WrongEncoding),
        (green_button(reading_type="<uom>999</uom>"), UnknownUnit),
        (green_button(reading_type="<uom>seventy</uom>"), Malformed),
        (green_button(reading_type="<powerOfTenMultiplier>99</powerOfTenMultiplier>"), Malformed),
        (green_button([reading(0, "NaN")]), NotANumber),
        (green_button([reading(0, "1e3")]), NotANumber),
        (green_button([reading(0, 1, cost="x")]), NotANumber),
        (green_button([reading(0, 1, quality=99)]), UnknownQuality),
        (green_button([reading(0, 1).replace("1719792000", "soon")]), WrongTime),
        (green_button([reading(0, 1).replace("1719792000", "9" * 15)]), WrongTime),
        (green_button([reading(0, 1).replace("3600", "-3600")]), WrongTime),
        (green_button([reading(0, 1), reading(0, 2)]), ConflictingReadings),
        ("<feed xmlns='http://www.w3.org/2005/Atom'></feed>", NoReadings),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused(
    inspected: Look, text: str | bytes, reason: type[Refusal]
) -> None:
    with pytest.raises(reason) as no:
        inspected(text, name="feed.xml")
    assert no.value.places[0].source == "feed.xml"


def test_a_wrong_reading_is_named_within_its_block(inspected: Look) -> None:
    with pytest.raises(NotANumber) as no:
        inspected(green_button([reading(0, 1), reading(1, "x"), reading(2, "y")]))
    assert [place.field for place in no.value.places] == [
        "IntervalReading[1].value",
        "IntervalReading[2].value",
    ]


def test_megabytes_before_or_between_what_belongs_there_are_refused(
    inspected: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lamplighter.metering.adapters.safe_xml._MOST_PROLOG_BYTES", 1000)
    monkeypatch.setattr("lamplighter.metering.adapters.safe_xml._MOST_QUIET_BYTES", 1000)
    monkeypatch.setattr("lamplighter.metering.adapters.safe_xml._PIECE_BYTES", 500)
    with pytest.raises(Malformed):
        inspected(green_button(before=f"<!--{'x' * 3000}-->"))
    with pytest.raises(Malformed):
        inspected(green_button().replace("</feed>", "<junk/>" * 500 + "</feed>"))


def test_a_series_without_costs_has_none_beside_one_that_has(inspected: Look) -> None:
    block = (
        "<IntervalBlock><interval/><IntervalReading><timePeriod><duration>3600</duration>"
        "<start>1719792000</start></timePeriod>{}<value>5</value></IntervalReading></IntervalBlock>"
    )
    entries = [
        entry("UsagePoint/1", "UsagePoint", "<UsagePoint/>"),
        entry("UsagePoint/2", "UsagePoint", "<UsagePoint/>"),
        entry("UsagePoint/1/MeterReading/1/IntervalBlock/1", "", block.format("<cost>7</cost>")),
        entry("UsagePoint/2/MeterReading/1/IntervalBlock/1", "", block.format("")),
    ]
    found = inspected(f"<feed>{''.join(entries)}</feed>")
    assert [one.cost for one in found] == [Decimal("0.00007"), None]


@pytest.mark.parametrize("value", ["1</value><value>2", "1<b>2</b>3"])
def test_a_value_that_is_not_one_is_refused(inspected: Look, value: str) -> None:
    with pytest.raises(NotANumber):
        inspected(green_button([reading(0, value)]))


def test_more_digits_than_can_be_kept_are_called_that(inspected: Look) -> None:
    with pytest.raises(TooManyDigits):
        inspected(green_button([reading(0, "9" * 19)]))


@pytest.mark.parametrize("address", ["ReadingType/5", "../../ReadingType/5"])
def test_a_reading_type_is_found_by_a_relative_address(inspected: Look, address: str) -> None:
    how = f"<ReadingType xmlns='{ESPI}'><uom>72</uom></ReadingType>"
    feed = green_button().replace("href='ReadingType/5'", "href='https://there/v1/ReadingType/5'")
    feed = feed.replace(
        "rel='related' href='https://there/v1/ReadingType/5'", f"rel='related' href='{address}'"
    )
    other = entry("https://there/v1/ReadingType/6", "", how)
    (found,) = inspected(feed.replace("</feed>", f"{other}</feed>"))
    assert (found.unit, found.flow) == ("Wh", "import")


@pytest.mark.parametrize("encoding", ["klingon", "UTF-7", "Shift_JIS"])
def test_an_encoding_in_which_nobody_can_look_for_a_document_type_is_refused(
    inspected: Look, encoding: str
) -> None:
    with pytest.raises(WrongEncoding):
        inspected(green_button().replace("?>", f" encoding='{encoding}'?>", 1))


def test_a_document_type_is_found_in_another_version_of_xml(inspected: Look) -> None:
    feed = green_button(before="<!DOCTYPE feed [<!ENTITY a '1'>]>")
    with pytest.raises(UnsafeXml):
        inspected(feed.replace("version='1.0'", "version='1.1'", 1))


@pytest.mark.parametrize("inside", ["", "<entry>"])
def test_megabytes_of_nothing_are_not_kept(inspected: Look, inside: str) -> None:
    with pytest.raises(Malformed, match="Megabytes"):
        inspected(f"<feed>{inside}" + "<a/>" * 3 * 2**20)
