"""
What a Green Button feed describes besides its readings, and how its parts belong together.

Feeds link their entries in three ways, and real ones mix them: by `up` and `related` addresses, by
the path of an address alone, or not at all where there is only one of a kind.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from lamplighter.metering.adapters.green_button.codes import CURRENCIES, RUNNING, UNITS, flow_of
from lamplighter.metering.adapters.green_button.local_time import RuleZone
from lamplighter.metering.adapters.safe_xml import forget, line_of, local_name, seen
from lamplighter.metering.domain.readings import Notes, Series
from lamplighter.metering.domain.refusals import Faults, Malformed, UnknownUnit
from lamplighter.metering.ports.reading_formats import Source

_SUMMARIES: Final = ("UsageSummary", "ElectricPowerUsageSummary")
_TIMES: Final = ("LocalTimeParameters", "TimeConfiguration")
_WATCHED: Final = (
    "entry", "UsagePoint", "MeterReading", "ReadingType", "IntervalBlock", *_SUMMARIES, *_TIMES,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Links:
    """The addresses in one entry of a feed, without the server's name."""

    own: str = ""
    up: str = ""
    related: tuple[str, ...] = ()

    def home(self, kind: str) -> str:
        """The address of what a resource of this kind belongs to."""
        for address in (self.up, self.own):
            before, found, _ = address.rpartition(f"/{kind}")
            if found:
                return before
        return self.up


@dataclass(frozen=True, slots=True)
class ReadingType:
    """How the numbers of some readings are meant."""

    unit: str = ""
    power: int = 0
    flow: str = "other"
    currency: str = ""
    interval_s: int = 0
    default_quality: str = ""
    running: bool = False
    sort: str = ""
    """What tells this series from others of the same flow: a time-of-use band, or a tier."""


@dataclass(frozen=True, slots=True)
class Summary:
    """A usage summary as the file writes it."""

    links: Links
    fields: dict[str, str]
    row: int


@dataclass(slots=True)
class Feed:
    """Everything but the readings."""

    usage_points: list[Links] = field(default_factory=list)
    meter_readings: list[Links] = field(default_factory=list)
    reading_types: list[tuple[Links, ReadingType]] = field(default_factory=list)
    summaries: list[Summary] = field(default_factory=list)
    homes: list[tuple[Links, int, int]] = field(default_factory=list)
    """In the order of the file: to what interval blocks belong, how many follow, and their row."""
    zone: RuleZone | None = None


def read_feed(source: Source, faults: Faults, notes: Notes) -> Feed:
    """:raises UnreadableReadings: if the file is no XML"""
    return _Reader(faults, notes).read(source)


class _Reader:
    """Goes through a file once, and keeps what describes it."""

    def __init__(self, faults: Faults, notes: Notes) -> None:
        self._faults = faults
        self._notes = notes
        self._feed = Feed()
        self._waiting: list[tuple[str, ReadingType | dict[str, str] | None, int]] = []
        """Resources whose entry has not ended: only then are its links known."""
        self._blocks = 0

    def read(self, source: Source) -> Feed:
        for event, element in seen(source, _WATCHED):
            name = local_name(element)
            if event == "piece":
                if name == "IntervalBlock":
                    del element[:-1]
            elif event == "end" and name == "entry":
                self._end_entry(_links(element), line_of(element))
                forget(element)
            elif event == "end":
                self._resource(name, element)
        self._end_entry(Links(), 0)
        return self._feed

    def _resource(self, name: str, element: etree._Element) -> None:
        row = line_of(element)
        if name == "IntervalBlock":
            self._blocks += 1
            forget(element)
        elif name == "ReadingType":
            self._waiting.append((name, self._reading_type(element), row))
        elif name in _SUMMARIES:
            self._waiting.append((name, dict(_texts(element)), row))
        elif name in _TIMES:
            self._local_time(dict(_texts(element)))
        else:
            self._waiting.append((name, None, row))

    def _end_entry(self, links: Links, row: int) -> None:
        for name, content, at in self._waiting:
            if isinstance(content, ReadingType):
                self._feed.reading_types.append((links, content))
            elif isinstance(content, dict):
                self._feed.summaries.append(Summary(links, content, at))
            elif name == "UsagePoint":
                self._feed.usage_points.append(links)
            else:
                self._feed.meter_readings.append(links)
        if self._blocks:
            self._add_blocks(links, row)
        self._waiting, self._blocks = [], 0

    def _add_blocks(self, links: Links, row: int) -> None:
        """Remember to what the blocks of this entry belong; most belong where the last ones do."""
        homes, home = self._feed.homes, links.home("IntervalBlock")
        # A path says enough. Without one, the block's own address is what others point at.
        key = Links(up=home) if home else Links(own=links.own)
        if homes and homes[-1][0] == key:
            homes[-1] = (key, homes[-1][1] + self._blocks, homes[-1][2])
        else:
            homes.append((key, self._blocks, row))

    def _local_time(self, texts: dict[str, str]) -> None:
        zone = RuleZone.read(
            texts.get("tzOffset", ""), texts.get("dstOffset", ""),
            texts.get("dstStartRule", ""), texts.get("dstEndRule", ""),
        )  # fmt: skip
        if zone is None:
            self._notes.add("The local time parameters make no sense and are left out.")
        elif self._feed.zone not in (None, zone):
            self._notes.add("There are several local times in this file; the first one is used.")
        else:
            self._feed.zone = zone

    def _reading_type(self, element: etree._Element) -> ReadingType:
        texts = dict(_texts(element))
        row = line_of(element)
        whole = {
            name: self._whole(texts.get(name, ""), name, row)
            for name in (
                "uom", "powerOfTenMultiplier", "flowDirection", "currency", "intervalLength",
                "accumulationBehaviour", "tou", "cpp", "consumptionTier",
            )
        }  # fmt: skip
        code, power = whole["uom"], whole["powerOfTenMultiplier"] or 0
        if code is not None and code not in UNITS:
            self._faults.add(UnknownUnit, f"The code {code} is no unit.", row=row, field="uom")
        if abs(power) > 15:
            self._faults.add(
                Malformed, f"10^{power} is no power to expect.", row=row,
                field="powerOfTenMultiplier",
            )  # fmt: skip
        unit = UNITS.get(code or 0, "")
        bands = [f"{n}-{whole[n]}" for n in ("tou", "cpp", "consumptionTier") if whole[n]]
        return ReadingType(
            unit=unit, power=max(-15, min(15, power)),
            flow=flow_of(whole["flowDirection"], unit),
            currency=CURRENCIES.get(whole["currency"] or 0, str(whole["currency"] or "")),
            interval_s=max(whole["intervalLength"] or 0, 0),
            default_quality=texts.get("defaultQuality", ""),
            running=whole["accumulationBehaviour"] in RUNNING,
            sort="/".join(bands),
        )  # fmt: skip

    def _whole(self, text: str, name: str, row: int) -> int | None:
        if not text:
            return None
        if not re.fullmatch(r"[+-]?[0-9]{1,9}", text, re.ASCII):
            self._faults.add(
                Malformed, f"{text[:40]!r} is not a whole number.", row=row, field=name
            )
            return None
        return int(text)


def _links(entry: etree._Element) -> Links:
    own, up, related = "", "", []
    for child in entry:
        if local_name(child) == "link":
            relation, address = child.get("rel", ""), _path(child.get("href", ""))
            if relation == "self":
                own = address
            elif relation == "up":
                up = address
            elif relation == "related":
                related.append(address)
    return Links(own, up, tuple(related))


def _path(address: str) -> str:
    """An address without the server, and without what servers put before their resources."""
    path = re.sub(r"^[A-Za-z][A-Za-z0-9+.-]*://[^/]*", "", address.strip())
    _, found, inside = path.rpartition("/resource/")
    return re.sub(r"^(?:\.{1,2}/)+", "", inside if found else path).strip("/")


def _texts(element: etree._Element, prefix: str = "") -> Iterator[tuple[str, str]]:
    """The texts inside, by the path of local names that leads to them."""
    for child in element:
        name = f"{prefix}{local_name(child)}"
        if len(child):
            yield from _texts(child, f"{name}.")
        else:
            yield name, (child.text or "").strip()


_OF_USAGE_POINTS: Final = ("MeterReading", *_SUMMARIES)


class _Known:
    """Resources of one kind, found by their own address or by one that they point at."""

    def __init__(self, resources: list[Links], below: tuple[str, ...]) -> None:
        self._resources = resources
        self._own: dict[str, Links] = {}
        self._pointed: dict[str, Links] = {}
        for one in resources:
            self._own.setdefault(one.own, one)
            for address in one.related:
                self._pointed.setdefault(address, one)
                for kind in below:
                    before, collection, _ = address.rpartition(f"/{kind}")
                    if collection:
                        self._pointed.setdefault(before, one)

    def __bool__(self) -> bool:
        return bool(self._resources)

    @property
    def only(self) -> Links | None:
        return self._resources[0] if len(self._resources) == 1 else None

    def at(self, *addresses: str) -> Links | None:
        """The one at the first of these addresses, or else the one that points at one of them."""
        for index in (self._own, self._pointed):
            for address in addresses:
                if address and address in index:
                    return index[address]
        return None


class Joined:
    """The parts of a feed, joined: of which series the blocks of each home are."""

    def __init__(self, feed: Feed, faults: Faults) -> None:
        self._faults = faults
        self._usage_points = _Known(feed.usage_points, _OF_USAGE_POINTS)
        self._meter_readings = _Known(feed.meter_readings, ("IntervalBlock",))
        self._reading_types = {links.own: how for links, how in reversed(feed.reading_types)}
        self._series: dict[tuple[str, str], Series] = {}

    def of_blocks(self, home: Links, row: int) -> tuple[Series, ReadingType]:
        """What the blocks with this home measure."""
        meter_reading = self._meter_reading(home, row)
        usage_point = self.usage_point_of(meter_reading, "MeterReading")
        reading_type = self._reading_type(meter_reading)
        return self._named(usage_point, meter_reading, reading_type), reading_type

    def usage_point_of(self, links: Links, kind: str) -> str:
        """The usage point that a meter reading or a usage summary belongs to."""
        home = links.home(kind)
        found = self._usage_points.at(home, links.own) or self._usage_points.only
        return home if found is None else found.own or home

    def _meter_reading(self, home: Links, row: int) -> Links:
        address = home.up or home.own
        found = self._meter_readings.at(address) or self._meter_readings.only
        if found is not None:
            return found
        if self._meter_readings and not home.up:
            self._faults.add(
                Malformed,
                "There are several meter readings, and nothing says to which of them this interval"
                " block belongs.",
                row=row or None,
                field="link",
            )
        return Links(own=address)

    def _reading_type(self, meter_reading: Links) -> ReadingType:
        for address in meter_reading.related:
            if address in self._reading_types:
                return self._reading_types[address]
        for address in meter_reading.related:
            # An address relative to who knows what: its end must do, if it fits only one.
            fits = [own for own in self._reading_types if own.endswith(f"/{address}")]
            if len(fits) == 1:
                return self._reading_types[fits[0]]
        if len(self._reading_types) == 1:
            return next(iter(self._reading_types.values()))
        return ReadingType()

    def _named(self, usage_point: str, meter_reading: Links, how: ReadingType) -> Series:
        """
        A channel is called after its flow, so that tomorrow's file of the same meter says the
        same; a second one of the same flow after its meter reading besides.
        """
        usual = how.flow if how.flow != "other" else how.unit or "other"
        name = "/".join(part for part in (usual, how.sort) if part)
        before = self._series.get((usage_point, name))
        mine = self._series.get((usage_point, f"{name}/{meter_reading.own}"))
        if mine is not None:
            return mine
        last = meter_reading.own.rpartition("/")[2]
        channel = name if before is None else f"{name}/{last}"
        series = Series(usage_point, channel, how.flow, how.unit, how.currency)
        self._series.setdefault((usage_point, name), series)
        self._series[usage_point, f"{name}/{meter_reading.own}"] = series
        return series
