"""What can be asked for, as GraphQL tells it."""

import datetime as dt
from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

import strawberry
from django.utils import timezone

from lamplighter.billing.domain.explaining import Explanation
from lamplighter.billing.queries.accounts import Property, properties_of_accounts
from lamplighter.billing.queries.bills import BillSummary
from lamplighter.billing.queries.explaining import explain
from lamplighter.billing.queries.many_accounts import latest_bills_of, open_minor_of
from lamplighter.customers import queries as customers
from lamplighter.customers.domain import Sight
from lamplighter.identity.domain.permissions import Action
from lamplighter.kernel import Caller, Currency
from lamplighter.kernel import Money as Amount
from lamplighter.platform.access import asking
from lamplighter.site.graphql.families import Family
from lamplighter.site.graphql.limits import FIRST, FIRST_MAX

First = Annotated[int, strawberry.argument(description=f"How many, at most {FIRST_MAX}.")]
Asked = strawberry.Info[dict[str, Caller], None]


@strawberry.type
class Money:
    """An exact amount."""

    amount: str
    currency: str

    @classmethod
    def of(cls, amount: Amount) -> "Money":
        return cls(amount=str(amount.amount), currency=amount.currency.code)


@strawberry.type
class Meter:
    """A meter that is there now."""

    make: str
    serial: str
    channels: list[str]


@strawberry.type(name="Property")
class PropertyType:
    """A usage point that an account pays for, or has paid for."""

    usage_point: str
    address: str
    commodity: str
    time_zone: str
    tariff: str
    tariff_name: str
    starts_on: dt.date
    ends_on: dt.date | None = strawberry.field(description="Exclusive; null: it goes on.")
    meters: list[Meter]

    @classmethod
    def of(cls, told: Property) -> "PropertyType":
        meters = [
            Meter(
                make=one.make,
                serial=one.serial,
                channels=[register.channel for register in one.registers],
            )
            for one in told.meters
        ]
        return cls(
            usage_point=told.usage_point,
            address=told.address,
            commodity=told.commodity,
            time_zone=told.time_zone,
            tariff=told.tariff,
            tariff_name=told.tariff_name,
            starts_on=told.starts_on,
            ends_on=told.ends_on,
            meters=meters,
        )


@strawberry.type
class Effect:
    """A part of the difference between two bills."""

    name: str
    amount: Money
    detail: str


@strawberry.type(name="Explanation")
class ExplanationType:
    """How one bill became the next one: `before` and the effects add up to `after`."""

    previous: str | None
    before: Money
    effects: list[Effect]
    after: Money

    @classmethod
    def of(cls, told: Explanation) -> "ExplanationType":
        currency = Currency(told.currency)

        def money(minor: int) -> Money:
            return Money.of(Amount(minor, currency))

        effects = [
            Effect(name=one.name, amount=money(one.amount_minor), detail=one.detail)
            for one in told.effects
        ]
        return cls(
            previous=told.previous,
            before=money(told.before_minor),
            effects=effects,
            after=money(told.after_minor),
        )


@strawberry.type
class Bill:
    """A bill in short; /api/bills has all of it."""

    number: str
    kind: str
    state: str
    first_day: dt.date
    after_last: dt.date = strawberry.field(description="Exclusive.")
    total: Money = strawberry.field(description="Of its own days.")
    issued_on: dt.date
    due_on: dt.date
    estimated: bool
    account_id: strawberry.Private[UUID]
    family: strawberry.Private[Family[Any]]

    @classmethod
    def of(cls, told: BillSummary, family: Family[Any]) -> "Bill":
        return cls(
            number=told.number,
            kind=told.kind.value,
            state=told.state.value,
            first_day=told.first_day,
            after_last=told.after_last,
            total=Money.of(told.total),
            issued_on=told.issued_on,
            due_on=told.due_on,
            estimated=told.estimated,
            account_id=told.account_id,
            family=family,
        )

    @strawberry.field(description="Who it was sent to.")
    def account(self, info: Asked) -> "Account | None":
        sight = sight_of(info, Action.READ_ACCOUNTS)
        found = self.family.of(
            self.account_id, ("account",), lambda ids: customers.accounts_of_ids(ids, sight=sight)
        )
        return Account.of(found, self.family) if found else None

    @strawberry.field(description="Why it differs from the one before.")
    def explanation(self, info: Asked) -> ExplanationType:
        sight_of(info, Action.READ_BILLS)
        return ExplanationType.of(explain(self.number))


@strawberry.type
class Account:
    """Who is billed. Name and address are personal."""

    number: str
    holder: str
    postal_address: list[str]
    language: str
    currency: str
    opened_on: dt.date
    closed_on: dt.date | None
    id: strawberry.Private[UUID]
    family: strawberry.Private[Family[Any]]

    @classmethod
    def of(cls, told: customers.Account, family: Family[Any]) -> "Account":
        return cls(
            number=told.number,
            holder=told.holder,
            postal_address=list(told.postal_address),
            language=told.language,
            currency=told.currency,
            opened_on=told.opened_on,
            closed_on=told.closed_on,
            id=told.id,
            family=family,
        )

    @strawberry.field(description="What is owed by the bills; negative: what the account is owed.")
    def balance(self, info: Asked) -> Money:
        sight = sight_of(info, Action.READ_BILLS)
        minor = self.family.of(
            self.id, ("balance",), lambda ids: open_minor_of(_in_sight(ids, sight))
        )
        return Money.of(Amount(minor or 0, Currency(self.currency)))

    @strawberry.field(description="The latest bills, the newest first.")
    def bills(self, info: Asked, first: First = FIRST) -> list[Bill]:
        sight, limit = sight_of(info, Action.READ_BILLS), bounded(first)
        found = self.family.of(
            self.id,
            ("bills", limit),
            lambda ids: latest_bills_of(_in_sight(ids, sight), limit=limit),
        )
        return [Bill.of(one, self.family) for one in found or ()]

    @strawberry.field(description="What it pays for: address, meter, tariff.")
    def properties(self, info: Asked) -> list[PropertyType]:
        sight, at = sight_of(info, Action.READ_PROPERTIES), timezone.now()
        found = self.family.of(
            self.id,
            ("properties",),
            lambda ids: properties_of_accounts(_in_sight(ids, sight), at=at),
        )
        return [PropertyType.of(one) for one in found or ()]


def sight_of(info: Asked, action: Action) -> Sight:
    """
    Whose accounts may be seen for this.

    :raises UnauthorizedAccess: if the caller may not do it at all
    """
    return Sight.of(asking(info.context["caller"], action))


def bounded(first: int) -> int:
    """A length of a list that somebody asks for, within what is sensible."""
    return max(1, min(first, FIRST_MAX))


def _in_sight(account_ids: Sequence[UUID], sight: Sight) -> Sequence[UUID]:
    """Those of the accounts whose bills or properties may be seen: an account may be seen alone."""
    if sight.everything:
        return account_ids
    return list(customers.accounts_of_ids(account_ids, sight=sight))
