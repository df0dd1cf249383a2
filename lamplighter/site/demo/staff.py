"""Who may log in at Harbor Light & Water: by one password, of this installation's own."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

from django.db import transaction

from lamplighter.customers import actions as customers
from lamplighter.customers import queries
from lamplighter.identity import actions
from lamplighter.identity.actions import UserAlreadyKnown
from lamplighter.identity.actions.organisations import change_organisation
from lamplighter.identity.domain.permissions import OrganisationKind, Role
from lamplighter.identity.queries.organisations import organisations_in_sight
from lamplighter.kernel import Grant, Reach
from lamplighter.site.demo.people import account_number

UTILITY: Final = "Harbor Light & Water"
STAFF: Final = "staff@harborlight.example"
DESKS: Final[Mapping[str, tuple[Role, ...]]] = {
    STAFF: (Role.ADMINISTRATOR, Role.PLATFORM_ADMINISTRATOR),
    "billing@harborlight.example": (Role.BILLING_OFFICER,),
    "metering@harborlight.example": (Role.METERING_OFFICER,),
    "support@harborlight.example": (Role.SUPPORT_AGENT,),
    "crew@harborlight.example": (Role.FIELD_CREW,),
    "auditor@harborlight.example": (Role.AUDITOR,),
}
"""Who works there, and as what."""
HOUSEHOLDS: Final[Mapping[str, int]] = {
    "customer@harborlight.example": 14,
    "former@harborlight.example": 21,
}
"""Customers who log in, and the ordinal of their account; the second one has moved out."""


@transaction.atomic
def hire(folder: Path, *, by: str, at: datetime) -> None:
    """Let staff and customers log in, by the password that is kept in the folder."""
    password = password_in(folder)
    for email, roles in DESKS.items():
        _add(email, password, roles, by=by, at=at)
    _name_utility(by=by, at=at)
    numbers = {email: account_number(ordinal) for email, ordinal in HOUSEHOLDS.items()}
    accounts = queries.accounts_of_numbers(list(numbers.values()))
    for email, number in numbers.items():
        holder = accounts[number].holder if number in accounts else ""
        if _add(email, password, (), name=holder, by=by, at=at) and holder:
            account_id = accounts[number].id
            customers.link_user(account_id=account_id, email=email, by=by, at=at)


def _name_utility(*, by: str, at: datetime) -> None:
    everything = Grant(reach=Reach.ALL)
    (utility,) = organisations_in_sight(everything).filter(kind=OrganisationKind.UTILITY)
    change_organisation(
        utility.id,
        name=UTILITY,
        is_closed=False,
        check=lambda _: None,
        grant=everything,
        by=by,
        at=at,
    )


def _add(
    email: str, password: str, roles: tuple[Role, ...], *, name: str = "", by: str, at: datetime
) -> bool:
    """Whether they were not there: all were, if the marker of this step was not written."""
    try:
        actions.add_member(email=email, password=password, roles=roles, name=name, by=by, at=at)
    except UserAlreadyKnown:
        return False
    return True


def password_in(folder: Path) -> str:
    """The password; it is made when it is first asked for."""
    kept = folder / "password"
    if not kept.exists():
        folder.mkdir(parents=True, exist_ok=True)
        kept.touch(mode=0o600)
        kept.write_text(secrets.token_urlsafe(12) + "\n")
    return kept.read_text().strip()
