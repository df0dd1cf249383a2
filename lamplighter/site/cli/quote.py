import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from lamplighter.billing.domain.loads import PricedLoad
    from lamplighter.billing.domain.quotes import Terms
    from lamplighter.billing.queries.quoting import LoadFile
    from lamplighter.kernel import Period
    from lamplighter.metering.queries.sources import Progress

T = TypeVar("T")
FORMATS = ("table", "json", "jsonl", "csv")
RULES = (
    "net-metering", "net-metering-credit", "net-billing", "net-billing-credit", "buy-all-sell-all",
)  # fmt: skip
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


class Decimals(click.ParamType[tuple[Decimal, ...]]):
    """Numbers, separated by commas, read exactly."""

    name = "numbers"

    def __init__(self, count: int | None = None) -> None:
        self.count = count

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[Decimal, ...]:
        if isinstance(value, tuple):
            return value
        parts = [part.strip() for part in str(value).split(",")]
        if not all(part.isascii() and part.replace(".", "", 1).isdigit() for part in parts):
            self.fail(f"{value!r} is not a list of numbers such as 4.2,3.9", param, ctx)
        if self.count is not None and len(parts) != self.count:
            self.fail(f"{self.count} numbers are wanted, and these are {len(parts)}", param, ctx)
        return tuple(Decimal(part) for part in parts)


class Number(click.ParamType[Decimal]):
    """A number, read exactly."""

    name = "number"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Decimal:
        return value if isinstance(value, Decimal) else Decimals(1).convert(value, param, ctx)[0]


@click.command("quote")
@click.argument("tariffs", type=FILE)
@click.argument("load", type=FILE)
@click.option("--timezone", "time_zone", help="Where the meter is, such as Europe/Berlin.")
@click.option("--usage-point", help="Whose readings, where the file has several.")
@click.option(
    "--export", "rule", type=click.Choice(RULES), help="Instead of the tariff's own rule."
)
@click.option("--generation", type=FILE, help="Generation behind the meter, as kWh.")
@click.option(
    "--previous-peaks",
    type=Decimals(12),
    default=(),
    help="Peaks in kW of the twelve months before, for ratchets: 12 numbers, earliest first.",
)
@click.option("--connected-kw", type=Number(), help="Connected or sanctioned load in kW.")
@click.option("--meters", type=click.IntRange(1, 1000), default=1, help="Number of meters.")
@click.option("--power-factor", type=Number(), help="To turn kW into kVA.")
@click.option(
    "--calorific-value",
    type=Number(),
    help="Of gas metered in m3: MJ/m3 as on a British bill, kWh/m3 with --state-number.",
)
@click.option("--state-number", type=Number(), help="Zustandszahl, for gas as billed in Germany.")
@click.option(
    "--system-peak",
    "system_peaks",
    multiple=True,
    type=click.DateTime(["%Y-%m-%dT%H:%M"]),
    help="An hour of the system's own peak, by its start, for coincident demand; may be repeated.",
)
@click.option("--rounding", type=click.Choice(["line", "none"]), default="line", show_default=True)
@click.option("--format", "output", type=click.Choice(FORMATS), default="table", show_default=True)
def command(tariffs: Path, load: Path, rule: str | None, output: str, **options: Any) -> None:
    """
    Price a load under one or many tariffs, line by line.

    TARIFFS is a file of one or many tariffs (URDB or native, JSON or JSONL), LOAD any meter file
    that `lamplighter readings inspect` can read. With several tariffs, the cheapest comes first.
    """
    from lamplighter.billing.queries.quoting import quotes, read_load, time_zone_of_all
    from lamplighter.site.cli.quote_output import show
    from lamplighter.site.cli.readings import progress_bar
    from lamplighter.tariffs.domain.schedule import ExportRule
    from lamplighter.tariffs.queries.files import schedules_in

    chosen = None if rule is None else ExportRule(rule)
    with progress_bar(tariffs.name) as progress:
        schedules = list(schedules_in(tariffs, progress=progress))
    options["time_zone"] = options["time_zone"] or time_zone_of_all(schedules)
    with progress_bar(load.name) as progress:
        priced = _as_billed(read_load(_load_file(load, options, progress), chosen), options)
    with progress_bar("Pricing") as progress:
        answers = quotes(
            _counted(schedules, progress),
            priced,
            terms=_terms(options),
            rule=chosen,
            rounded=options["rounding"] == "line",
        )
        show(answers, output=output, out=sys.stdout)
    if priced.missing:
        click.echo(f"{priced.missing:,} intervals have no value and count as 0.", err=True)


def _load_file(load: Path, options: dict[str, Any], progress: "Progress") -> "LoadFile":
    from lamplighter.billing.queries.quoting import LoadFile

    return LoadFile(
        path=load,
        time_zone=options["time_zone"],
        usage_point=options["usage_point"],
        generation=options["generation"],
        progress=progress,
    )


def _as_billed(load: "PricedLoad", options: dict[str, Any]) -> "PricedLoad":
    """The energy of gas, where a calorific value is given; any other load as it is."""
    from lamplighter.billing.domain.gas_loads import gas_load_of
    from lamplighter.metering.domain.gas import de_energy_kwh, gb_energy_kwh

    calorific_value, state_number = options["calorific_value"], options["state_number"]
    if calorific_value is None:
        if state_number is not None:
            raise click.UsageError("--state-number needs --calorific-value, in kWh/m3.")
        return load
    if state_number is None:
        energy_of = partial(gb_energy_kwh, calorific_value_mj_per_m3=calorific_value)
    else:
        energy_of = partial(
            de_energy_kwh, state_number=state_number, calorific_value_kwh_per_m3=calorific_value
        )
    return gas_load_of(load, energy_of)


def _counted(things: Sequence[T], progress: "Progress") -> Iterator[T]:
    for n, thing in enumerate(things, start=1):
        yield thing
        progress(n, len(things))


def _terms(options: dict[str, Any]) -> "Terms":
    from lamplighter.billing.domain.quotes import Terms
    from lamplighter.tariffs.domain.pricing import Facts

    facts = Facts(
        connected_kw=options["connected_kw"],
        meters=options["meters"],
        power_factor=options["power_factor"],
    )
    return Terms(
        facts=facts,
        previous_peaks=options["previous_peaks"],
        system_peaks=_hours(options["system_peaks"], options["time_zone"]),
    )


def _hours(starts: Sequence[datetime], time_zone: str | None) -> tuple["Period", ...]:
    from lamplighter.kernel import Period
    from lamplighter.metering.domain.local_days import zone_named

    zone = UTC if time_zone is None else zone_named(time_zone)
    local = (start.replace(tzinfo=zone).astimezone(UTC) for start in starts)
    return tuple(Period(start, start + timedelta(hours=1)) for start in local)
