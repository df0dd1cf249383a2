"""What clients of OAuth and keys may be let do."""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final

from lamplighter.identity.domain.permissions import (
    ACTIONS,
    FOUR_EYES,
    ROLES_OF,
    SCOPES,
    TABLE,
    Action,
    OrganisationKind,
    Role,
)
from lamplighter.kernel import Place, Refusal

IDENTITY_SCOPES: Final[Mapping[str, str]] = {
    "openid": "Know that it is you",
    "profile": "See your name",
    "email": "See your e-mail address",
}
"""Those of OpenID Connect, in words."""
ALL_SCOPES: Final = (*IDENTITY_SCOPES, *(action.value for action in SCOPES))
KEY_ACTIONS: Final = (Action.RECORD_READINGS, Action.IMPORT_READINGS)
"""What a head-end's key may be for. A meter's is for the first."""

_REDIRECT: Final = re.compile(
    r"(https://[A-Za-z0-9.-]+|http://(127\.0\.0\.1|\[::1\])|[a-z][a-z0-9-]*(\.[a-z0-9-]+)+:)"
    r"(:[0-9]{1,5})?(/[A-Za-z0-9._~/@!$&'()+,=%-]*)?(\?[A-Za-z0-9._~/@!$&'()+,=%-]*)?"
)
_REDIRECT_LONGEST: Final = 300
_METER: Final = re.compile(r"meter:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class ClientKind(StrEnum):
    """Who a client asks for."""

    SYSTEM = "system"
    """For itself: client credentials."""
    APP = "app"
    """For somebody who has consented: authorisation code."""


class ScopeNotAllowed(Refusal):
    """A client cannot be let do this."""


class RedirectUnfit(Refusal):
    """Nobody can be led back to this address."""


class SubjectMalformed(Refusal):
    """A key is for a meter, named as meter:0199…, or for a head-end, and then names nothing."""


def scopes_open_to(kind: ClientKind, organisation: OrganisationKind) -> frozenset[str]:
    """
    What a client of such an organisation may ask for.

    A system may do what the organisation's roles allow together, as far as it can be passed on and
    takes one person only. An app acts for people, and may do what they may as customers, too.
    """
    roles = ROLES_OF[organisation]
    if kind is ClientKind.APP:
        roles |= {Role.CONSUMER}
    actions = {action for role in roles for action in TABLE[role] if action in SCOPES}
    if kind is ClientKind.APP:
        return frozenset(actions) | frozenset(IDENTITY_SCOPES)
    return frozenset(actions - FOUR_EYES)


def check_scopes(
    scopes: Iterable[str], *, kind: ClientKind, organisation: OrganisationKind
) -> None:
    """:raises ScopeNotAllowed: if a client of this organisation cannot be let do one of these"""
    wrong = sorted(set(scopes) - scopes_open_to(kind, organisation))
    if wrong:
        raise ScopeNotAllowed(
            f"{', '.join(wrong)}: not for a client of this kind, of this organisation.",
            places=(Place(field="scopes"),),
        )


def check_redirects(redirects: Iterable[str], *, kind: ClientKind) -> None:
    """
    :raises RedirectUnfit: if one is neither https, nor of this machine, nor an app's own; or if a
        system has any, or an app none
    """
    given = list(redirects)
    place = (Place(field="redirect_uris"),)
    if bool(given) is not (kind is ClientKind.APP):
        raise RedirectUnfit("An app has an address to be led back to; a system none.", places=place)
    for one in given:
        if len(one) > _REDIRECT_LONGEST or not _REDIRECT.fullmatch(one):
            raise RedirectUnfit(
                "It is https://…, http://127.0.0.1…, or an app's own such as org.example.app:/back,"
                " without a fragment and without wildcards.",
                places=place,
            )


def check_key(subject: str, actions: Iterable[str]) -> None:
    """
    :raises SubjectMalformed: if it names no meter
    :raises ScopeNotAllowed: if it would be for more than readings, or a meter's for files
    """
    if subject and not _METER.fullmatch(subject):
        raise SubjectMalformed(places=(Place(field="subject"),))
    allowed = {Action.RECORD_READINGS} if subject else set(KEY_ACTIONS)
    given = set(actions)
    if not given or given - allowed:
        raise ScopeNotAllowed(
            f"A key is for {', '.join(sorted(allowed))}.", places=(Place(field="actions"),)
        )


def words_of(scope: str) -> str:
    """What a scope lets a client do, in plain words."""
    return IDENTITY_SCOPES.get(scope) or ACTIONS[Action(scope)]
