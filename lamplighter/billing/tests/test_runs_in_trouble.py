"""A run meets what is wrong: the account is parked with its cause, and the run goes on."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from lamplighter.billing import actions
from lamplighter.billing.models import (
    Agreement,
    Bill,
    BilledAccount,
    BilledSpan,
    BillingException,
    BillRun,
    BillRunPart,
    BillSeries,
    HeldBill,
)
from lamplighter.billing.tests import village
from lamplighter.billing.tests.village import Home, read_meters, run, settle, tariff
from lamplighter.platform.models import AuditLine, OutboxEvent
from lamplighter.platform.tests.processes import start
from lamplighter.tariffs import actions as tariffs

pytestmark = pytest.mark.django_db(transaction=True)

JANUARY, FEBRUARY, MARCH = date(2025, 1, 1), date(2025, 2, 1), date(2025, 3, 1)
MORNING = datetime(2025, 2, 1, 6, tzinfo=UTC)
HOMES = 5


@pytest.fixture
def homes(tmp_path: Path) -> list[Home]:
    """In the order in which the run takes them."""
    village.publish(tmp_path, tariff())
    village.define_cycle()
    homes = settle(HOMES)
    read_meters(homes, JANUARY, FEBRUARY)
    order = BilledAccount.objects.order_by("bucket", "lead", "account")
    places = list(order.values_list("account_id", flat=True))
    return sorted(homes, key=lambda home: places.index(home.account))


def open_january() -> UUID:
    (run_id,) = actions.open_runs(
        cycle_code=village.CYCLE, through=date(2025, 1, 31), by="test", at=MORNING
    )
    return run_id


def finish(run_id: UUID, *, size: int = HOMES) -> None:
    while actions.go_on(run_id=run_id, size=size, by="test", at=MORNING) is not None:
        continue


def assert_all_but(parked: Home, code: str, homes: list[Home]) -> BillingException:
    """All but one have their bills, and of that one it is known why not."""
    billed = set(Bill.objects.values_list("account_id", flat=True))
    assert billed == {home.account for home in homes} - {parked.account}
    numbers = sorted(Bill.objects.values_list("number", flat=True))
    assert numbers == [f"B-{n:07}" for n in range(1, len(homes))]
    exception = BillingException.objects.get()
    assert (exception.account_id, exception.code) == (parked.account, code)
    assert BillRun.objects.get().finished_at is not None
    return exception


def test_a_bill_that_breaks_is_parked_alone(homes: list[Home]) -> None:
    # Days that are billed, and an agreement that does not know it: the database refuses the bill.
    run(date(2025, 1, 31))
    read_meters(homes, FEBRUARY, MARCH)
    broken = homes[2]
    Agreement.objects.filter(id=broken.agreement).update(billed_until=None)
    run(date(2025, 2, 28))
    later = Bill.objects.filter(first_day=FEBRUARY).values_list("account_id", flat=True)
    assert set(later) == {home.account for home in homes} - {broken.account}
    exception = BillingException.objects.get()
    assert (exception.account_id, exception.code) == (broken.account, "Broken")


def test_a_version_withdrawn_between_two_steps_parks_who_was_to_be_billed_by_it(
    homes: list[Home], tmp_path: Path
) -> None:
    (version,) = village.publish(tmp_path, tariff("OTHER"))
    last = homes[-1]
    move(last, "OTHER")
    run_id = open_january()
    while not Bill.objects.exists():
        actions.go_on(run_id=run_id, size=1, by="test", at=MORNING)
    tariffs.withdraw_version(version_id=version, reason="a mistake", by="test", at=MORNING)
    finish(run_id, size=1)
    exception = assert_all_but(last, "NoRatesForDays", homes)
    assert "2025-01-02" in exception.detail


def move(home: Home, code: str) -> None:
    actions.change_rate(
        agreement_id=home.agreement, tariff=code, on=date(2025, 1, 2), by="test", at=MORNING
    )


def withdraw(version: UUID) -> None:
    tariffs.withdraw_version(version_id=version, reason="a mistake", by="test", at=MORNING)


def first_time(text: str, act: Callable[[], None]) -> AbstractContextManager[None]:
    """Do something right before the first statement that has this in it."""
    left = [act]

    def look(execute: Callable[..., Any], sql: str, *call: Any) -> Any:
        if text in sql and left:
            left.pop()()
        return execute(sql, *call)

    return connection.execute_wrapper(look)


@pytest.mark.skipif(connection.vendor == "sqlite", reason="nobody else writes during a step")
def test_a_version_withdrawn_in_the_middle_of_a_step_parks_who_was_to_be_billed_by_it(
    homes: list[Home], tmp_path: Path
) -> None:
    (version,) = village.publish(tmp_path, tariff("OTHER"))
    last = homes[-1]
    move(last, "OTHER")
    # All in one bucket, that is in one step.
    BilledAccount.objects.update(bucket=1)
    run_id = open_january()

    def withdraw_elsewhere() -> None:
        process = start(partial(withdraw, version))
        process.join()
        assert process.exitcode == 0

    with first_time("first_billed_at", withdraw_elsewhere):
        finish(run_id)
    assert_all_but(last, "NoRatesForDays", homes)


def test_a_version_that_has_billed_is_not_withdrawn(homes: list[Home]) -> None:
    run(date(2025, 1, 31))
    version = BilledSpan.objects.values_list("version_id", flat=True).distinct().get()
    with pytest.raises(tariffs.VersionHasBilled):
        withdraw(version)


def test_a_tariff_that_comes_in_another_currency_parks_its_accounts(
    homes: list[Home], tmp_path: Path
) -> None:
    village.publish(tmp_path, tariff("OTHER") | {"endsBefore": "2025-01-15"})
    move(homes[1], "OTHER")
    village.publish(tmp_path, tariff("OTHER") | {"startsOn": "2025-01-15", "currency": "USD"})
    run(date(2025, 1, 31))
    assert_all_but(homes[1], "CurrencyDiffers", homes)


def test_a_bill_beyond_all_bounds_is_parked(homes: list[Home], tmp_path: Path) -> None:
    village.publish(tmp_path, tariff("DEAR", rate="999999999999"))
    move(homes[1], "DEAR")
    read_meters([homes[1]], JANUARY, FEBRUARY, wh=10**10)
    run(date(2025, 1, 31))
    assert_all_but(homes[1], "AmountOutOfBounds", homes)


def test_what_a_tariff_wants_to_know_and_nobody_has_said_parks_the_account(
    homes: list[Home], tmp_path: Path
) -> None:
    capacity = {
        "type": "fixed", "name": "Capacity", "amount": "1", "per": "month", "times": "connected-kw"
    }  # fmt: skip
    village.publish(tmp_path, tariff("BY-KW", components=[capacity]))
    move(homes[1], "BY-KW")
    run(date(2025, 1, 31))
    assert_all_but(homes[1], "FactMissing", homes)


ROWS: tuple[Any, ...] = (
    Bill, BilledSpan, BillingException, HeldBill, BillSeries, BillRunPart, AuditLine, OutboxEvent,
)  # fmt: skip


def counts() -> dict[str, int]:
    return {model.__name__: model.objects.count() for model in ROWS}


@pytest.fixture
def no_space() -> Any:
    """Let the database be full, and have space again."""
    if connection.vendor == "sqlite":
        yield _full_file, _roomy_file
        _roomy_file()
    else:
        yield _full_server, _roomy_server
        _roomy_server()


def _full_file() -> None:
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA page_count")
        (pages,) = cursor.fetchone()
        cursor.execute(f"PRAGMA max_page_count = {pages}")


def _roomy_file() -> None:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA max_page_count = 1073741823")


def _full_server() -> None:
    """What a server says that finds no space for a row, at the second bill of a step."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION no_space() RETURNS trigger AS $$ BEGIN"
            " RAISE EXCEPTION 'could not extend file: No space left on device'"
            " USING ERRCODE = 'disk_full'; END $$ LANGUAGE plpgsql"
        )
        cursor.execute(
            "CREATE TRIGGER no_space BEFORE INSERT ON billing_billedspan"
            " FOR EACH ROW EXECUTE FUNCTION no_space()"
        )


def _roomy_server() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP FUNCTION IF EXISTS no_space() CASCADE")


def test_when_the_disk_is_full_the_step_is_refused_whole_and_done_once_there_is_space(
    homes: list[Home], no_space: tuple[Callable[[], None], Callable[[], None]]
) -> None:
    fill, make_room = no_space
    BilledAccount.objects.update(bucket=1)
    run_id = open_january()
    actions.go_on(run_id=run_id, size=2, by="test", at=MORNING)
    while not Bill.objects.exists():
        actions.go_on(run_id=run_id, size=2, by="test", at=MORNING)
    fill()
    before = counts()
    with pytest.raises(actions.StorageFailed):
        actions.go_on(run_id=run_id, size=2, by="test", at=MORNING)
    assert counts() == before
    make_room()
    finish(run_id, size=2)
    assert Bill.objects.count() == HOMES
    assert not BillingException.objects.exists()
    assert sorted(Bill.objects.values_list("number", flat=True)) == [
        f"B-{n:07}" for n in range(1, HOMES + 1)
    ]
