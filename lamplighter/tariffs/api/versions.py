"""Versions of tariffs over HTTP: drafted, published, withdrawn."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router, Status

from lamplighter.identity.domain.permissions import Action
from lamplighter.platform.access import needs
from lamplighter.platform.answers import Key, tell, write_once
from lamplighter.platform.canonical_json import JSON
from lamplighter.platform.schemas import In, Reason, makes, reads
from lamplighter.platform.web import actor
from lamplighter.tariffs import actions
from lamplighter.tariffs.api.schemas import (
    DocumentOut,
    ExplanationOut,
    VersionMadeOut,
    VersionOut,
)
from lamplighter.tariffs.api.tariffs import result_out
from lamplighter.tariffs.domain.words import in_words
from lamplighter.tariffs.queries.files import schedule_in
from lamplighter.tariffs.queries.versions import document_of, known_version, schedule_of

router = Router(tags=["tariffs"])

_NATIVE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"type": "object"}}},
    }
}


class WithdrawalIn(In):
    """Why a version is taken back."""

    reason: Reason


@router.post(
    "",
    auth=needs(Action.DRAFT_TARIFFS),
    response=makes(VersionMadeOut),
    operation_id="draft_tariff_version",
    openapi_extra=_NATIVE,
)
def draft_tariff_version(
    request: HttpRequest, idempotency_key: Key = None
) -> Status[dict[str, Any]]:
    """
    Write a version of a tariff: a native tariff document, or a record of the rate database. It is a
    draft until it is published.
    """
    at = timezone.now()

    def act() -> dict[str, JSON]:
        schedule = schedule_in(request.body, source="body")
        (result,) = actions.import_tariffs(tariffs=[schedule], by=actor(request), at=at)
        return result_out(result) | {"version": str(result.version_id)}

    return Status(201, write_once(request, idempotency_key, act, at=at))


@router.get(
    "/{uuid:version_id}",
    auth=needs(Action.READ_TARIFFS),
    response=reads(DocumentOut, 404),
    operation_id="read_tariff_version",
)
def read_tariff_version(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """A version with its rates."""
    version = known_version(version_id)
    return tell(request, asdict(version) | {"document": document_of(version_id)})


@router.get(
    "/{uuid:version_id}/explanation",
    auth=needs(Action.READ_TARIFFS),
    response=reads(ExplanationOut, 404),
    operation_id="explain_tariff_version",
)
def explain_tariff_version(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """What a version charges, in words."""
    schedule = schedule_of(known_version(version_id))
    return tell(request, {"paragraphs": [asdict(one) for one in in_words(schedule)]})


@router.post(
    "/{uuid:version_id}/publication",
    auth=needs(Action.PUBLISH_TARIFFS),
    response=makes(VersionOut),
    operation_id="publish_tariff_version",
)
def publish_tariff_version(
    request: HttpRequest, version_id: UUID, idempotency_key: Key = None
) -> Status[dict[str, Any]]:
    """Let a draft bill."""
    at = timezone.now()

    def act() -> dict[str, JSON]:
        actions.publish_version(version_id=version_id, by=actor(request), at=at)
        return _told(version_id)

    return Status(201, write_once(request, idempotency_key, act, at=at))


@router.post(
    "/{uuid:version_id}/withdrawal",
    auth=needs(Action.PUBLISH_TARIFFS),
    response=makes(VersionOut),
    operation_id="withdraw_tariff_version",
)
def withdraw_tariff_version(
    request: HttpRequest, version_id: UUID, withdrawal: WithdrawalIn, idempotency_key: Key = None
) -> Status[dict[str, Any]]:
    """Take a version back that has billed nothing."""
    at = timezone.now()

    def act() -> dict[str, JSON]:
        actions.withdraw_version(
            version_id=version_id, reason=withdrawal.reason, by=actor(request), at=at
        )
        return _told(version_id)

    return Status(201, write_once(request, idempotency_key, act, at=at))


def _told(version_id: UUID) -> dict[str, JSON]:
    told: dict[str, JSON] = VersionOut(**asdict(known_version(version_id))).model_dump(mode="json")
    return told
