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
from lamplighter.platform.approvals import Proposal
from lamplighter.platform.canonical_json import JSON
from lamplighter.platform.four_eyes import PROPOSED, proposes
from lamplighter.platform.rest import check_is_json
from lamplighter.platform.schemas import In, Reason, makes, reads
from lamplighter.platform.web import actor
from lamplighter.tariffs import actions
from lamplighter.tariffs.actions.approved import proposal
from lamplighter.tariffs.api.schemas import (
    DocumentOut,
    TariffExplanationOut,
    VersionMadeOut,
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
    check_is_json(request)
    at = timezone.now()

    def act() -> dict[str, JSON]:
        schedule = schedule_in(request.body, source="body")
        (result,) = actions.import_tariffs(tariffs=[schedule], by=actor(request), at=at)
        return result_out(result) | {"version": str(result.version_id)}

    return Status(201, write_once(request, idempotency_key, act, at=at))


@router.get(
    "/{version_id}",
    auth=needs(Action.READ_TARIFFS),
    response=reads(DocumentOut, 404),
    operation_id="read_tariff_version",
)
def read_tariff_version(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """A version with its rates."""
    version = known_version(version_id)
    return tell(request, asdict(version) | {"document": document_of(version_id)})


@router.get(
    "/{version_id}/explanation",
    auth=needs(Action.READ_TARIFFS),
    response=reads(TariffExplanationOut, 404),
    operation_id="explain_tariff_version",
)
def explain_tariff_version(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """What a version charges, in words."""
    schedule = schedule_of(known_version(version_id))
    return tell(request, {"paragraphs": [asdict(one) for one in in_words(schedule)]})


@router.post(
    "/{version_id}/publication",
    auth=needs(Action.PUBLISH_TARIFFS),
    response=PROPOSED,
    operation_id="publish_tariff_version",
)
@proposes("tariffs.publish_version")
def publish_tariff_version(
    request: HttpRequest,  # noqa: ARG001 - Ninja's shape
    version_id: UUID,
    idempotency_key: Key = None,  # noqa: ARG001
) -> Proposal:
    """Propose to let a draft bill; it is done once somebody else has approved."""
    known_version(version_id)
    return proposal(version_id)


@router.post(
    "/{version_id}/withdrawal",
    auth=needs(Action.PUBLISH_TARIFFS),
    response=PROPOSED,
    operation_id="withdraw_tariff_version",
)
@proposes("tariffs.withdraw_version")
def withdraw_tariff_version(
    request: HttpRequest,  # noqa: ARG001 - Ninja's shape
    version_id: UUID,
    withdrawal: WithdrawalIn,
    idempotency_key: Key = None,  # noqa: ARG001
) -> Proposal:
    """Propose to take a version back that has billed nothing."""
    known_version(version_id)
    return proposal(version_id, reason=withdrawal.reason)
