"""
Building the town, step by step: each one can be done again, and one that is done is not.

The steps go through time as a utility would: it takes over what there is, then month by month
things happen, readings come in, bills are made and paid.
"""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Self

from django.conf import settings

from lamplighter.kernel import Refusal
from lamplighter.metering import actions as metering
from lamplighter.site.demo import gas
from lamplighter.site.demo.billing import bill_month, define_billing, pay_bills
from lamplighter.site.demo.book import chunks, parts, points_in
from lamplighter.site.demo.diary import happens_in
from lamplighter.site.demo.homes import HOMES, TARIFFS, write_csv, write_tariffs
from lamplighter.site.demo.months import FIRST_DAY, MONTHS, midnight, month_after, months
from lamplighter.site.demo.moving_in import move_in
from lamplighter.site.demo.readings import blocks_of
from lamplighter.site.demo.staff import hire
from lamplighter.site.demo.town import customers
from lamplighter.tariffs import actions as tariffs
from lamplighter.tariffs.queries.files import schedules_in
from lamplighter.tariffs.queries.versions import versions_of

BY: Final = "demo"
LETTERHEAD: Final = Path(__file__).parent / "letterhead"
CYCLE: Final = "MONTHLY"
TAKEN_OVER_AT: Final = datetime(2025, 4, 22, 14, tzinfo=UTC)
READ_AFTER: Final = timedelta(hours=6)
"""The readings of a month come in at six o'clock on the first day of the next."""


class DemoOfAnotherSize(Refusal):
    """There is a demo of another size here already."""

    status = 409


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much is wanted."""

    accounts: int = 1_000
    months: int = MONTHS
    """Of readings."""
    bills: bool = True
    """Whether they are billed: all but the eighteenth, which is left to be billed by hand."""

    @property
    def billed(self) -> int:
        """How many months are billed."""
        return min(self.months, MONTHS - 1) if self.bills else 0


@dataclass(frozen=True, slots=True)
class Step:
    """Something to do, once."""

    name: str
    act: Callable[[], Any]


@dataclass(slots=True)
class Made:
    """What is done already, kept in a file."""

    path: Path
    plan: Plan
    done: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, path: Path, plan: Plan) -> Self:
        """:raises DemoOfAnotherSize: if another plan was begun here"""
        if not path.exists():
            return cls(path, plan)
        kept = json.loads(path.read_text())
        if (kept["accounts"], kept["months"]) != (plan.accounts, plan.months):
            raise DemoOfAnotherSize(
                f"It has {kept['accounts']} accounts and {kept['months']} months.",
                remedy=f"Delete {path.parent.parent}, or set LAMPLIGHTER_HOME to another folder.",
            )
        return cls(path, plan, kept["done"])

    def add(self, step: Step) -> None:
        """Note that a step is done."""
        self.done.append(step.name)
        kept = {"accounts": self.plan.accounts, "months": self.plan.months, "done": self.done}
        beside = self.path.with_suffix(".new")
        beside.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(json.dumps(kept))
        beside.replace(self.path)


def steps_left(made: Made) -> list[Step]:
    """What is to be done, in order."""
    return [step for step in _steps(made.plan) if step.name not in made.done]


def _steps(plan: Plan) -> Iterator[Step]:
    yield Step("letterhead", write_letterhead)
    yield Step("tariffs", take_over_tariffs)
    yield Step("cycle", lambda: define_billing(CYCLE, by=BY, at=TAKEN_OVER_AT))
    for first, last in chunks(plan.accounts):
        yield Step(f"accounts {first}", _moving_in(first, last))
    for number, month in enumerate(months(plan.months)):
        yield from _month_steps(plan, month, billed=number < plan.billed)
    yield Step("staff", lambda: hire(folder(), by=BY, at=TAKEN_OVER_AT))
    yield Step("compact", _compact(plan))
    yield Step("files", write_files)


def _month_steps(plan: Plan, month: date, *, billed: bool) -> Iterator[Step]:
    name = f"{month:%Y-%m}"
    yield Step(f"events {name}", lambda: happens_in(month, plan.accounts, CYCLE, by=BY))
    yield Step(f"readings {name}", lambda: read_meters(plan.accounts, month))
    yield Step(f"gas {name}", lambda: gas.read_month(plan.accounts, month, by=BY))
    if billed:
        yield Step(f"bills {name}", lambda: bill_month(CYCLE, month, by=BY))
        yield Step(f"payments {name}", lambda: pay_bills(month, by=BY))


def take_over_tariffs() -> None:
    """Store the tariffs of the town, and let them bill."""
    results = tariffs.import_tariffs(tariffs=schedules_in(TARIFFS), by=BY, at=TAKEN_OVER_AT)
    for code in dict.fromkeys(result.code for result in results):
        for version in versions_of(code):
            if version.state == "draft":
                tariffs.publish_version(version_id=version.id, by=BY, at=TAKEN_OVER_AT)


def write_letterhead() -> None:
    """Name, colours and logo of the utility, unless somebody has said otherwise."""
    home: Path = settings.LAMPLIGHTER_HOME
    if not (home / "utility.json").exists():
        for file in LETTERHEAD.iterdir():
            shutil.copyfile(file, home / file.name)


def write_files() -> None:
    """Meter files of five homes and the tariffs on offer to them, for `lamplighter quote`."""
    write_tariffs(folder())
    for home in HOMES:
        write_csv(home, folder())


def folder() -> Path:
    """Where the demo keeps what is not in the database."""
    beside: Path = settings.LAMPLIGHTER_HOME / "demo"
    beside.mkdir(parents=True, exist_ok=True)
    return beside


def _moving_in(first: int, last: int) -> Callable[[], None]:
    def act() -> None:
        there = [one for one in customers(first, last) if one.starts_on == FIRST_DAY]
        move_in(there, cycle=CYCLE, by=BY, at=TAKEN_OVER_AT)

    return act


def read_meters(accounts: int, month: date) -> None:
    """Let the interval readings of a month come in."""
    at = midnight(month_after(month)) + READ_AFTER
    for some in parts(points_in(accounts, month)):
        metering.take_over_readings(
            blocks_of(some, month), source=f"head-end {month:%Y-%m}", tell=False, by=BY, at=at
        )


def _compact(plan: Plan) -> Callable[[], None]:
    at = midnight(month_after(FIRST_DAY, plan.months)) + READ_AFTER

    def act() -> None:
        metering.compact_readings(at=at)

    return act
