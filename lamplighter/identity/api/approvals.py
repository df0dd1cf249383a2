"""What waits for a second person, over HTTP."""

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import Field

from lamplighter.identity.domain.permissions import Action
from lamplighter.identity.queries.callers import grants_of
from lamplighter.platform import approvals
from lamplighter.platform.access import caller, needs
from lamplighter.platform.four_eyes import ApprovalOut
from lamplighter.platform.models import Approval
from lamplighter.platform.paging import cursor, order_of, page
from lamplighter.platform.schemas import After, In, Limit, PageOut, refusals

router = Router(tags=["approvals"])
Reason = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$")]
_DECIDES = needs(Action.SECURE_ME)
"""It takes a person themselves: this is what nobody can let a client do. What is to be approved
needs an action of its own, which `platform.approvals` looks at."""


class RejectionIn(In):
    """Why not."""

    reason: Reason


class ApprovedOut(Schema):
    """What was approved, and what came of it."""

    approval: ApprovalOut
    result: dict[str, Any] | None


@router.get(
    "",
    auth=needs(Action.READ_ME),
    response={200: PageOut[ApprovalOut], **refusals(422)},
    operation_id="list_approvals",
)
def list_approvals(
    request: HttpRequest,
    state: Approval.State = Approval.State.OPEN,
    after: After = None,
    limit: Limit = 50,
) -> PageOut[ApprovalOut]:
    """What the caller could decide, and what they have proposed, the newest first."""
    order = order_of(None, {}, tie="-id")
    found = approvals.in_sight(caller(request)).filter(state=state)
    rows, following = page(found, order=order, after=after, limit=limit)
    return PageOut(
        items=[ApprovalOut.of(row) for row in rows],
        next=cursor(order, [rows[-1].id]) if following else None,
    )


@router.get(
    "/{uuid:approval_id}",
    auth=needs(Action.READ_ME),
    response={200: ApprovalOut, **refusals(404)},
    operation_id="read_approval",
)
def read_approval(request: HttpRequest, approval_id: UUID) -> ApprovalOut:
    """One of them."""
    return ApprovalOut.of(approvals.approval_in_sight(approval_id, caller(request)))


@router.post(
    "/{uuid:approval_id}/approval",
    auth=_DECIDES,
    response={200: ApprovedOut, **refusals(404, 409, 422)},
    operation_id="approve",
)
def approve(request: HttpRequest, approval_id: UUID) -> ApprovedOut:
    """Approve what somebody else has proposed: then it is done."""
    approval, result = approvals.approve(
        approval_id, by=caller(request), grants_of=grants_of, at=timezone.now()
    )
    return ApprovedOut(
        approval=ApprovalOut.of(approval), result=None if result is None else dict(result)
    )


@router.post(
    "/{uuid:approval_id}/rejection",
    auth=_DECIDES,
    response={200: ApprovalOut, **refusals(404, 409, 422)},
    operation_id="reject",
)
def reject(request: HttpRequest, approval_id: UUID, rejection: RejectionIn) -> ApprovalOut:
    """Say no to what somebody else has proposed, and why."""
    by, at = caller(request), timezone.now()
    return ApprovalOut.of(approvals.reject(approval_id, reason=rejection.reason, by=by, at=at))


@router.delete(
    "/{uuid:approval_id}",
    auth=_DECIDES,
    response={204: None, **refusals(404, 409)},
    operation_id="withdraw_proposal",
)
def withdraw(request: HttpRequest, approval_id: UUID) -> Status[None]:
    """Take back what one has proposed."""
    approvals.withdraw(approval_id, by=caller(request), at=timezone.now())
    return Status(204, None)
