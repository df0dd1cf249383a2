"""What people ask about themselves, and how long what is kept, over HTTP."""

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import Field, StrictBool, StrictInt

from lamplighter.identity import actions
from lamplighter.identity.domain.permissions import Action
from lamplighter.identity.queries import exports, personal_data
from lamplighter.identity.queries.directory import person_called
from lamplighter.kernel import Caller
from lamplighter.platform import retention
from lamplighter.platform.access import UnauthorizedAccess, caller, needs
from lamplighter.platform.answers import Key, tell
from lamplighter.platform.approvals import Proposal
from lamplighter.platform.entity_tags import check_if_match, tag_of
from lamplighter.platform.four_eyes import PROPOSED, goes_alone, proposes
from lamplighter.platform.schemas import In, Line, reads, refusals

router = Router(tags=["privacy"])


class ExportOut(Schema):
    """How far an export is."""

    id: UUID
    state: str
    done: int = Field(description="How many of its files are made.")
    total: int
    asked_at: datetime
    ready_at: datetime | None
    expires_at: datetime

    @classmethod
    def of(cls, told: exports.ExportState) -> "ExportOut":
        return cls(**{name: getattr(told, name) for name in cls.model_fields})


class ConsentIn(In):
    """What somebody agrees to, or no longer does."""

    kind: Line = Field(min_length=1, max_length=32, examples=["newsletter"])
    version: Line = Field(min_length=1, max_length=32, examples=["2026-01"])
    given: StrictBool


class ConsentOut(Schema):
    """What somebody agreed to, or no longer does."""

    id: UUID
    kind: str
    version: str
    given: bool
    at: datetime
    how: str


class HoldIn(In):
    """Why somebody must not be erased."""

    reason: Line = Field(min_length=1, max_length=500)


class HoldOut(Schema):
    """Why somebody must not be erased."""

    id: UUID
    reason: str
    by: str
    since: datetime


class RetentionIn(In):
    """How long something is kept."""

    days: StrictInt = Field(ge=1, le=36500)


class RetentionOut(Schema):
    """How long something is kept, and may be."""

    kind: str
    what: str
    days: int
    default_days: int
    min_days: int
    max_days: int
    why: str
    changed_at: datetime | None

    @classmethod
    def of(cls, policy: retention.Policy) -> "RetentionOut":
        kind = policy.kind
        return cls(
            kind=kind.kind,
            what=kind.what,
            days=policy.days,
            default_days=kind.days,
            min_days=kind.least,
            max_days=kind.most,
            why=kind.why,
            changed_at=policy.changed_at,
        )


def _me(request: HttpRequest) -> tuple[UUID, Caller]:
    """:raises UnauthorizedAccess: if it is a system that asks, and nobody"""
    known = caller(request)
    if known.user_id is None:
        raise UnauthorizedAccess("This is about a person, and you are none.")
    return known.user_id, known


@router.post(
    "/exports",
    auth=needs(Action.EXPORT_ME, fresh=True),
    response={202: ExportOut, **refusals(409)},
    operation_id="begin_export",
)
def begin_export(request: HttpRequest) -> Status[ExportOut]:
    """Have everything that is kept about you put together."""
    user_id, known = _me(request)
    export_id = actions.begin_export(user_id=user_id, by=known.actor, at=timezone.now())
    return Status(202, ExportOut.of(exports.export(export_id, user_id=user_id)))


@router.get(
    "/exports",
    auth=needs(Action.EXPORT_ME),
    response={200: list[ExportOut], **refusals()},
    operation_id="list_exports",
)
def list_exports(request: HttpRequest) -> list[ExportOut]:
    """What you have asked for, the newest first."""
    return [ExportOut.of(one) for one in exports.exports_of(_me(request)[0])]


@router.get(
    "/exports/{export_id}",
    auth=needs(Action.EXPORT_ME),
    response={200: ExportOut, **refusals(404, 422)},
    operation_id="read_export",
)
def read_export(request: HttpRequest, export_id: UUID) -> ExportOut:
    """How far it is."""
    return ExportOut.of(exports.export(export_id, user_id=_me(request)[0]))


@router.get(
    "/exports/{export_id}/file",
    auth=needs(Action.EXPORT_ME, fresh=True),
    response={200: bytes, **refusals(404, 409, 422)},
    operation_id="fetch_export",
    openapi_extra={"responses": {200: {"content": {"application/zip": {}}}}},
)
def fetch_export(request: HttpRequest, export_id: UUID) -> HttpResponse:
    """Everything, as a ZIP file."""
    content = exports.archive(export_id, user_id=_me(request)[0])
    response = HttpResponse(content, content_type="application/zip")
    response["Content-Disposition"] = 'attachment; filename="lamplighter-export.zip"'
    response["Cache-Control"] = "no-store"
    return response


@router.post(
    "/erasures",
    auth=needs(Action.ERASE_ME, fresh=True),
    response={204: None, **refusals(404, 409)},
    operation_id="erase_me",
)
def erase_me(request: HttpRequest) -> Status[None]:
    """Have yourself erased, for good. Bills stay, without your name."""
    user_id, known = _me(request)
    actions.erase_person(person=user_id, by=known.actor, at=timezone.now())
    return Status(204, None)


@router.post(
    "/users/{user_id}/erasure",
    auth=needs(Action.ERASE_PEOPLE, fresh=True),
    response=PROPOSED,
    operation_id="erase_person",
)
@proposes("identity.erase_person")
def erase_person(
    request: HttpRequest,  # noqa: ARG001 - Ninja's shape
    user_id: UUID,
    idempotency_key: Key = None,  # noqa: ARG001
) -> Proposal:
    """Propose to erase somebody, for good; it is done once somebody else has approved."""
    return actions.erasure_of(user_id)


@router.get(
    "/users/{user_id}/legal-holds",
    auth=needs(Action.ERASE_PEOPLE),
    response={200: list[HoldOut], **refusals(404, 422)},
    operation_id="list_legal_holds",
)
def list_legal_holds(request: HttpRequest, user_id: UUID) -> list[HoldOut]:  # noqa: ARG001
    """Why somebody must not be erased."""
    person_called(user_id)
    return [HoldOut(**one) for one in personal_data.holds_of(user_id)]


@router.post(
    "/users/{user_id}/legal-holds",
    auth=needs(Action.ERASE_PEOPLE),
    response={201: HoldOut, **refusals(404, 422)},
    operation_id="hold_person",
)
@goes_alone("it takes nothing from anybody")
def hold_person(request: HttpRequest, user_id: UUID, body: HoldIn) -> Status[HoldOut]:
    """Keep somebody from being erased."""
    hold_id = actions.hold_person(
        person=user_id, reason=body.reason, by=caller(request).actor, at=timezone.now()
    )
    hold = next(one for one in personal_data.holds_of(user_id) if one["id"] == hold_id)
    return Status(201, HoldOut(**hold))


@router.delete(
    "/legal-holds/{hold_id}",
    auth=needs(Action.ERASE_PEOPLE, fresh=True),
    response={204: None, **refusals(404, 422)},
    operation_id="lift_legal_hold",
)
@goes_alone("the erasure that it allows takes two people by itself")
def lift_legal_hold(request: HttpRequest, hold_id: UUID) -> Status[None]:
    """Let somebody be erased again."""
    actions.lift_hold(hold_id=hold_id, by=caller(request).actor, at=timezone.now())
    return Status(204, None)


@router.get(
    "/consents",
    auth=needs(Action.READ_ME),
    response={200: list[ConsentOut], **refusals()},
    operation_id="list_consents",
)
def list_consents(request: HttpRequest) -> list[ConsentOut]:
    """What you agreed to, the newest first."""
    return [ConsentOut(**one) for one in personal_data.consents_of(_me(request)[0])]


@router.post(
    "/consents",
    auth=needs(Action.CHANGE_ME),
    response={201: ConsentOut, **refusals(422)},
    operation_id="record_consent",
)
def record_consent(request: HttpRequest, body: ConsentIn) -> Status[ConsentOut]:
    """Agree to something, or no longer."""
    user_id, known = _me(request)
    consent_id = actions.record_consent(
        user_id=user_id,
        kind=body.kind,
        version=body.version,
        given=body.given,
        how="api",
        by=known.actor,
        at=timezone.now(),
    )
    told = next(one for one in personal_data.consents_of(user_id) if one["id"] == consent_id)
    return Status(201, ConsentOut(**told))


@router.get(
    "/retention-policies",
    auth=needs(Action.READ_RETENTION),
    response=reads(list[RetentionOut]),
    operation_id="list_retention_policies",
)
def list_retention_policies(request: HttpRequest) -> HttpResponse:
    """How long what is kept."""
    told = [RetentionOut.of(one) for one in retention.policies()]
    return tell(request, told)


@router.get(
    "/retention-policies/{kind}",
    auth=needs(Action.READ_RETENTION),
    response={200: RetentionOut, **refusals(404)},
    operation_id="read_retention_policy",
)
def read_retention_policy(
    request: HttpRequest,  # noqa: ARG001
    response: HttpResponse,
    kind: str,
) -> RetentionOut:
    """How long one kind of thing is kept."""
    policy = retention.policy_of(kind)
    response["ETag"] = _tag(policy)
    return RetentionOut.of(policy)


@router.put(
    "/retention-policies/{kind}",
    auth=needs(Action.CHANGE_RETENTION),
    response={200: RetentionOut, **refusals(404, 412, 422, 428)},
    operation_id="change_retention_policy",
)
def change_retention_policy(
    request: HttpRequest, response: HttpResponse, kind: str, body: RetentionIn
) -> RetentionOut:
    """Keep something for longer, or not for so long."""
    check_if_match(request, _tag(retention.policy_of(kind)))
    retention.change_policy(kind=kind, days=body.days, by=caller(request).actor, at=timezone.now())
    policy = retention.policy_of(kind)
    response["ETag"] = _tag(policy)
    return RetentionOut.of(policy)


def _tag(policy: retention.Policy) -> str:
    return tag_of(policy.kind.kind, policy.days, policy.changed_at)
