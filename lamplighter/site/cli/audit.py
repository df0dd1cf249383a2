import click

from lamplighter.site.cli import with_django


@click.group("audit")
def command() -> None:
    """Verify the audit trail, or print its end to anchor it elsewhere."""


@command.command("verify")
@click.option(
    "--anchor",
    "anchors",
    multiple=True,
    metavar="NUMBER:HASH",
    help="An end of the trail that was printed earlier and kept elsewhere. May be repeated.",
)
def verify(*, anchors: tuple[str, ...]) -> None:
    """
    Check that no line was changed, taken away, put in or moved.

    The trail cannot tell by itself that its end was cut off: give an anchor that you kept.
    """
    with_django()
    from lamplighter.platform import audit_chain

    kept = [audit_chain.Anchor.parse(text) for text in anchors]
    click.echo(f"{audit_chain.verify(anchors=kept):,} lines, all as they were written.")


@command.command("head")
def head() -> None:
    """Print the number and the hash of the last line, to be kept where nobody can change it."""
    with_django()
    from lamplighter.platform import audit_chain

    click.echo(audit_chain.head())
