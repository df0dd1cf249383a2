from datetime import UTC, datetime

import click

from lamplighter.site.cli import actor, with_django


@click.group("usage-points")
def command() -> None:
    """Add and list the places that are metered."""


@command.command("add")
@click.argument("reference")
@click.option("--address", required=True, help="Of the place that is served.")
@click.option(
    "--commodity",
    type=click.Choice(["electricity", "gas", "water"]),
    default="electricity",
    show_default=True,
)
@click.option("--timezone", "time_zone", help="By whose clocks its days begin; else the utility's.")
def add(*, reference: str, address: str, commodity: str, time_zone: str | None) -> None:
    """Add the usage point REFERENCE: the number the industry knows it by (NMI, EAN, MPAN, POD)."""
    with_django()
    from django.conf import settings
    from django.db import transaction

    from lamplighter.customers import actions

    by, at = actor(), datetime.now(UTC)
    with transaction.atomic():
        location = actions.add_service_location(
            address=address, time_zone=time_zone or settings.TIME_ZONE, by=by, at=at
        )
        actions.add_usage_point(
            service_location_id=location, reference=reference, commodity=commodity, by=by, at=at
        )
    click.echo(f"{reference} is added.")


@command.command("list")
def list_() -> None:
    """List the usage points: reference, commodity, time zone."""
    with_django()
    from lamplighter.customers import queries

    for point in queries.usage_points():
        click.echo(f"{point.reference}\t{point.commodity}\t{point.time_zone}")
