"""A user describes the homes that they have, each with the tariff that they are on."""

from datetime import datetime
from uuid import UUID

from lamplighter.customers import actions as customers
from lamplighter.kernel import Place
from lamplighter.tariffs.queries.versions import TariffUnknown, tariffs_of_codes


def add_user_property(
    described: customers.DescribedProperty, *, user_id: UUID, by: str, at: datetime
) -> UUID:
    """
    Add a home to those of a user.

    :raises TariffUnknown: if there is no such tariff
    :raises Refusal: as customers' action of this name
    """
    _check_tariff(described.tariff)
    return customers.add_user_property(described, user_id=user_id, by=by, at=at)


def change_user_property(
    *,
    property_id: UUID,
    described: customers.DescribedProperty,
    revision: int,
    by: str,
    at: datetime,
) -> None:
    """
    Describe a home anew.

    :raises TariffUnknown: if there is no such tariff
    :raises Refusal: as customers' action of this name
    """
    _check_tariff(described.tariff)
    customers.change_user_property(
        property_id=property_id, described=described, revision=revision, by=by, at=at
    )


def _check_tariff(code: str) -> None:
    if code not in tariffs_of_codes([code]):
        raise TariffUnknown(
            f"{code!r} is not the code of a tariff.", places=(Place(field="tariff"),)
        )
