"""How the site speaks to somebody, over HTTP: their language, and by which clocks."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import Field

from lamplighter.identity.actions import profiles
from lamplighter.identity.domain.names import TextMalformed
from lamplighter.identity.domain.permissions import Action
from lamplighter.identity.queries.profiles import Profile, profile_of
from lamplighter.platform.access import caller, needs
from lamplighter.platform.entity_tags import check_if_match, has_newest, tag_of
from lamplighter.platform.rest import InvalidInput
from lamplighter.platform.schemas import In, refusals
from lamplighter.platform.web import actor

router = Router(tags=["me"])


class SettingsIn(In):
    """How somebody wants to be spoken to."""

    language: str = Field(max_length=35, examples=["de-AT"])
    time_zone: str = Field(max_length=64, examples=["Europe/Vienna"])


class SettingsOut(Schema):
    """How somebody is spoken to. The same stands in their profile."""

    language: str
    time_zone: str


@router.get(
    "/account-settings",
    auth=needs(Action.READ_ME),
    response={200: SettingsOut, 304: None, **refusals(404)},
    operation_id="read_account_settings",
)
def read_account_settings(
    request: HttpRequest, response: HttpResponse
) -> SettingsOut | Status[None]:
    """In which language and by which clocks you are spoken to, with the `ETag` to change it."""
    profile = profile_of(caller(request).user_id)
    response["ETag"] = _tag(profile)
    return Status(304, None) if has_newest(request, _tag(profile)) else _told(profile)


@router.put(
    "/account-settings",
    auth=needs(Action.CHANGE_ME),
    response={200: SettingsOut, **refusals(404, 412, 422, 428)},
    operation_id="change_account_settings",
)
def change_account_settings(
    request: HttpRequest, response: HttpResponse, sent: SettingsIn
) -> SettingsOut:
    """Be spoken to in another language, or by other clocks; the rest of your profile stays."""
    profile = profile_of(caller(request).user_id)
    check_if_match(request, _tag(profile))
    try:
        profiles.change_settings(
            user_id=profile.id,
            revision=profile.revision,
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


def _tag(profile: Profile) -> str:
    return tag_of("settings", profile.id, profile.revision)


def _told(profile: Profile) -> SettingsOut:
    return SettingsOut(language=profile.language, time_zone=profile.time_zone)
