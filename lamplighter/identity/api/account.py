"""What people do about their own password, sessions, profile and addresses, over HTTP."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router, Status

from lamplighter.identity.actions import contacts, passwords, profiles, sessions
from lamplighter.identity.actions.challenges import Purpose
from lamplighter.identity.actions.contacts import EMAIL_ENDS, PHONE_ENDS, ChangeBegun
from lamplighter.identity.api.log_in import person_in
from lamplighter.identity.api.schemas import (
    ChallengeOut,
    ChangeOut,
    CodeIn,
    ConfirmedOut,
    EmailIn,
    PasswordIn,
    PhoneIn,
    ProfileIn,
    ProfileOut,
    ResetIn,
    SessionOut,
)
from lamplighter.identity.domain.names import TextMalformed
from lamplighter.identity.domain.permissions import Action
from lamplighter.identity.queries.profiles import Profile, profile_of, sessions_of
from lamplighter.platform.access import Open, caller, needs
from lamplighter.platform.entity_tags import check_if_match, has_newest, tag_of
from lamplighter.platform.network_addresses import network_address
from lamplighter.platform.rest import InvalidInput
from lamplighter.platform.schemas import refusals
from lamplighter.platform.web import actor

router = Router(tags=["me"])
SECURE = needs(Action.SECURE_ME, fresh=True)


@router.post(
    "/password/forgot",
    auth=Open(),
    response={200: ChallengeOut, **refusals(422)},
    operation_id="forget_password",
)
def forget(request: HttpRequest, who: EmailIn) -> ChallengeOut:
    """Have a code sent by which you may choose a new password, if the address has a log-in."""
    handle = passwords.forget_password(
        email=who.email, address=network_address(request), at=timezone.now()
    )
    return ChallengeOut(challenge=handle)


@router.post(
    "/password/reset",
    auth=Open(),
    response={204: None, **refusals(410, 422)},
    operation_id="reset_password",
)
def reset(request: HttpRequest, sent: ResetIn) -> Status[None]:  # noqa: ARG001 - Ninja's shape
    """Choose a new password by the code. All sessions end."""
    passwords.reset_password(
        handle=sent.challenge, code=sent.code, password=sent.password, at=timezone.now()
    )
    return Status(204, None)


@router.put(
    "/password",
    auth=SECURE,
    response={204: None, **refusals(422)},
    operation_id="change_password",
)
def change_password(request: HttpRequest, sent: PasswordIn) -> Status[None]:
    """Take another password. All other sessions end."""
    user_id, session_id = person_in(request)
    passwords.change_password(
        user_id=user_id,
        session_id=session_id,
        current=sent.current_password,
        new=sent.new_password,
        by=actor(request),
        at=timezone.now(),
    )
    return Status(204, None)


@router.get(
    "/sessions",
    auth=needs(Action.READ_ME),
    response={200: list[SessionOut], **refusals()},
    operation_id="list_sessions",
)
def list_sessions(request: HttpRequest) -> list[SessionOut]:
    """Where you are logged in, the latest first."""
    user_id, this = person_in(request)
    return [
        SessionOut.model_validate(
            {
                **{name: getattr(one, name) for name in one.__slots__},
                "factor": one.factor or None,
                "is_this": one.id == this,
            }
        )
        for one in sessions_of(user_id, at=timezone.now())
    ]


@router.delete(
    "/sessions/{session_id}",
    auth=needs(Action.SECURE_ME),
    response={204: None, **refusals(404, 422)},
    operation_id="end_session",
)
def end_session(request: HttpRequest, session_id: UUID) -> Status[None]:
    """Log out somewhere."""
    user_id, _ = person_in(request)
    sessions.end_own_session(
        session_id=session_id, user_id=user_id, by=actor(request), at=timezone.now()
    )
    return Status(204, None)


@router.delete(
    "/sessions",
    auth=needs(Action.SECURE_ME),
    response={204: None, **refusals()},
    operation_id="end_other_sessions",
)
def end_other_sessions(request: HttpRequest) -> Status[None]:
    """Log out everywhere but here."""
    user_id, this = person_in(request)
    sessions.end_sessions(
        user_id=user_id, but=this, reason="ended_by_user", by=actor(request), at=timezone.now()
    )
    return Status(204, None)


@router.get(
    "/user-profiles",
    auth=needs(Action.READ_ME),
    response={200: ProfileOut, 304: None, **refusals(404)},
    operation_id="read_profile",
)
def read_profile(request: HttpRequest, response: HttpResponse) -> ProfileOut | Status[None]:
    """Who you are. Its `ETag` is needed to change it."""
    profile = profile_of(caller(request).user_id)
    response["ETag"] = _tag(profile)
    return Status(304, None) if has_newest(request, _tag(profile)) else _told(profile)


@router.put(
    "/user-profiles",
    auth=needs(Action.CHANGE_ME),
    response={200: ProfileOut, **refusals(404, 412, 422, 428)},
    operation_id="change_profile",
)
def change_profile(request: HttpRequest, response: HttpResponse, sent: ProfileIn) -> ProfileOut:
    """Change what you say about yourself. `If-Match` says which version you have seen."""
    profile = profile_of(caller(request).user_id)
    check_if_match(request, _tag(profile))
    try:
        profiles.change_profile(
            user_id=profile.id,
            revision=profile.revision,
            name=sent.name,
            postal_address=tuple(sent.postal_address),
            language=sent.language,
            time_zone=sent.time_zone,
            by=actor(request),
            at=timezone.now(),
        )
    except TextMalformed as no:
        raise InvalidInput(no.detail, places=no.places) from None
    changed = profile_of(profile.id)
    response["ETag"] = _tag(changed)
    return _told(changed)


@router.post(
    "/email-changes",
    auth=SECURE,
    response={201: ChangeOut, **refusals(422)},
    operation_id="begin_email_change",
)
def begin_email_change(request: HttpRequest, sent: EmailIn) -> Status[ChangeOut]:
    """Move your log-in to another e-mail address: codes go to the old one and to the new one."""
    user_id, _ = person_in(request)
    begun = contacts.begin_email_change(user_id=user_id, email=sent.email, at=timezone.now())
    return Status(201, _begun(begun))


@router.post(
    "/email-changes/confirm",
    auth=needs(Action.SECURE_ME),
    response={200: ConfirmedOut, **refusals(409, 410, 422)},
    operation_id="confirm_email_change",
)
def confirm_email_change(request: HttpRequest, sent: CodeIn) -> ConfirmedOut:
    """Send the code of one end, then of the other."""
    return _confirmed(request, sent, EMAIL_ENDS)


@router.post(
    "/phone-changes",
    auth=SECURE,
    response={201: ChangeOut, **refusals(422)},
    operation_id="begin_phone_change",
)
def begin_phone_change(request: HttpRequest, sent: PhoneIn) -> Status[ChangeOut]:
    """Get another telephone number: codes go to the old one, if any, and to the new one."""
    user_id, _ = person_in(request)
    begun = contacts.begin_phone_change(user_id=user_id, phone=sent.phone, at=timezone.now())
    return Status(201, _begun(begun))


@router.post(
    "/phone-changes/confirm",
    auth=needs(Action.SECURE_ME),
    response={200: ConfirmedOut, **refusals(410, 422)},
    operation_id="confirm_phone_change",
)
def confirm_phone_change(request: HttpRequest, sent: CodeIn) -> ConfirmedOut:
    """Send the code of one end, then of the other."""
    return _confirmed(request, sent, PHONE_ENDS)


def _confirmed(request: HttpRequest, sent: CodeIn, ends: tuple[Purpose, Purpose]) -> ConfirmedOut:
    user_id, _ = person_in(request)
    is_changed = contacts.confirm_change(
        user_id=user_id,
        handle=sent.challenge,
        code=sent.code,
        ends=ends,
        by=actor(request),
        at=timezone.now(),
    )
    return ConfirmedOut(is_changed=is_changed)


def _begun(begun: ChangeBegun) -> ChangeOut:
    return ChangeOut(old_challenge=begun.old, new_challenge=begun.new)


def _tag(profile: Profile) -> str:
    return tag_of("profile", profile.id, profile.revision)


def _told(profile: Profile) -> ProfileOut:
    told = {name: getattr(profile, name) for name in ProfileOut.model_fields}
    return ProfileOut.model_validate(told | {"postal_address": list(profile.postal_address)})
