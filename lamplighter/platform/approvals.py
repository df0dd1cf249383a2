"""
What takes two people: the first one proposes, another one approves, and only then it is done.

A context registers what is to be done, in a module that its `api` imports:

    @carried_out("billing.cancel_bill", action=Action.CANCEL_BILLS)
    def cancel_bill(arguments: Mapping[str, Any], *, by: str, at: datetime) -> Answer:
        bill = actions.cancel_bill(bill_id=UUID(arguments["bill"]), by=by, at=at)
        return {"cancelled_by": bill}

Its operation looks whether it could be done now, and says what it would be (`four_eyes`):

    @router.post("/{number}/cancellation", auth=needs(Action.CANCEL_BILLS), response=PROPOSED)
    @proposes("billing.cancel_bill")
    def propose_to_cancel(request: HttpRequest, number: str, key: Key = None) -> Proposal:
        return Proposal(subject=f"bill:{id}", arguments={"bill": str(id)})

Outside of the API `propose` does the same. Arguments are kept in clear: ids, no personal data.
The function is called in the transaction of the approval, `by` whoever approves; what it refuses
is refused to them, and the proposal stays open. Who proposed stands in the line of the audit trail
that the approval writes itself.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol, TypeAlias, TypeVar
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from lamplighter.kernel import Caller, Grant, Reach, Refusal
from lamplighter.platform import audit
from lamplighter.platform.canonical_json import JSON, canonical, plain
from lamplighter.platform.models import Approval

GOOD_FOR: Final = timedelta(days=7)
Answer: TypeAlias = Mapping[str, JSON] | None


class ApprovalUnknown(Refusal):
    """There is no such proposal."""

    status = 404


class PersonNeeded(Refusal):
    """This takes a person, who has logged in; no program can do it for them."""

    status = 403


class SecondPersonNeeded(Refusal):
    """Somebody else has to approve what you have proposed."""

    status = 403


class ProposerMayNoMore(Refusal):
    """Who has proposed this may not do it any more."""

    status = 409


class AlreadyDecided(Refusal):
    """This was decided before."""

    status = 409


class ProposalExpired(Refusal):
    """Nobody has approved this in time."""

    status = 409


class CarryOut(Protocol):
    """What is done once it is approved. What it returns is told to who approves."""

    def __call__(self, arguments: Mapping[str, Any], *, by: str, at: datetime) -> Answer: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What somebody wants done."""

    subject: str
    """To what, as the audit trail names it: `bill:0199…`."""
    arguments: Mapping[str, JSON]
    organisation_id: UUID | None = None
    """Whose it is, where that matters for who may approve; None: it takes the reach `ALL`."""


@dataclass(frozen=True, slots=True)
class Registered:
    """Something that takes two people."""

    name: str
    action: str
    act: CarryOut


REGISTERED: Final[dict[str, Registered]] = {}
"""By name: `context.what_is_done`, stable, for proposals are found by it."""
F = TypeVar("F", bound=CarryOut)


def carried_out(name: str, *, action: str) -> Callable[[F], F]:
    """
    Register what is done once a second person has approved.

    :param action: what both of them have to be allowed
    """

    def register(act: F) -> F:
        if name in REGISTERED:
            msg = f"there are two things called {name}"
            raise ValueError(msg)
        REGISTERED[name] = Registered(name, str(action), act)
        return act

    return register


@transaction.atomic
def propose(name: str, proposal: Proposal, *, by: Caller, at: datetime) -> Approval:
    """
    Write down what somebody wants done, for another one to approve.

    :raises PersonNeeded: if a system asks, behind which anybody could be
    """
    if by.user_id is None:
        raise PersonNeeded
    registered = REGISTERED[name]
    approval = Approval.objects.create(
        name=name,
        action=registered.action,
        subject=proposal.subject,
        organisation_id=proposal.organisation_id,
        arguments=canonical(plain(proposal.arguments)).decode(),
        proposed_by=by.user_id,
        proposed_at=at,
        expires_at=at + GOOD_FOR,
    )
    _record(approval, "propose", by=by.actor, at=at)
    return approval


@transaction.atomic
def approve(
    approval_id: UUID,
    *,
    by: Caller,
    grants_of: Callable[[UUID], Mapping[str, Grant]],
    at: datetime,
) -> tuple[Approval, Answer]:
    """
    Approve what somebody else has proposed, and do it. Of two who approve at once, one does.

    :param grants_of: what a user may do now; of who was disabled: nothing
    :raises ApprovalUnknown: if there is none that they could decide
    :raises SecondPersonNeeded: if they have proposed it themselves
    :raises AlreadyDecided, ProposalExpired, PersonNeeded: if it is not to be approved
    :raises ProposerMayNoMore: if who has proposed it may not do that any more
    :raises Refusal: whatever is said to the same as an action
    """
    approval = _to_decide(approval_id, by=by, at=at)
    if not _covers(grants_of(approval.proposed_by).get(approval.action), approval):
        raise ProposerMayNoMore
    _decide(approval, Approval.State.APPROVED, by=by, at=at)
    arguments = approval.told_arguments()
    return approval, REGISTERED[approval.name].act(arguments, by=by.actor, at=at)


@transaction.atomic
def reject(approval_id: UUID, *, reason: str, by: Caller, at: datetime) -> Approval:
    """
    Say no to what somebody else has proposed, and why.

    :raises ApprovalUnknown, SecondPersonNeeded, AlreadyDecided, ProposalExpired, PersonNeeded: see
        `approve`
    """
    approval = _to_decide(approval_id, by=by, at=at)
    _decide(approval, Approval.State.REJECTED, by=by, at=at, reason=reason)
    return approval


@transaction.atomic
def withdraw(approval_id: UUID, *, by: Caller, at: datetime) -> None:
    """
    Take back what one has proposed.

    :raises ApprovalUnknown: if one has not
    :raises AlreadyDecided, PersonNeeded: if it is not to be withdrawn
    """
    user_id = _person(by)
    mine = Approval.objects.select_for_update().filter(proposed_by=user_id, id=approval_id)
    approval = mine.first()
    if approval is None:
        raise ApprovalUnknown
    _check_open(approval)
    _decide(approval, Approval.State.WITHDRAWN, by=by, at=at)


def in_sight(by: Caller) -> "QuerySet[Approval]":
    """What somebody could decide, or has proposed."""
    seen = Q(proposed_by=by.user_id) if by.user_id else Q(pk__in=())
    for action in {registered.action for registered in REGISTERED.values()}:
        grant = by.grants.get(action)
        if grant is not None and grant.reach is Reach.ALL:
            seen |= Q(action=action)
        elif grant is not None and grant.reach is Reach.ORGANISATION:
            seen |= Q(action=action, organisation_id__in=grant.organisation_ids)
    return Approval.objects.filter(seen)


def approval_in_sight(approval_id: UUID, by: Caller) -> Approval:
    """:raises ApprovalUnknown: if there is none that they could decide, or have proposed"""
    approval = in_sight(by).filter(id=approval_id).first()
    if approval is None:
        raise ApprovalUnknown
    return approval


def _to_decide(approval_id: UUID, *, by: Caller, at: datetime) -> Approval:
    user_id = _person(by)
    approval = Approval.objects.select_for_update().filter(id=approval_id).first()
    if approval is None or not in_sight(by).filter(id=approval_id).exists():
        raise ApprovalUnknown
    if approval.proposed_by == user_id:
        raise SecondPersonNeeded
    if not _covers(by.grants.get(approval.action), approval):
        raise ApprovalUnknown
    _check_open(approval)
    if approval.expires_at <= at:
        raise ProposalExpired(remedy="Propose it again.")
    return approval


def _person(by: Caller) -> UUID:
    if by.user_id is None or by.client_id:
        raise PersonNeeded
    return by.user_id


def _check_open(approval: Approval) -> None:
    if approval.state != Approval.State.OPEN:
        raise AlreadyDecided(f"It is {approval.state}.")


def _covers(grant: Grant | None, approval: Approval) -> bool:
    if grant is None or grant.subject:
        return False
    if grant.reach is Reach.ORGANISATION:
        return approval.organisation_id in grant.organisation_ids
    return grant.reach is Reach.ALL


def _decide(
    approval: Approval, state: Approval.State, *, by: Caller, at: datetime, reason: str = ""
) -> None:
    approval.state = state
    approval.decided_by, approval.decided_at, approval.reason = by.user_id, at, reason
    approval.save(update_fields=["state", "decided_by", "decided_at", "reason"])
    _record(approval, state.label, by=by.actor, at=at)


def _record(approval: Approval, did: str, *, by: str, at: datetime) -> None:
    audit.record(
        actor=by,
        action=f"platform.{did}",
        subject=f"approval:{approval.id}",
        detail={
            "what": approval.name,
            "of": approval.subject,
            "arguments": approval.told_arguments(),
            "proposed_by": f"user:{approval.proposed_by}",
        },
        at=at,
    )
