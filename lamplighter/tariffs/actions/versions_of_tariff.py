"""One tariff's versions, held so that nobody else changes them meanwhile."""

from uuid import UUID

from lamplighter.kernel import Refusal
from lamplighter.tariffs.models import Tariff, TariffVersion
from lamplighter.tariffs.queries.versions import VersionUnknown


class VersionNotInState(Refusal):
    """This version of a tariff is past what was asked."""

    status = 409


def held_version(version_id: UUID) -> TariffVersion:
    """
    A version, with its tariff locked until the transaction is over.

    :raises VersionUnknown: if there is none
    """
    tariff = Tariff.objects.filter(versions__id=version_id).select_for_update().first()
    version = TariffVersion.objects.select_related("tariff").filter(id=version_id).first()
    if tariff is None or version is None:
        raise VersionUnknown(f"{version_id} is not the id of a version.")
    return version
