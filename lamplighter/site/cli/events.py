import json
from dataclasses import asdict
from datetime import UTC, datetime

import click

from lamplighter.site.cli import actor, with_django


@click.group("events")
def command() -> None:
    """See what could not be delivered; try it again or give it up."""


@command.command("parked")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, for machines.")
def parked(*, as_json: bool) -> None:
    """List the deliveries that failed too often, the oldest first."""
    with_django()
    from lamplighter.platform import parking

    found = parking.parked()
    for delivery in found:
        if as_json:
            click.echo(json.dumps(asdict(delivery), default=str))
        else:
            number = click.style(str(delivery.id), bold=True)
            click.echo(f"{number}  {delivery.event} for {delivery.reaction}")
            click.echo(f"    published {delivery.published_at:%Y-%m-%d %H:%M} UTC, ", nl=False)
            click.echo(
                f"parked {delivery.parked_at:%Y-%m-%d %H:%M} UTC after {delivery.tries} tries"
            )
            click.echo(f"    {delivery.error}")
    if not found and not as_json:
        click.echo("Nothing is parked.")


@command.command("retry")
@click.argument("delivery_id", metavar="ID", type=int)
def retry(*, delivery_id: int) -> None:
    """Let the delivery ID be tried anew."""
    with_django()
    from lamplighter.platform import parking

    parking.retry(delivery_id=delivery_id, by=actor(), at=datetime.now(UTC))
    click.echo(f"{delivery_id} is due. A worker takes it next.")


@command.command("discard")
@click.argument("delivery_id", metavar="ID", type=int)
@click.option("--reason", required=True, help="For those who will ask later.")
def discard(*, delivery_id: int, reason: str) -> None:
    """Give the delivery ID up for good."""
    with_django()
    from lamplighter.platform import parking

    parking.discard(delivery_id=delivery_id, reason=reason, by=actor(), at=datetime.now(UTC))
    click.echo(f"{delivery_id} is discarded.")
