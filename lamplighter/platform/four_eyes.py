"""
Operations of the API that take two people (`approvals`): such an operation does nothing by itself,
it only says what it would do.

An operation that needs an action of those that take two people, and neither proposes nor says why
it goes without, keeps the site from starting.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from functools import wraps
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Schema, Status

from lamplighter.platform import approvals
from lamplighter.platform.access import caller
from lamplighter.platform.answers import write_once
from lamplighter.platform.approvals import Proposal
from lamplighter.platform.canonical_json import JSON
from lamplighter.platform.models import Approval
from lamplighter.platform.schemas import refusals


class CarriedOutByOneError(Exception):
    """An operation needs an action that takes two people, and would be carried out for one."""


class ApprovalOut(Schema):
    """Something that was proposed."""

    id: UUID
    what: str
    action: str
    subject: str
    arguments: dict[str, Any]
    state: str
    proposed_by: UUID
    proposed_at: datetime
    expires_at: datetime
    decided_by: UUID | None
    decided_at: datetime | None
    reason: str

    @classmethod
    def of(cls, approval: Approval) -> "ApprovalOut":
        alike = set(cls.model_fields) - {"what", "arguments"}
        facts = {name: getattr(approval, name) for name in alike}
        return cls(what=approval.name, arguments=approval.told_arguments(), **facts)


PROPOSED: Final = {202: ApprovalOut, **refusals(404, 409, 422)}
"""The answers of an operation that proposes."""


def proposes(name: str) -> Callable[[Callable[..., Proposal]], Callable[..., Any]]:
    """
    Make an operation of a view that says what it would do: what that is waits for a second person.

    The view declares `key: answers.Key = None`, so that the API's description tells of it.

    :param name: what it would do, as it is registered by `approvals.carried_out`
    """

    def wrap(view: Callable[..., Proposal]) -> Callable[..., Any]:
        @wraps(view)
        def propose(request: HttpRequest, *args: Any, **kwargs: Any) -> Status[dict[str, Any]]:
            at = timezone.now()

            def act() -> Mapping[str, JSON]:
                proposal = view(request, *args, **kwargs)
                made = approvals.propose(name, proposal, by=caller(request), at=at)
                told: Mapping[str, JSON] = ApprovalOut.of(made).model_dump(mode="json")
                return told

            key = request.headers.get("idempotency-key")
            return Status(HTTPStatus.ACCEPTED.value, write_once(request, key, act, at=at))

        propose.proposes = name  # type: ignore[attr-defined] # a mark, for `check_waits`
        return propose

    return wrap


def goes_alone(why: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Say why an operation takes one person only, though its action takes two elsewhere."""

    def mark(view: Callable[..., Any]) -> Callable[..., Any]:
        view.goes_alone = why  # type: ignore[attr-defined] # a mark, for `check_waits`
        return view

    return mark


def check_waits(view: Callable[..., Any], needed: Collection[str], *, name: str) -> None:
    """
    :param needed: the actions that it needs
    :raises CarriedOutByOneError: if it would be carried out for one person
    """
    if getattr(view, "goes_alone", ""):
        return
    registered = approvals.REGISTERED.get(getattr(view, "proposes", ""))
    if registered is None or registered.action not in needed:
        raise CarriedOutByOneError(name)
