"""Somebody changes what is known about them."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from lamplighter.identity.domain.names import (
    LINES_MAX,
    TextMalformed,
    checked_language,
    clean_line,
)
from lamplighter.identity.models import User
from lamplighter.identity.queries.profiles import ProfileNotFound
from lamplighter.kernel import Place, time_zone_named
from lamplighter.platform import audit
from lamplighter.platform.entity_tags import ChangedMeanwhile


@transaction.atomic
def change_profile(
    *,
    user_id: UUID,
    revision: int,
    name: str,
    postal_address: tuple[str, ...],
    language: str,
    time_zone: str,
    by: str,
    at: datetime,
) -> None:
    """
    Change what somebody says about themselves. The audit trail tells that, not what.

    :param revision: of the profile that they have seen
    :raises ProfileNotFound: if they are gone
    :raises ChangedMeanwhile: if somebody else has changed it since
    :raises TextMalformed: naming the field
    """
    user = _as_seen(user_id, revision)
    lines = check_profile(
        name=name, postal_address=postal_address, language=language, time_zone=time_zone
    )
    texts = user.sealed(name=clean_line(name, field="name"), postal_address="\n".join(lines))
    user.name, user.postal_address = texts["name"], texts["postal_address"] if lines else None
    user.language, user.time_zone = language, time_zone
    user.revision = revision + 1
    user.save(update_fields=["name", "postal_address", "language", "time_zone", "revision"])
    audit.record(
        actor=by,
        action="identity.change_profile",
        subject=f"user:{user_id}",
        detail={"revision": user.revision},
        at=at,
    )


@transaction.atomic
def change_settings(
    *, user_id: UUID, revision: int, language: str, time_zone: str, by: str, at: datetime
) -> None:
    """
    Speak to somebody in this language, and by the clocks of this time zone.

    :param revision: of the profile that they have seen
    :raises ProfileNotFound: if they are gone
    :raises ChangedMeanwhile: if somebody else has changed it since
    :raises TextMalformed: naming the field
    """
    user = _as_seen(user_id, revision)
    _check_settings(language=language, time_zone=time_zone)
    user.language, user.time_zone, user.revision = language, time_zone, revision + 1
    user.save(update_fields=["language", "time_zone", "revision"])
    audit.record(
        actor=by,
        action="identity.change_settings",
        subject=f"user:{user_id}",
        detail={"language": language, "time_zone": time_zone},
        at=at,
    )


def _as_seen(user_id: UUID, revision: int) -> User:
    """The user, locked, if they are still as somebody has seen them."""
    user = User.objects.select_for_update(no_key=True).filter(id=user_id, erased_at=None).first()
    if user is None:
        raise ProfileNotFound
    if user.revision != revision:
        raise ChangedMeanwhile(remedy="Read it again, and look whether your change still fits.")
    return user


def check_profile(
    *, name: str, postal_address: tuple[str, ...], language: str, time_zone: str
) -> list[str]:
    """
    Look at what somebody says about themselves.

    :return: the lines of the address
    :raises TextMalformed: naming the field
    """
    clean_line(name, field="name")
    _check_settings(language=language, time_zone=time_zone)
    if len(postal_address) > LINES_MAX:
        place = Place(field="postal_address")
        raise TextMalformed(f"An address has {LINES_MAX} lines at most.", places=(place,))
    return [clean_line(line, field=f"postal_address[{n}]") for n, line in enumerate(postal_address)]


def _check_settings(*, language: str, time_zone: str) -> None:
    checked_language(language)
    if time_zone_named(time_zone) is None:
        raise TextMalformed(
            "It is no name of the IANA time zone database.", places=(Place(field="time_zone"),)
        )
