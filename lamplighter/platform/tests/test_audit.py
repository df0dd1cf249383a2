from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from lamplighter.kernel import new_id
from lamplighter.platform import append_only, audit, audit_chain
from lamplighter.platform.audit_chain import Anchor, AuditTrailBroken, BadAnchor, head, verify
from lamplighter.platform.canonical_json import JSON
from lamplighter.platform.models import AuditLine, AuditSeal
from lamplighter.platform.tests.lamps import NOON, write

pytestmark = pytest.mark.django_db(transaction=True)
TABLES = ["platform_auditline", "platform_auditseal"]


def execute(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


@pytest.fixture
def trail() -> None:
    """Five lines, a to e."""
    for lamp in "abcde":
        with transaction.atomic():
            write("light", lamp)


@pytest.fixture
def sabotage(trail: None) -> Callable[..., None]:
    """Execute statements as only the database's owner can, who switches everything off."""

    def sabotage(*statements: str) -> None:
        off = [s for table in TABLES for s in append_only.unguards(connection.vendor, table)]
        lax = (
            "PRAGMA foreign_keys = OFF"
            if connection.vendor == "sqlite"
            else "SET session_replication_role = replica"
        )
        strict = (
            "PRAGMA foreign_keys = ON"
            if connection.vendor == "sqlite"
            else "SET session_replication_role = origin"
        )
        execute(*off, lax, *statements, strict)

    return sabotage


def numbered(lamp: str) -> int:
    return AuditSeal.objects.get(line__subject=lamp).number


def test_lines_are_chained_in_order(trail: None) -> None:
    assert [numbered(lamp) for lamp in "abcde"] == [1, 2, 3, 4, 5]
    assert verify() == 5


def test_a_line_belongs_to_the_transaction_of_what_it_tells() -> None:
    with pytest.raises(transaction.TransactionManagementError):
        write("light", "a")
    assert not AuditLine.objects.exists()


def test_a_transaction_that_fails_leaves_neither_line_nor_gap(trail: None) -> None:
    @transaction.atomic
    def fall() -> None:
        write("light", "f")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fall()
    with transaction.atomic():
        write("light", "g")
    assert numbered("g") == 6
    assert verify() == 6


@transaction.atomic
def test_details_are_exact() -> None:
    price: Any = 0.1
    with pytest.raises(TypeError, match="no exact form"):
        audit.record(actor="a", action="b", subject="c", detail={"price": price}, at=NOON)


def test_a_line_reads_the_same_whatever_it_holds() -> None:
    detail: dict[str, JSON] = {
        "z": [1, None, True, {"ä": "ß\u2028\"'\\", "a": 10**30}],
        "a": "1.10",
        "": "",
    }
    at = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
    with transaction.atomic():
        audit.record(actor="ü", action="", subject="𝄞", detail=detail, at=at)
    assert verify() == 1
    assert AuditLine.objects.get().detail == detail


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize(
    "statement", ["UPDATE {} SET {} = ''", "DELETE FROM {}", "TRUNCATE {} CASCADE"]
)
def test_the_database_refuses_to_change_the_trail(table: str, statement: str, trail: None) -> None:
    if connection.vendor == "sqlite" and statement.startswith("TRUNCATE"):
        pytest.skip("SQLite has no TRUNCATE")
    column = "actor" if table == TABLES[0] else "hash"
    with pytest.raises(IntegrityError, match="append-only"):
        execute(statement.format(table, column))
    assert verify() == 5


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="only SQLite has INSERT OR REPLACE")
def test_a_line_cannot_be_replaced(trail: None) -> None:
    with pytest.raises(IntegrityError, match="append-only"):
        execute("INSERT OR REPLACE INTO platform_auditline SELECT * FROM platform_auditline")


def test_missing_triggers_are_noticed(sabotage: Callable[..., None]) -> None:
    assert append_only.unguarded_tables(connection) == []
    sabotage()
    assert append_only.unguarded_tables(connection) == TABLES


@pytest.mark.parametrize(
    ("statement", "complaint"),
    [
        ("UPDATE platform_auditline SET actor = 'x' WHERE subject = 'c'", "Line 3 was changed"),
        ("UPDATE platform_auditline SET digest = 'x' WHERE subject = 'c'", "Line 3 was changed"),
        ("UPDATE platform_auditline SET detail = '1.5' WHERE subject = 'c'", "Line 3 was changed"),
        ("UPDATE platform_auditseal SET hash = 'x' WHERE number = 3", "Line 3 was changed"),
        ("DELETE FROM platform_auditline WHERE subject = 'c'", "Line 3 is missing"),
        ("DELETE FROM platform_auditseal WHERE number = 3", "Line 3 is missing"),
        ("DELETE FROM platform_auditseal WHERE number = 1", "Line 1 is missing"),
        ("DELETE FROM platform_auditseal WHERE number = 5", "A line is not in the chain"),
    ],
)
def test_the_first_wrong_line_is_named(
    statement: str, complaint: str, sabotage: Callable[..., None]
) -> None:
    sabotage(statement)
    with pytest.raises(AuditTrailBroken, match=complaint):
        verify()


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL keeps to its types")
@pytest.mark.parametrize("column", ["detail", "at"])
def test_a_line_that_cannot_be_read_was_changed(column: str, sabotage: Callable[..., None]) -> None:
    sabotage(
        "PRAGMA ignore_check_constraints = ON",
        f"UPDATE platform_auditline SET {column} = 'nonsense' WHERE subject = 'c'",
        "PRAGMA ignore_check_constraints = OFF",
    )
    with pytest.raises(AuditTrailBroken, match="Line 3 was changed"):
        verify()


def test_a_changed_line_with_a_new_digest_is_named(sabotage: Callable[..., None]) -> None:
    line = AuditLine.objects.get(subject="c")
    line.actor = "somebody else"
    changed = audit.digest(line)
    sabotage(
        f"UPDATE platform_auditline SET actor = 'somebody else', digest = '{changed}'"
        " WHERE subject = 'c'"
    )
    with pytest.raises(AuditTrailBroken, match="Line 3 was changed, and its digest"):
        verify()


def test_lines_that_changed_places_are_named(sabotage: Callable[..., None]) -> None:
    seals = {seal.number: seal.line_id.hex for seal in AuditSeal.objects.all()}
    other = new_id().hex
    move = "UPDATE platform_auditseal SET line_id = '{}' WHERE number = {}"
    sabotage(move.format(other, 4), move.format(seals[4], 2), move.format(seals[2], 4))
    with pytest.raises(AuditTrailBroken, match="Line 2 is out of order"):
        verify()


def test_a_line_put_in_beside_the_chain_is_noticed(sabotage: Callable[..., None]) -> None:
    sabotage(
        "CREATE TEMPORARY TABLE copy AS SELECT * FROM platform_auditseal",
        "INSERT INTO platform_auditline (id, at, actor, action, subject, detail, digest)"
        f" SELECT '{new_id().hex}', at, actor, action, subject, detail, digest"
        " FROM platform_auditline WHERE subject = 'c'",
        "DELETE FROM platform_auditseal WHERE number NOT IN (SELECT number FROM copy)",
    )
    with pytest.raises(AuditTrailBroken, match="not in the chain"):
        verify()


def test_a_cut_tail_shows_against_an_anchor(sabotage: Callable[..., None]) -> None:
    anchors = [Anchor(n, AuditSeal.objects.get(number=n).hash) for n in (2, 5)]
    assert verify(anchors=anchors) == 5
    sabotage(
        "DELETE FROM platform_auditseal WHERE number > 3",
        "DELETE FROM platform_auditline WHERE subject > 'c'",
    )
    assert verify(anchors=anchors[:1]) == 3
    with pytest.raises(
        AuditTrailBroken, match="Line 5 was anchored, and the chain ends with line 3"
    ):
        verify(anchors=anchors)


def test_a_chain_made_anew_shows_against_an_anchor(sabotage: Callable[..., None]) -> None:
    anchor = head()
    sabotage("DELETE FROM platform_auditseal", "DELETE FROM platform_auditline")
    for lamp in "abcdef":
        with transaction.atomic():
            write("light", lamp)
    assert verify() == 6
    with pytest.raises(AuditTrailBroken, match="Line 5 is not the one that was anchored"):
        verify(anchors=[anchor])


def test_the_head_is_an_anchor_that_can_be_printed_and_read(trail: None) -> None:
    assert Anchor.parse(str(head())) == head()
    assert head().number == 5
    with pytest.raises(BadAnchor):
        Anchor.parse("5:abc")


def test_a_long_trail_is_checked_piece_by_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_chain, "CHUNK", 3)
    with transaction.atomic():
        for n in range(10):
            write("light", str(n), at=NOON + timedelta(minutes=n))
    assert verify() == 10
    assert verify(after=6) == 4
