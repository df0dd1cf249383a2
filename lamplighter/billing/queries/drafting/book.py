"""All that bills of some accounts depend on besides readings, read at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from lamplighter.billing.domain.calendars import NewPeriod
from lamplighter.billing.domain.spans import Part, Term, Unbilled, parts_of
from lamplighter.billing.models import Agreement, HeldBill
from lamplighter.customers import queries as customers
from lamplighter.tariffs.domain.pricing import Facts
from lamplighter.tariffs.queries.versions import TariffFacts, tariffs_of_ids

LOCKED_IN: Final = ("account_id", "usage_point_id", "starts_on")
"""Whoever locks agreements does so in this order: then nobody waits for one who waits for him."""
_COLUMNS = (
    "id", "account_id", "usage_point_id", "tariff_id", "starts_on", "ends_on", "billed_until",
    "connected_kw", "meters", "power_factor",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Book:
    """Accounts with their agreements, usage points and tariffs."""

    accounts: dict[UUID, customers.Account]
    terms: dict[UUID, list[Term]]
    """Of each account, by usage point and day."""
    points: dict[UUID, customers.UsagePoint]
    tariffs: dict[UUID, TariffFacts]
    held: frozenset[UUID]
    """Accounts of which a bill is held."""
    _parts: dict[tuple[UUID, date, date], tuple[Part, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, account_ids: Sequence[UUID], *, lock: bool) -> "Book":
        """:param lock: until the transaction is over, nobody else bills these agreements"""
        rows = Agreement.objects.filter(account__in=account_ids).order_by(*LOCKED_IN)
        if lock:
            rows = rows.select_for_update()
        terms: dict[UUID, list[Term]] = {}
        for row in rows.values_list(*_COLUMNS):
            terms.setdefault(row[1], []).append(_term(row))
        every = [term for some in terms.values() for term in some]
        waiting = HeldBill.objects.filter(state=HeldBill.State.WAITING)
        # Mostly nothing waits, and then there is no need to ask for a thousand accounts.
        held = waiting.filter(account__in=account_ids) if waiting.exists() else waiting
        return cls(
            customers.accounts_of_ids(account_ids),
            terms,
            customers.usage_points_of_ids({term.usage_point_id for term in every}),
            tariffs_of_ids({term.tariff_id for term in every}),
            frozenset(held.values_list("account_id", flat=True)),
        )

    def parts(self, term: Term, days: Unbilled, calendar: Sequence[NewPeriod]) -> tuple[Part, ...]:
        """
        Days of an agreement, cut where periods and versions change. Of most agreements these are
        the same.

        :raises NoRatesForDays: if no version holds on some of them
        """
        key = term.tariff_id, days.first_day, days.after_last
        if key not in self._parts:
            versions = self.tariffs[term.tariff_id].versions
            self._parts[key] = parts_of(days, calendar=calendar, versions=versions)
        return self._parts[key]

    def go_on(self, account_id: UUID, until: date) -> bool:
        """Whether the account pays for anything beyond a day."""
        return any(t.ends_on is None or t.ends_on > until for t in self.terms.get(account_id, ()))

    def references(self, terms: Iterable[Term]) -> list[tuple[str, str]]:
        """The usage points of agreements and their addresses, by reference."""
        points = {self.points[term.usage_point_id].reference: term for term in terms}
        return [
            (reference, self.points[term.usage_point_id].address)
            for reference, term in sorted(points.items())
        ]


def _term(row: tuple[object, ...]) -> Term:
    key, account, point, tariff, starts_on, ends_on, until, connected, meters, factor = row
    return Term(
        agreement_id=key,  # type: ignore[arg-type] # in the order of _COLUMNS
        account_id=account,  # type: ignore[arg-type]
        usage_point_id=point,  # type: ignore[arg-type]
        tariff_id=tariff,  # type: ignore[arg-type]
        starts_on=starts_on,  # type: ignore[arg-type]
        ends_on=ends_on,  # type: ignore[arg-type]
        billed_until=until,  # type: ignore[arg-type]
        facts=_facts(connected, meters, factor),  # type: ignore[arg-type]
    )


_USUAL = Facts()


def _facts(connected: Decimal | None, meters: int, factor: Decimal | None) -> Facts:
    if connected is None and meters == 1 and factor is None:
        return _USUAL
    return Facts(connected_kw=connected, meters=meters, power_factor=factor)
