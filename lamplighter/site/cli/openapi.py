import json
from pathlib import Path

import click

from lamplighter.site.cli import with_django


@click.command("openapi")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A file, instead of the standard output.",
)
def command(*, output: Path | None) -> None:
    """
    Print the description of the API, for programs that make clients of it.

    It is an OpenAPI 3.1 document, the same that the server answers at /api/openapi.json. No
    database is needed. docs/clients.md shows what can be made of it.
    """
    with_django()
    from django.core.serializers.json import DjangoJSONEncoder

    from lamplighter.site.api import api

    described = api.get_openapi_schema(path_prefix="/api/")
    text = json.dumps(described, cls=DjangoJSONEncoder, indent=2, ensure_ascii=False)
    if output is None:
        click.echo(text)
    else:
        output.write_text(f"{text}\n", encoding="utf-8")
