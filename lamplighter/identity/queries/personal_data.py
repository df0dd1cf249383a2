"""What identity keeps about somebody."""

from typing import Any, Final
from uuid import UUID

from lamplighter.identity.models import Consent, LegalHold, Membership, Session, User
from lamplighter.identity.models.users import TABLE
from lamplighter.platform import personal
from lamplighter.platform.models import AuditLine

_PROFILE: Final = ("email", "name", "phone", "postal_address")
_SESSION: Final = ("device", "network_address")


def profile_told(user_id: UUID) -> dict[str, Any]:
    """The profile, whole."""
    user, keys = User.objects.get(id=user_id), personal.keyring({user_id})
    sealed = {name: getattr(user, name) for name in _PROFILE}
    return {
        "id": user.id,
        "language": user.language,
        "time_zone": user.time_zone,
        "joined_at": user.joined_at,
        "email_verified_at": user.email_verified_at,
        "phone_verified_at": user.phone_verified_at,
        **{
            name: text and keys.open(text, column=f"{TABLE}.{name}", row=user_id)
            for name, text in sealed.items()
        },
        "roles": list(
            Membership.objects.filter(user_id=user_id).values(
                "organisation__name", "role", "since", "until"
            )
        ),
    }


def sessions_told(user_id: UUID) -> list[dict[str, Any]]:
    """Where they were logged in."""
    keys = personal.keyring({user_id})
    rows = Session.objects.filter(user_id=user_id).order_by("began_at")
    return [
        {
            "id": row.id,
            "kind": row.kind,
            "began_at": row.began_at,
            "seen_at": row.seen_at,
            "ended_at": row.ended_at,
            **{
                name: keys.open(getattr(row, name), column=f"identity_session.{name}", row=row.id)
                for name in _SESSION
            },
        }
        for row in rows
    ]


def consents_of(user_id: UUID) -> list[dict[str, Any]]:
    """What they agreed to, and what no longer, the newest first."""
    columns = ("id", "kind", "version", "given", "at", "how")
    return list(Consent.objects.filter(user_id=user_id).order_by("-at", "-id").values(*columns))


def audit_told(user_id: UUID) -> list[dict[str, Any]]:
    """What the audit trail says of them: what they did, and what was done to them."""
    name = f"user:{user_id}"
    columns = ("id", "at", "actor", "action", "subject", "detail")
    did, was = AuditLine.objects.filter(actor=name), AuditLine.objects.filter(subject=name)
    return list((did | was).order_by("at", "id").values(*columns))


def holds_of(user_id: UUID) -> list[dict[str, Any]]:
    """The legal holds on somebody that were not lifted."""
    keys = personal.keyring({user_id})
    return [
        {
            "id": row.id,
            "reason": keys.open(row.reason, column="identity_legalhold.reason", row=row.id),
            "by": row.by,
            "since": row.since,
        }
        for row in LegalHold.objects.filter(user_id=user_id, lifted_at=None).order_by("since")
    ]
