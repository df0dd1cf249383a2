"""
Green Button import beside a bare parse of the same file by lxml, which keeps nothing.

`python -m bench.green_button` prints it.
"""

import tempfile
from functools import partial
from pathlib import Path

from lxml import etree

from bench.figure import Figure, in_turn, measured
from lamplighter.metering.ports.reading_formats import format_named
from lamplighter.metering.queries.files import blocks_in

# What is measured is the reading of files, not the start of a program.
format_named("green-button")

DAYS = 4000
STEPS = 96
RUNS = 3

_ENTRY = """<entry><link rel="self" href="{own}"/><link rel="up" href="{up}"/>{related}<content>
{content}
</content><published>2024-01-01T00:00:00Z</published><updated>2024-01-01T00:00:00Z</updated></entry>
"""
_READING = """  <IntervalReading>
    <cost>{cost}</cost>
    <ReadingQuality>
      <quality>17</quality>
    </ReadingQuality>
    <timePeriod>
      <duration>900</duration>
      <start>{start}</start>
    </timePeriod>
    <value>{value}</value>
  </IntervalReading>
"""


def write_feed(path: Path, days: int = DAYS) -> None:
    """A feed of one usage point, a block a day, as utilities send them."""
    espi, point = 'xmlns="http://naesb.org/espi"', "RetailCustomer/1/UsagePoint/1"
    meter, how = f"{point}/MeterReading/1", "ReadingType/1"
    kind = "<flowDirection>1</flowDirection><powerOfTenMultiplier>0</powerOfTenMultiplier>"
    related = f'<link rel="related" href="{how}"/>'
    with path.open("w") as file:
        file.write('<?xml version="1.0"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n')
        file.write(_entry(point, "", f"<UsagePoint {espi}/>"))
        file.write(_entry(meter, f"{point}/MeterReading", f"<MeterReading {espi}/>", related))
        content = f"<ReadingType {espi}>{kind}<uom>72</uom></ReadingType>"
        file.write(_entry(how, "ReadingType", content))
        for day in range(days):
            block = f"<IntervalBlock {espi}>\n{_day(day)}</IntervalBlock>"
            file.write(_entry(f"{meter}/IntervalBlock/{day}", f"{meter}/IntervalBlock", block))
        file.write("</feed>\n")


def _entry(own: str, up: str, content: str, related: str = "") -> str:
    return _ENTRY.format(own=own, up=up, content=content, related=related)


def _day(day: int) -> str:
    return "".join(
        _READING.format(
            cost=step * 100,
            start=1293840000 + (day * STEPS + step) * 900,
            value=(day * 37 + step * 91) % 2000,
        )
        for step in range(STEPS)
    )


def import_feed(path: Path) -> int:
    """Ours: everything up to interval blocks by local day."""
    return sum(batch.num_rows for batch in blocks_in(path, time_zone="America/New_York"))


def parse_feed(path: Path) -> int:
    """The peer: lxml's iterparse, nothing done with what it finds."""
    elements = 0
    for _ in etree.iterparse(path):
        elements += 1
    return elements


def run() -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "feed.xml"
        write_feed(path)
        megabytes = path.stat().st_size / 1e6
        ours, theirs = in_turn(
            RUNS, partial(measured, import_feed, path), partial(measured, parse_feed, path)
        )
    return [
        Figure(
            what=f"Green Button import ({megabytes:.0f} MB, {DAYS * STEPS:,} readings)",
            ours=megabytes / ours.cpu_s,
            unit="MB/s",
            peer="lxml iterparse, bare",
            theirs=megabytes / theirs.cpu_s,
            target_ratio=0.5,
            peak_mb=ours.peak_mb,
        )
    ]


if __name__ == "__main__":
    for figure in run():
        print(figure, f"ratio {figure.ratio:.2f}" if figure.ratio else "")
