"""What has to be true of a new agreement."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from lamplighter.billing.models import Agreement
from lamplighter.billing.queries.drafting import CurrencyDiffers
from lamplighter.customers import queries as customers
from lamplighter.customers.actions import DuplicateProperty
from lamplighter.kernel import Place, Refusal
from lamplighter.tariffs.queries.versions import TariffFacts, TariffUnknown, tariffs_of_codes


class AgreementMalformed(Refusal):
    """This cannot be an agreement."""


class AgreementsOverlap(Refusal):
    """A usage point is paid for by one agreement at a time."""

    status = 409


class AgreementLeavesGap(Refusal):
    """Days between two agreements of one account would be paid for by nobody."""

    status = 409


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAgreement:
    """An agreement as it is made."""

    account_id: UUID
    usage_point_id: UUID
    tariff: str
    """Its code."""
    starts_on: date
    ends_on: date | None = None
    """Exclusive; None: until further notice."""
    connected_kw: Decimal | None = None
    meters: int = 1
    power_factor: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What there is already of all that new agreements name."""

    accounts: dict[UUID, customers.Account]
    points: dict[UUID, customers.UsagePoint]
    tariffs: dict[str, TariffFacts]

    @classmethod
    def of(cls, agreements: Sequence[NewAgreement]) -> "Known":
        return cls(
            customers.accounts_of_ids({new.account_id for new in agreements}),
            customers.usage_points_of_ids({new.usage_point_id for new in agreements}),
            tariffs_of_codes({new.tariff for new in agreements}),
        )


def check_new(new: NewAgreement, known: Known, *, row: int) -> None:
    """
    :raises AccountUnknown, UsagePointUnknown, TariffUnknown: if there is none such
    :raises AgreementMalformed: if its dates or facts cannot be
    :raises CurrencyDiffers: if tariff and account are in different currencies
    """
    if new.account_id not in known.accounts:
        raise customers.AccountUnknown(places=(Place(row=row, field="account_id"),))
    if new.usage_point_id not in known.points:
        raise customers.UsagePointUnknown(places=(Place(row=row, field="usage_point_id"),))
    if new.tariff not in known.tariffs:
        raise TariffUnknown(
            f"{new.tariff!r} is not the code of a tariff.",
            remedy="`lamplighter tariffs list` shows those that are.",
            places=(Place(row=row, field="tariff"),),
        )
    for field, wrong in _wrong_with(new):
        raise AgreementMalformed(wrong, places=(Place(row=row, field=field),))
    account = known.accounts[new.account_id]
    others = {version.currency for version in known.tariffs[new.tariff].versions}
    if others - {account.currency}:
        raise CurrencyDiffers(
            f"{new.tariff} is in {', '.join(sorted(others))}, account {account.number} in"
            f" {account.currency}.",
            remedy="Choose a tariff in the account's currency, or open another account.",
            places=(Place(row=row, field="tariff"),),
        )


def _wrong_with(new: NewAgreement) -> Iterator[tuple[str, str]]:
    if new.ends_on is not None and new.ends_on <= new.starts_on:
        yield "ends_on", f"It begins on {new.starts_on} and cannot end on {new.ends_on}."
    if new.connected_kw is not None and not _fits(new.connected_kw, Decimal(10**9)):
        yield "connected_kw", "A connected load is above 0 kW, with up to 3 decimals."
    if new.power_factor is not None and not _fits(new.power_factor, Decimal(1)):
        yield "power_factor", "A power factor is above 0 and at most 1, with up to 3 decimals."
    if not 1 <= new.meters <= 1000:
        yield "meters", "There are 1 to 1,000 meters."


def _fits(number: Decimal, most: Decimal) -> bool:
    return number.is_finite() and 0 < number <= most and number == round(number, 3)


def check_neighbours(agreements: Sequence[NewAgreement], *, after_vacancy: bool) -> None:
    """
    Hold each new agreement against those before and after it at its usage point.

    :raises DuplicateProperty: if the account pays for this usage point at that time already
    :raises AgreementsOverlap: if another account does
    :raises AgreementLeavesGap: if the account paid for it before, and there are days in between
    """
    there: dict[UUID, list[tuple[UUID, date, date | None]]] = {}
    points = {new.usage_point_id for new in agreements}
    rows = Agreement.objects.filter(usage_point__in=points).order_by("starts_on")
    columns = ("usage_point_id", "account_id", "starts_on", "ends_on")
    for point, account, starts_on, ends_on in rows.values_list(*columns):
        there.setdefault(point, []).append((account, starts_on, ends_on))
    for row, new in enumerate(agreements, start=1):
        others = there.setdefault(new.usage_point_id, [])
        for account, starts_on, ends_on in others:
            if _meet(new, starts_on, ends_on):
                same = account == new.account_id
                raise (DuplicateProperty if same else AgreementsOverlap)(
                    f"There is an agreement from {starts_on} until {ends_on or 'further notice'}.",
                    remedy="End that one first, or begin on the day it ends.",
                    places=(Place(row=row, field="starts_on"),),
                )
        if not after_vacancy:
            _check_gap(new, others, row=row)
        others.append((new.account_id, new.starts_on, new.ends_on))


def _meet(new: NewAgreement, starts_on: date, ends_on: date | None) -> bool:
    begins_in_time = ends_on is None or new.starts_on < ends_on
    return begins_in_time and (new.ends_on is None or starts_on < new.ends_on)


def _check_gap(
    new: NewAgreement, others: Sequence[tuple[UUID, date, date | None]], *, row: int
) -> None:
    before = [end for account, _, end in others if account == new.account_id and end is not None]
    last = max((end for end in before if end <= new.starts_on), default=new.starts_on)
    meanwhile = any(last <= start < new.starts_on for _, start, _ in others)
    if last < new.starts_on and not meanwhile:
        raise AgreementLeavesGap(
            f"From {last} to {new.starts_on} nobody would pay.",
            remedy=f"Begin on {last}, or say that the place stood empty.",
            places=(Place(row=row, field="starts_on"),),
        )
