"""The accounts of the town, their places, meters and agreements, as the system learns of them."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

import numpy as np
from django.db import transaction

from lamplighter.billing import actions as billing
from lamplighter.billing.actions import NewAgreement
from lamplighter.customers import actions as customers
from lamplighter.customers import queries
from lamplighter.customers.actions import NewAccount, NewPlace
from lamplighter.metering import actions as metering
from lamplighter.metering.actions import NewMeter
from lamplighter.metering.domain.registers import Dials, RegisterPlan
from lamplighter.site.demo.archetypes import channels_of
from lamplighter.site.demo.chance import draws, whole
from lamplighter.site.demo.months import FIRST_DAY, ZONE, midnight
from lamplighter.site.demo.people import TOWN, check_digit
from lamplighter.site.demo.town import Customer, Supply

CURRENCY: Final = "USD"
MAKES: Final = ("Aster", "Borealis", "Cormorant", "Delphine")
GAS_CHANNEL: Final = "G1"
INTERVALS: Final = Dials(dials=8, decimals=3)
GAS_DIALS: Final = Dials(dials=5, decimals=1)


@transaction.atomic
def move_in(some: Sequence[Customer], *, cycle: str, by: str, at: datetime) -> None:
    """
    Take these customers over with all that they have: all of them, or none.

    Who was taken over before is left as it is.
    """
    known = queries.accounts_of_numbers([one.number for one in some])
    new = [one for one in some if one.number not in known]
    if not new:
        return
    accounts = customers.take_over_accounts([_account(one) for one in new], by=by, at=at)
    places = [one for one in new if not one.takes_over]
    ids = customers.take_over_places([_place(one) for one in places], by=by, at=at)
    points = {
        supply.reference: point
        for one, of_one in zip(places, ids, strict=True)
        for supply, point in zip(one.supplies, of_one, strict=True)
    }
    points |= _points_of_others(new, points)
    metering.take_over_meters(list(_meters(places, points)), by=by, at=at)
    agreements = [
        _agreement(account, one, supply, points)
        for account, one in zip(accounts, new, strict=True)
        for supply in one.supplies
    ]
    billing.take_over_agreements(cycle=cycle, agreements=agreements, by=by, at=at)


def _points_of_others(new: Sequence[Customer], points: dict[str, UUID]) -> dict[str, UUID]:
    """Usage points of those who come after somebody else."""
    wanted = {s.reference for one in new if one.takes_over for s in one.supplies} - points.keys()
    return {name: point.id for name, point in queries.usage_points_of(wanted).items()}


def _account(one: Customer) -> NewAccount:
    street, rest = one.address.removesuffix(f", {TOWN}"), TOWN
    return NewAccount(
        number=one.number,
        holder=one.holder,
        postal_address=(street, rest),
        currency=CURRENCY,
        opened_on=one.opened_on,
        language=one.language,
    )


def _place(one: Customer) -> NewPlace:
    return NewPlace(
        address=one.address,
        time_zone=ZONE.key,
        usage_points=tuple((supply.reference, supply.commodity) for supply in one.supplies),
    )


def _meters(some: Sequence[Customer], points: dict[str, UUID]) -> Iterator[NewMeter]:
    ordinals = np.array([one.ordinal for one in some])
    made = whole(0, len(MAKES) - 1, draws("make", ordinals)).tolist()
    ages = whole(60, 4_000, draws("age of meter", ordinals)).tolist()
    for one, make, age in zip(some, made, ages, strict=True):
        since = one.starts_on if one.starts_on > FIRST_DAY else FIRST_DAY - timedelta(age)
        for supply in one.supplies:
            if supply.metered:
                yield NewMeter(
                    serial=serial_of(one.ordinal, supply.commodity),
                    make=MAKES[make],
                    commodity=supply.commodity,
                    registers=registers_of(supply),
                    usage_point_id=points[supply.reference],
                    installed_at=midnight(since),
                )


def serial_of(ordinal: int, commodity: str, *, count: int = 1) -> str:
    """The serial number of the first meter of an account, or of a later one."""
    digits = f"{ordinal:07}{count}"
    return f"{commodity[0].upper()}{digits}{check_digit(digits)}"


def registers_of(supply: Supply) -> tuple[RegisterPlan, ...]:
    """What the meter of a usage point counts."""
    if supply.kind is None:
        return (RegisterPlan(channel=GAS_CHANNEL, flow="import", unit="ccf", dials=GAS_DIALS),)
    return tuple(
        RegisterPlan(channel=one.name, flow=one.flow, unit=one.unit, dials=INTERVALS)
        for one in channels_of(supply.kind)
    )


def _agreement(
    account: UUID, one: Customer, supply: Supply, points: dict[str, UUID]
) -> NewAgreement:
    kw = supply.connected_kw
    return NewAgreement(
        account_id=account,
        usage_point_id=points[supply.reference],
        tariff=supply.tariff,
        starts_on=one.starts_on,
        connected_kw=None if kw is None else Decimal(kw),
    )
