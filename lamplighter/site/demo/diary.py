"""What happens to people and meters, day by day: newcomers, removals, exchanges, late readings."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from django.db import transaction

from lamplighter.billing import actions as billing
from lamplighter.billing.queries.accounts import Property, properties_of
from lamplighter.customers import actions as accounts
from lamplighter.customers import queries
from lamplighter.kernel import Refusal
from lamplighter.metering import actions as metering
from lamplighter.platform.deliveries import deliver_due
from lamplighter.site.demo import stories
from lamplighter.site.demo.book import chunks, points_in
from lamplighter.site.demo.months import midnight, month_after
from lamplighter.site.demo.moving_in import move_in, registers_of, serial_of
from lamplighter.site.demo.people import account_number
from lamplighter.site.demo.readings import late_blocks
from lamplighter.site.demo.town import ELECTRICITY, customers

NOON: Final = timedelta(hours=12)
_CONFLICT: Final = 409
"""The status of a refusal of what is done already."""


def happens_in(month: date, accounts: int, cycle: str, *, by: str) -> None:
    """Let all happen that happens in a month. What has happened before does not happen twice."""
    for act in _events(month, accounts, by=by):
        try:
            act()
        except Refusal as no:
            if no.status != _CONFLICT:
                raise
    _newcomers(month, accounts, cycle, by=by)
    deliver_due(at=midnight(month_after(month)))


def _events(month: date, accounts: int, *, by: str) -> Iterator[Callable[[], object]]:
    dated = [
        (stories.EXCHANGED_ON, stories.EXCHANGED, lambda: _exchange(by=by)),
        (stories.MOVED_ON, 21, lambda: _move_out(by=by)),
        (stories.CHANGED_RATE_ON, stories.CHANGED_RATE, lambda: _change_rate(by=by)),
    ]
    for fault in stories.FAULTS:
        if fault.arrives_on is not None:
            late = _late(fault, accounts, by=by)
            dated.append((fault.arrives_on, fault.ordinal, late))
    for on, ordinal, act in sorted(dated, key=lambda one: one[0]):
        if month <= on < month_after(month) and ordinal <= accounts:
            yield act


def _newcomers(month: date, accounts: int, cycle: str, *, by: str) -> None:
    at = midnight(month_after(month))
    for chunk in chunks(accounts):
        new = [one for one in customers(*chunk) if month < one.starts_on < month_after(month)]
        move_in(new, cycle=cycle, by=by, at=at)


def _exchange(*, by: str) -> None:
    at = midnight(stories.EXCHANGED_ON) + timedelta(hours=14)
    home = _home(stories.EXCHANGED, stories.EXCHANGED_ON)
    (old,) = home.meters
    (one,) = customers(stories.EXCHANGED, stories.EXCHANGED)
    serial = serial_of(stories.EXCHANGED, ELECTRICITY, count=2)
    if old.serial == serial:
        return
    registers = registers_of(one.supplies[0])
    new = metering.add_meter(
        serial=serial, make=old.make, commodity=ELECTRICITY, registers=registers, by=by, at=at
    )
    metering.exchange_meter(
        old_meter_id=old.meter_id,
        new_meter_id=new,
        exchanged_at=at,
        final_readings={"E1": Decimal("48211.406")},
        first_readings={"E1": Decimal(0)},
        by=by,
        at=at,
    )


def _move_out(*, by: str) -> None:
    home = _home(21, stories.MOVED_ON)
    at = midnight(stories.MOVED_ON) + NOON
    account_id = queries.account(account_number(21)).id
    with transaction.atomic():
        billing.end_agreement(agreement_id=home.agreement_id, on=stories.MOVED_ON, by=by, at=at)
        accounts.close_account(account_id=account_id, closed_on=stories.MOVED_ON, by=by, at=at)


def _change_rate(*, by: str) -> None:
    on = stories.CHANGED_RATE_ON
    agreement = _home(stories.CHANGED_RATE, on).agreement_id
    billing.change_rate(
        agreement_id=agreement, tariff=stories.NEW_RATE, on=on, by=by, at=midnight(on) + NOON
    )


def _late(fault: stories.Fault, accounts: int, *, by: str) -> Callable[[], None]:
    def act() -> None:
        if fault.arrives_on is None:
            return
        at = midnight(fault.arrives_on) + NOON
        blocks = late_blocks(points_in(accounts, fault.first_day.replace(day=1)), fault)
        metering.take_over_readings(blocks, source="head-end, late", by=by, at=at)

    return act


def _home(ordinal: int, on: date) -> Property:
    account = queries.account(account_number(ordinal))
    return next(
        one for one in properties_of(account.id, at=midnight(on)) if one.commodity == ELECTRICITY
    )
