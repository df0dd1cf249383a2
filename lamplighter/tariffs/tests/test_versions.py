"""Versions of tariffs: imported, published, in force, billed, withdrawn."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction

from lamplighter.kernel import Currency, new_id
from lamplighter.platform.models import AuditLine, OutboxEvent
from lamplighter.tariffs import actions
from lamplighter.tariffs.actions import (
    Outcome,
    VersionHasBilled,
    VersionNotInState,
    VersionsOverlap,
    VersionUnknown,
)
from lamplighter.tariffs.domain.refusals import TooLarge
from lamplighter.tariffs.domain.schedule import EnergyCharge, FixedCharge, Per, RateSchedule, Tier
from lamplighter.tariffs.models import Tariff, TariffVersion
from lamplighter.tariffs.queries.files import Refused
from lamplighter.tariffs.queries.versions import (
    Gap,
    NoVersionInForce,
    TariffUnknown,
    all_versions,
    gaps_of,
    schedule_of,
    version_in_force,
    versions_of,
)

pytestmark = pytest.mark.django_db

AT = datetime(2025, 3, 1, 12, tzinfo=UTC)
BY = "user:test"


def rates(
    start: str | None = None, end: str | None = None, *, code: str = "HOME", rate: str = "0.30"
) -> RateSchedule:
    return RateSchedule(
        code=code,
        name="At home",
        currency=Currency("EUR"),
        components=(
            FixedCharge(name="Basic", amount=Decimal(10), per=Per.MONTH),
            EnergyCharge(name="Energy", bands=((Tier(rate=Decimal(rate)),),)),
        ),
        starts_on=None if start is None else date.fromisoformat(start),
        ends_on=None if end is None else date.fromisoformat(end),
    )


def imported(*tariffs: RateSchedule | Refused) -> tuple[actions.RecordResult, ...]:
    return actions.import_tariffs(tariffs=tariffs, by=BY, at=AT)


def published(schedule: RateSchedule) -> UUID:
    (result,) = imported(schedule)
    assert result.version_id is not None
    actions.publish_version(version_id=result.version_id, by=BY, at=AT)
    return result.version_id


def events() -> list[str]:
    return list(OutboxEvent.objects.order_by("id").values_list("name", flat=True))


def audited() -> list[str]:
    return list(AuditLine.objects.order_by("id").values_list("action", flat=True))


def test_an_imported_tariff_is_a_draft_and_reads_back_as_it_was() -> None:
    (result,) = imported(rates("2025-01-01"))
    (version,) = versions_of("HOME")
    assert (result.outcome, result.version_id, version.state) == (
        Outcome.IMPORTED, version.id, "draft")  # fmt: skip
    assert schedule_of(version) == rates("2025-01-01")
    assert audited() == ["tariffs.import_tariffs"]


def test_the_same_file_twice_changes_nothing() -> None:
    imported(rates("2025-01-01"), rates("2025-01-01"))
    before = list(TariffVersion.objects.values())
    again = imported(rates("2025-01-01"), rates("2025-01-01"))
    assert [result.outcome for result in again] == [Outcome.UNCHANGED] * 2
    assert list(TariffVersion.objects.values()) == before
    assert len(before) == len(audited()) == 1


def test_other_rates_under_the_same_code_are_another_version() -> None:
    first, second = imported(rates("2025-01-01"), rates("2025-01-01", rate="0.31"))
    assert first.version_id != second.version_id
    assert Tariff.objects.count() == 1


def test_what_is_refused_is_passed_through_and_the_rest_is_stored() -> None:
    no = Refused(row=2, code="BAD", refusal=TooLarge())
    results = imported(rates(code="A"), no, rates(code="B"))
    assert [(r.code, r.outcome) for r in results] == [
        ("A", Outcome.IMPORTED), ("BAD", Outcome.REFUSED), ("B", Outcome.IMPORTED)]  # fmt: skip
    assert results[1].refusal is no.refusal
    assert AuditLine.objects.get().detail == {"imported": 2, "unchanged": 0, "refused": 1}


def test_a_file_that_breaks_off_stores_nothing() -> None:
    def breaking_off() -> Iterator[RateSchedule]:
        yield from (rates(code=f"T{n}") for n in range(600))
        raise TooLarge

    with pytest.raises(TooLarge):
        actions.import_tariffs(tariffs=breaking_off(), by=BY, at=AT)
    assert not TariffVersion.objects.exists()
    assert not Tariff.objects.exists()


def test_a_published_version_is_in_force_from_its_first_day_until_before_its_end() -> None:
    published(rates("2025-01-01", "2026-01-01"))
    assert schedule_of(version_in_force("HOME", date(2025, 12, 31))).ends_on == date(2026, 1, 1)
    for day in (date(2024, 12, 31), date(2026, 1, 1)):
        with pytest.raises(NoVersionInForce):
            version_in_force("HOME", day)
    assert events() == ["tariffs.TariffVersionPublished"]


def test_a_version_without_dates_is_always_in_force() -> None:
    published(rates())
    assert version_in_force("HOME", date(1950, 1, 1)).state == "published"


def test_a_draft_is_not_in_force() -> None:
    imported(rates())
    with pytest.raises(NoVersionInForce):
        version_in_force("HOME", date(2025, 1, 1))


@pytest.mark.parametrize("query", [versions_of, gaps_of])
def test_a_code_that_nobody_has_is_refused(query: object) -> None:
    with pytest.raises(TariffUnknown):
        query("NOPE")  # type: ignore[operator]
    with pytest.raises(TariffUnknown):
        version_in_force("NOPE", date(2025, 1, 1))


def test_a_later_version_takes_over_from_one_without_an_end() -> None:
    published(rates("2024-01-01"))
    published(rates("2025-01-01", rate="0.35"))
    old, new = versions_of("HOME")
    assert (old.ends_on, new.ends_on) == (date(2025, 1, 1), None)
    assert schedule_of(old).ends_on == date(2025, 1, 1)
    assert version_in_force("HOME", date(2024, 12, 31)).id == old.id
    assert events()[-1] == "tariffs.TariffVersionEndMoved"


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2025-01-01", "2026-01-01"),
        ("2024-06-01", "2025-01-02"),
        ("2025-12-31", None),
        (None, None),
        (None, "2025-06-01"),
    ],
)
def test_published_versions_do_not_overlap(start: str | None, end: str | None) -> None:
    published(rates("2025-01-01", "2026-01-01"))
    with pytest.raises(VersionsOverlap, match="HOME has a version from 2025-01-01"):
        published(rates(start, end, rate="0.99"))


@pytest.mark.parametrize(("start", "end"), [("2026-01-01", None), ("2024-01-01", "2025-01-01")])
def test_versions_may_follow_one_another_day_by_day(start: str, end: str | None) -> None:
    published(rates("2025-01-01", "2026-01-01"))
    published(rates(start, end, rate="0.99"))
    assert gaps_of("HOME") == ()


def test_the_database_itself_refuses_an_overlap() -> None:
    published(rates("2025-01-01", "2026-01-01"))
    imported(rates("2025-06-01", "2027-01-01", rate="0.99"))
    with pytest.raises(IntegrityError), transaction.atomic():
        TariffVersion.objects.filter(state="draft").update(state="published")
    row = TariffVersion.objects.get(state="published")
    row.id, row.sha256 = new_id(), "0" * 64
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


def test_other_tariffs_and_drafts_may_hold_at_the_same_time() -> None:
    published(rates("2025-01-01"))
    published(rates("2025-01-01", code="OTHER"))
    imported(rates("2025-01-01", rate="0.99"))
    assert {version.tariff for version in all_versions()} == {"HOME", "OTHER"}
    assert {version.tariff for version in all_versions(code_begins="OTH")} == {"OTHER"}


def test_days_without_rates_between_versions_are_told() -> None:
    published(rates("2024-01-01", "2024-07-01"))
    published(rates("2025-01-01", rate="0.99"))
    assert gaps_of("HOME") == (Gap("HOME", date(2024, 7, 1), date(2025, 1, 1)),)


def test_a_version_is_published_once() -> None:
    version_id = published(rates())
    with pytest.raises(VersionNotInState):
        actions.publish_version(version_id=version_id, by=BY, at=AT)
    with pytest.raises(VersionUnknown):
        actions.publish_version(version_id=new_id(), by=BY, at=AT)


def test_what_has_billed_stays_as_it_is() -> None:
    version_id = published(rates("2025-01-01"))
    actions.mark_billed(version_id=version_id, at=AT)
    actions.mark_billed(version_id=version_id, at=datetime(2026, 1, 1, tzinfo=UTC))
    assert version_in_force("HOME", date(2025, 1, 1)).first_billed_at == AT
    assert audited().count("tariffs.mark_billed") == 1

    row = TariffVersion.objects.filter(id=version_id)
    for change in (
        {"document": {"format": "lamplighter-tariff/1"}},
        {"starts_on": date(2020, 1, 1)},
        {"name": "Other"},
        {"currency": "USD"},
        {"state": "withdrawn"},
        {"first_billed_at": None},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            row.update(**change)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM tariffs_tariffversion")
    with pytest.raises(VersionHasBilled):
        actions.withdraw_version(version_id=version_id, reason="a slip", by=BY, at=AT)


def test_another_version_may_take_over_from_one_that_has_billed() -> None:
    billed = published(rates("2024-01-01"))
    actions.mark_billed(version_id=billed, at=AT)
    published(rates("2025-01-01", rate="0.35"))
    assert version_in_force("HOME", date(2024, 6, 1)).ends_on == date(2025, 1, 1)


@pytest.mark.django_db(transaction=True)
def test_a_test_that_commits_leaves_no_billed_version_and_no_trigger_behind() -> None:
    assert not TariffVersion.objects.exists()
    actions.mark_billed(version_id=published(rates()), at=AT)


@pytest.mark.django_db(transaction=True)
def test_a_test_that_commits_finds_the_tables_as_guarded_as_ever() -> None:
    test_a_test_that_commits_leaves_no_billed_version_and_no_trigger_behind()
    with pytest.raises(IntegrityError):
        TariffVersion.objects.all().delete()


def test_only_what_is_published_bills() -> None:
    (draft,) = imported(rates())
    assert draft.version_id is not None
    with pytest.raises(VersionNotInState):
        actions.mark_billed(version_id=draft.version_id, at=AT)
    with pytest.raises(IntegrityError), transaction.atomic():
        TariffVersion.objects.update(first_billed_at=AT)


def test_when_a_version_is_withdrawn_the_one_before_it_holds_again() -> None:
    published(rates("2024-01-01"))
    slip = published(rates("2025-01-01", rate="3.50"))
    actions.withdraw_version(version_id=slip, reason="a slip of the point", by=BY, at=AT)
    assert version_in_force("HOME", date(2025, 6, 1)).starts_on == date(2024, 1, 1)
    assert events()[-2:] == ["tariffs.TariffVersionWithdrawn", "tariffs.TariffVersionEndMoved"]
    assert AuditLine.objects.order_by("id").last().detail["reason"] == "a slip of the point"  # type: ignore[union-attr]
    with pytest.raises(VersionNotInState):
        actions.withdraw_version(version_id=slip, reason="again", by=BY, at=AT)


def test_the_one_before_holds_until_the_one_after_what_was_withdrawn() -> None:
    published(rates("2024-01-01"))
    slip = published(rates("2025-01-01", rate="3.50"))
    published(rates("2026-01-01", rate="0.40"))
    actions.withdraw_version(version_id=slip, reason="a slip", by=BY, at=AT)
    assert version_in_force("HOME", date(2025, 6, 1)).ends_on == date(2026, 1, 1)
    assert gaps_of("HOME") == ()


def test_a_version_that_ends_by_itself_does_not_hold_longer() -> None:
    published(rates("2024-01-01", "2025-01-01"))
    slip = published(rates("2025-01-01", rate="3.50"))
    actions.withdraw_version(version_id=slip, reason="a slip", by=BY, at=AT)
    with pytest.raises(NoVersionInForce):
        version_in_force("HOME", date(2025, 6, 1))


def test_what_was_withdrawn_can_be_imported_again() -> None:
    withdrawn = published(rates())
    actions.withdraw_version(version_id=withdrawn, reason="too early", by=BY, at=AT)
    assert published(rates()) != withdrawn


def test_an_action_that_is_refused_leaves_no_trace() -> None:
    published(rates("2025-01-01", "2026-01-01"))
    told, lines = events(), audited()
    (result,) = imported(replace(rates("2025-06-01"), name="Other"))
    assert result.version_id is not None
    with pytest.raises(VersionsOverlap):
        actions.publish_version(version_id=result.version_id, by=BY, at=AT)
    assert (events(), audited()) == (told, [*lines, "tariffs.import_tariffs"])
