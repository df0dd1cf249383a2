"""Whether history has what billing has issued, and nothing else."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, Max, Min, Sum

from lamplighter.billing.queries.issued_documents import (
    SERIES,
    IssuedSum,
    issued_on_day,
    issued_sums,
    sums_of,
)
from lamplighter.history.domain.facts import Fact
from lamplighter.history.models import BilledFact, LineFact, UsageFact
from lamplighter.history.queries.billed import (
    BILL_COLUMNS,
    LINE_COLUMNS,
    USAGE_COLUMNS,
    Facts,
    facts_of,
)
from lamplighter.kernel import Refusal

Numbers = tuple[str, str]
"""The first one and the last one."""
Progress = Callable[[int, int], None]
"""Is told how many bills are done, of how many."""
PAGE: Final = 1000
"""Bills that are compared at once."""
_EXACT: Final = ("quantity", "rate")
_MISSING: Final = "Run `lamplighter worker`, or `lamplighter history rebuild`."
_CHANGED: Final = (
    "Find out who changed it. Then put history aside, and make it anew: `lamplighter migrate`, "
    "`lamplighter history rebuild`."
)


class HistoryDiffers(Refusal):
    """History and billing do not agree."""

    status = 409


def verify(*, every: bool = False, progress: Progress = lambda _done, _total: None) -> int:
    """
    Hold history against the bills: counts and sums by day, series and currency.

    :param every: compare each bill, line and usage as well, and not only on days that differ
    :return: how many bills there are
    :raises HistoryDiffers: naming the first difference
    """
    copied, billed = copied_sums(), issued_sums()
    days = {each.issued_on for each in billed + copied}
    if not every:
        days = different_days(billed, copied) | _days_that_do_not_add_up()
    total, done = bills_of_days(billed, days), 0
    for day in sorted(days):
        for compared in _compare(day, numbers_of_day(billed, day)):
            done += compared
            progress(done, total)
    return sum(each.bills for each in billed)


def copied_sums() -> tuple[IssuedSum, ...]:
    """Count and add up what is in history, as `issued_sums` does with bills."""
    return sums_of(
        BilledFact.objects.annotate(series=SERIES)
        .values_list("issued_on", "series", "currency")
        .annotate(Count("number"), Sum("total_minor"), Min("number"), Max("number"))
        .order_by()
    )


def different_days(billed: Sequence[IssuedSum], copied: Sequence[IssuedSum]) -> set[date]:
    """The days of whose bills count or sum is not the same."""
    return {each.issued_on for each in set(billed) ^ set(copied)}


def bills_of_days(sums: Sequence[IssuedSum], days: Collection[date]) -> int:
    """Count the bills of some days."""
    return sum(each.bills for each in sums if each.issued_on in days)


def numbers_of_day(sums: Sequence[IssuedSum], day: date) -> list[Numbers]:
    """Between which numbers the bills of a day are, one pair for each series."""
    found: dict[str, list[IssuedSum]] = defaultdict(list)
    for each in sums:
        if each.issued_on == day:
            found[each.series].append(each)
    return [
        (min(each.first_number for each in some), max(each.last_number for each in some))
        for some in found.values()
    ]


def missing_of_day(day: date, numbers: Sequence[Numbers]) -> Iterator[tuple[int, list[UUID]]]:
    """Tell, page by page, how many bills a day has, and which of them are not in history."""
    for page, _ in _pages(day, numbers):
        there = set(_facts_in(BilledFact, page).values_list("bill_id", flat=True))
        yield len(page), [bill_id for bill_id in page if bill_id not in there]


def _pages(day: date, numbers: Sequence[Numbers]) -> Iterator[tuple[list[UUID], Any]]:
    """Pages of a day's bills, and what history has from the end of the page before to its end."""
    for first, last in numbers:
        after = None
        while page := issued_on_day(day, (first, last), after=after, limit=PAGE):
            end = page[-1][0]
            facts = BilledFact.objects.filter(issued_on=day, number__range=(first, end))
            yield [key for _, key in page], facts.filter(number__gt=after) if after else facts
            after = end


def _facts_in(model: Any, bill_ids: Sequence[UUID]) -> Any:
    return model.objects.filter(bill_id__in=bill_ids)


def _days_that_do_not_add_up() -> set[date]:
    """Days on which the lines do not come to the bills, inside of history."""
    sums: Counter[tuple[date, str]] = Counter()
    for model, amount, sign in ((BilledFact, "total_minor", 1), (LineFact, "amount_minor", -1)):
        rows: Any = model
        for day, currency, total in (
            rows.objects.values_list("issued_on", "currency").annotate(Sum(amount)).order_by()
        ):
            sums[day, currency] += sign * int(total)
    return {day for (day, _), difference in sums.items() if difference}


def _compare(day: date, numbers: Sequence[Numbers]) -> Iterator[int]:
    for page, facts in _pages(day, numbers):
        _refuse_others(facts.exclude(bill_id__in=page))
        _compare_page(page)
        yield len(page)
    others = BilledFact.objects.filter(issued_on=day)
    for pair in numbers:
        others = others.exclude(number__range=pair)
    _refuse_others(others)


def _refuse_others(facts: Any) -> None:
    number = facts.order_by("number").values_list("number", flat=True).first()
    if number is not None:
        raise HistoryDiffers(f"{number} is in history and no bill of that day.", remedy=_CHANGED)


def _compare_page(page: Sequence[UUID]) -> None:
    bills = _facts_in(BilledFact, page).values_list(*BILL_COLUMNS)
    stored = {row[0]: Facts(bill=row, lines=[], usage=[]) for row in bills}
    lines = _facts_in(LineFact, page).order_by("position").values_list(*LINE_COLUMNS)
    usage = _facts_in(UsageFact, page).order_by("position").values_list(*USAGE_COLUMNS)
    for row in lines:
        stored[row[0]].lines.append(row)
    for row in usage:
        stored[row[0]].usage.append(row)
    for expected in facts_of(page):
        number = expected.bill[BILL_COLUMNS.index("number")]
        found = stored.get(expected.bill[0])
        if found is None:
            raise HistoryDiffers(f"{number} is not in history.", remedy=_MISSING)
        if difference := _difference(expected, found):
            raise HistoryDiffers(f"{number}, {difference}.", remedy=_CHANGED)


def _difference(expected: Facts, found: Facts) -> str | None:
    for what, columns, these, those in (
        ("the bill", BILL_COLUMNS, [expected.bill], [found.bill]),
        ("line", LINE_COLUMNS, expected.lines, found.lines),
        ("usage", USAGE_COLUMNS, expected.usage, found.usage),
    ):
        if len(these) != len(those):
            return f"{what}: billing has {len(these)}, history {len(those)}"
        for n, (this, that) in enumerate(zip(these, those, strict=True), start=1):
            for name, billed, copied in zip(columns, _exact(columns, this), that, strict=True):
                if billed != copied:
                    place = what if what == "the bill" else f"{what} {n}"
                    return f"{place}, {name}: billing has {billed}, history {copied}"
    return None


def _exact(columns: Sequence[str], fact: Fact) -> Iterator[Any]:
    """The values as the database tells them."""
    for name, value in zip(columns, fact, strict=True):
        yield Decimal(value) if name in _EXACT and value is not None else value
